/** The device layer and the epochs of a space's authority, on real signed entries. */
import { beforeAll, expect, test } from 'vitest';
import {
  device,
  difference,
  forge,
  invite,
  note,
  person,
  revoke,
  seededRandom,
  sync,
} from '../../../test/engine/log/fixture.ts';
import type { Device } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { SpaceAuthority } from './authority.ts';
import type { ControlEntry, Genesis } from './authority.ts';
import { decodeControl, encodeControl } from './control.ts';
import { ENTRY_KIND, readDeps } from './entry.ts';
import { LogStore } from './log-store.ts';
import type { Replica } from './replica.ts';

beforeAll(ready);

const peer = new Uint8Array(32);

/** Alice with two devices, and Bob, who is an admin. */
function family() {
  const [alice, bob] = [person('alice'), person('bob')];
  const a = device(alice, 'a');
  const space = a.replicas.create();
  const second = device(alice, 'a2');
  const atSecond = invite(a, space, second, alice);
  const b = device(bob, 'b');
  const atB = invite(a, space, b, bob, 'admin');
  for (let i = 0; i < 2; i++) {
    sync(space, atSecond);
    sync(space, atB);
  }
  return { alice, bob, a, b, second, space, atSecond, atB };
}

test('a revoked device is out: no session, no new entries, another epoch; what was built on stays', () => {
  const { alice, a, b, second, space, atSecond, atB } = family();
  atSecond.append(note('before'));
  sync(atSecond, space);
  space.append(note('built on it'));
  atSecond.append(note('unseen'));
  const epoch = toHex(space.epoch().keyId);
  revoke(alice, second);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
  expect(space.authority().device(toHex(second.deviceId))).toBeUndefined();
  expect(space.authority().member(toHex(alice.identityId))?.devices).toHaveLength(1);
  space.append(note('after'));
  expect(toHex(space.epoch().keyId)).not.toBe(epoch);
  sync(space, atB);
  sync(atSecond, atB);
  sync(space, atB);
  for (const [owner, replica] of [
    [a, space],
    [b, atB],
  ] as const) {
    expect(owner.sink.texts(replica).sort()).toEqual(['after', 'before', 'built on it']);
  }
  expect(() => atSecond.append(note('no'))).toThrow('Your role');
});

test('what a revoked device decided counts only where its owner had seen it', () => {
  const { alice, a, b, second, space, atSecond, atB, bob } = family();
  const [carol, dave] = [person('carol'), person('dave')];
  invite(second, atSecond, device(carol, 'c'), carol);
  sync(atSecond, space);
  invite(second, atSecond, device(dave, 'd'), dave);
  revoke(alice, second);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
  sync(space, atB);
  sync(atSecond, atB);
  sync(space, atB);
  for (const replica of [space, atB]) {
    expect(replica.authority().member(toHex(carol.identityId))?.role).toBe('editor');
    expect(replica.authority().member(toHex(dave.identityId))).toBeUndefined();
    expect(replica.authority().member(toHex(bob.identityId))?.role).toBe('admin');
  }
  void [a, b];
});

test('a copy of Genesis, or a claim to be somebody else, gives nothing', () => {
  const { a, b, space, atB, alice } = family();
  const mallory = person('mallory');
  const m = device(mallory, 'm');
  const genesis = a.storage.prepare('SELECT genesis FROM space').get()?.['genesis'] as Uint8Array;
  const copied = forge(b, atB, { kind: ENTRY_KIND.control, payload: genesis });
  expect(space.receive(peer, [copied]).stored).toBe(1);
  // A log that says it is of Alice, by a device she never admitted.
  const own = m.replicas.create();
  const open = forge(m, own, {
    kind: ENTRY_KIND.control,
    payload: encodeControl(['MemberRemove', { identityId: b.identityId }]),
  });
  expect(space.receive(peer, [...difference(own, space), open]).stored).toBe(0);
  expect(space.authority().members.map(({ role }) => role)).toEqual(['owner', 'admin']);
  expect(space.authority().device(toHex(m.deviceId))).toBeUndefined();
  expect(space.authority().member(toHex(alice.identityId))?.name).toBe('a2');
});

/** The control entries of a device with their version vectors, in the order in which they became ready there. */
function controlOf(of: Device, space: Replica): ControlEntry[] {
  return new LogStore(of.storage, space.row).control().map(({ log, entry, clock }) => ({
    hash: toHex(entry.header.hash),
    log: log.log,
    seq: entry.seq,
    device: log.device,
    identity: log.identityId,
    clock: readDeps(clock) ?? [],
    control: decodeControl(entry.payload as Uint8Array) as ControlEntry['control'],
  }));
}

test('members, roles and epochs do not depend on the order in which entries arrived', () => {
  const { alice, a, second, space, atSecond, atB } = family();
  const [carol, dave] = [person('carol'), person('dave')];
  const c = device(carol, 'c');
  const atC = invite(a, space, c, carol);
  sync(space, atB);
  sync(space, atC);
  // Three who act without knowing of one another.
  invite(second, atSecond, device(dave, 'd'), dave, 'reader');
  atSecond.append(note('x'));
  atB.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  atB.append(note('y'));
  atC.append(note('z'));
  atC.appendControl({ type: 'MemberLeave' });
  revoke(alice, second);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
  space.append(note('w'));
  for (let i = 0; i < 2; i++) for (const other of [atSecond, atB, atC]) sync(space, other);
  const entries = controlOf(a, space);
  const genesis = entries.find(({ control }) => control[0] === 'Genesis')?.control as Genesis;
  const judge = (order: readonly ControlEntry[]): unknown => {
    const authority = new SpaceAuthority(genesis);
    for (const entry of order) authority.add(entry);
    return {
      members: authority.members,
      epochs: authority.epochs(),
      valid: entries.map(({ hash }) => authority.isValid(hash)),
    };
  };
  const expected = judge(entries);
  expect(expected).toMatchObject({ members: [{ role: 'owner' }, { role: 'admin' }] });
  const random = seededRandom('arrival');
  for (let round = 0; round < 200; round++) {
    const order: ControlEntry[] = [];
    const rest = [...entries];
    while (rest.length > 0) {
      const free = rest.filter((entry) => {
        const before = [...entry.clock.map(({ log, seq }) => [log, seq] as const), [entry.log, entry.seq - 1] as const];
        return !rest.some((other) => before.some(([log, seq]) => other.log === log && other.seq <= seq));
      });
      const next = free[(random.bytes(1)[0] as number) % free.length] as ControlEntry;
      order.push(next);
      rest.splice(rest.indexOf(next), 1);
    }
    expect(judge(order)).toEqual(expected);
  }
});
