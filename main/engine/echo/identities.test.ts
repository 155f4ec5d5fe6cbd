/** More certificates of one identity than a chain may have: what a space keeps of them, and what they cost it. */
import { beforeAll, expect, test } from 'vitest';
import { device, forge, invite, person, revoke, sync } from '../../../test/engine/log/fixture.ts';
import type { Device, Person } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { CERT_LIMITS, makeProfileSet, readCert } from '../halo/cert.ts';
import type { Certificate } from '../halo/cert.ts';
import { encodeControl } from './control.ts';
import { ENTRY_KIND } from './entry.ts';
import { Identities } from './identities.ts';
import type { RawEntry, Replica } from './replica.ts';

beforeAll(ready);

const hashOf = (bytes: Uint8Array): Uint8Array => (readCert(bytes) as Certificate).hash;

/** Names that a device takes, 250 at a time: beside one another, or each after the one before. */
function names(owner: Person, on: Device, times: number, inLine = false): Uint8Array[][] {
  const first = hashOf(owner.certs.at(-1) as Uint8Array);
  let last = first;
  return Array.from({ length: times }, (_, n) =>
    Array.from({ length: 250 }, (__, i) => {
      const profile = { name: `${inLine} ${n} ${i}`, avatar: '' };
      const cert = makeProfileSet(on.keys.sign, owner.identityId, profile, [inLine ? last : first]);
      last = hashOf(cert);
      return cert;
    }),
  );
}

test('of what comes beyond a chain no more is kept, and nothing is judged anew for what stands behind it', () => {
  for (const inLine of [false, true]) {
    const alice = person('alice');
    const a = device(alice, 'a');
    const [identities, id] = [new Identities(), toHex(alice.identityId)];
    identities.add(0, alice.certs, null);
    const flood = names(alice, a, 6, inLine);
    // The least come first, as chance has it seldom: all others stand behind them.
    if (!inLine) {
      const sorted = flood.flat().sort((one, other) => (toHex(hashOf(one)) < toHex(hashOf(other)) ? -1 : 1));
      for (const part of flood) part.splice(0, 250, ...sorted.splice(0, 250));
    }
    for (const part of flood.slice(0, 2)) identities.add(1, part, alice.identityId);
    const [state, certs] = [identities.state(id), identities.certs(id)];
    expect(certs).toHaveLength(CERT_LIMITS.certs);
    for (const part of flood.slice(2)) {
      expect(identities.add(2, part, alice.identityId)).toBe(false);
      expect([identities.state(id) === state, identities.certs(id)]).toEqual([true, certs]);
    }
    // It has been told, all the same.
    expect(flood.flat().every((cert) => identities.knows(id, toHex(hashOf(cert))))).toBe(true);
    // What comes before them is taken in as ever.
    revoke(alice, a);
    expect(identities.add(3, alice.certs, null)).toBe(true);
    expect([identities.state(id)?.devices.get(toHex(a.deviceId))?.revoked, identities.certs(id).length]).toEqual([
      true,
      CERT_LIMITS.certs,
    ]);
    expect(identities.revocations(id, toHex(a.deviceId))).toEqual([3]);
  }
});

test('a device that floods its person’s chain is revoked all the same, in any order of arrival and after a restart', () => {
  const [alice, bob] = [person('alice'), person('bob')];
  const a = device(alice, 'a');
  const space = a.replicas.create();
  const stolen = device(alice, 'a2');
  const atStolen = invite(a, space, stolen, alice);
  sync(space, atStolen);
  const b = device(bob, 'b');
  const atB = invite(a, space, b, bob);
  for (const other of [atStolen, atB, atStolen]) sync(space, other);

  let after: RawEntry | undefined;
  const flood = [...names(alice, stolen, 2), ...names(alice, stolen, 2, true)].map((certs) => {
    const payload = encodeControl(['IdentityUpdate', { certs }]);
    return (after = forge(stolen, atStolen, { kind: ENTRY_KIND.control, payload, ...(after && { after }) }));
  });
  const honest = alice.certs;
  const receive = (at: Replica, entries: readonly RawEntry[]): void => {
    for (const entry of entries) expect(at.receive(new Uint8Array(32), [entry]).stored).toBe(1);
  };
  // Alice has half of it when she revokes the device, and Bob hears of that before the flood.
  receive(space, flood.slice(0, 2));
  revoke(alice, stolen);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs.slice(honest.length) });
  const logs = space.have().filter(([logId]) => toHex(logId) === toHex(space.logId));
  const own = logs.flatMap(([logId, seq]) => space.read([logId, 1, seq], Number.MAX_SAFE_INTEGER));
  atB.receive(new Uint8Array(32), own);
  receive(space, flood.slice(2));
  sync(space, atB);

  const seen = (at: Replica): unknown => ({
    members: at.authority().members.map((one) => [one.name, one.role, one.devices.map(({ name }) => name)]),
    epoch: toHex(at.epoch().keyId),
    // All that is told of whoever's the device is.
    revoked: (at.authority().revocationOf(toHex(stolen.deviceId)) ?? []).map((bytes) => toHex(hashOf(bytes))).sort(),
  });
  const here = seen(space) as { revoked: unknown[] };
  expect(here).toMatchObject({
    members: [
      [expect.anything(), 'owner', ['a']],
      ['b', 'editor', ['b']],
    ],
  });
  expect(here.revoked).toHaveLength(CERT_LIMITS.certs);
  expect(seen(atB)).toEqual(here);
  for (const of of [a, b]) {
    of.restart();
    expect(seen(of.replicas.all()[0] as Replica)).toEqual(here);
  }
});
