import { beforeAll, expect, test } from 'vitest';
import { device, forge, invite, note, person, sync } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { logId } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { decodeControl, encodeControl } from './control.ts';
import { ENTRY_KIND, NO_PREV, readHeader } from './entry.ts';
import type { Grant, RawEntry } from './replica.ts';

beforeAll(ready);

test('a space is created, written, shared and read by the guest', () => {
  const [alice, bob] = [person('alice'), person('bob')];
  const [a, b] = [device(alice, 'a'), device(bob, 'b')];
  const space = a.replicas.create();
  expect(space.ownRole()).toBe('owner');
  space.append(note('one'));
  const joined = invite(a, space, b, bob);
  expect(joined.authority().members.map(({ name, role }) => [name, role])).toEqual([
    ['a', 'owner'],
    ['b', 'editor'],
  ]);
  joined.append(note('two'));
  sync(space, joined);
  space.append(note('three'));
  sync(space, joined);
  expect(a.sink.state(space)).toBe(b.sink.state(joined));
  expect([...b.sink.texts(joined)].sort()).toEqual(['one', 'three', 'two']);
  expect(toHex(joined.epoch().keyId)).toBe(toHex(space.epoch().keyId));
});

test('a grant that is not as it should be is refused, and nothing of it is kept', () => {
  const [alice, bob, carol] = [person('alice'), person('bob'), person('carol')];
  const [a, b, c] = [device(alice, 'a'), device(bob, 'b'), device(carol, 'c')];
  const space = a.replicas.create();
  const invId = new Uint8Array(16);
  invite(a, space, c, carol);
  const admission = a.replicas.admit(space, { chain: bob.certs, role: 'reader', invId }, () => undefined);
  const good = a.replicas.grant(space, bob.identityId, admission);
  const other = device(person('other'), 'o').replicas.create();
  const changed = (index: number, change: (raw: RawEntry) => RawEntry): readonly RawEntry[] =>
    good.control.map((raw, i) => (i === index ? change(raw) : raw));
  const flipped = ([header, payload]: RawEntry): RawEntry => {
    const copy = header.slice();
    copy[copy.length - 1] = (copy.at(-1) as number) ^ 1;
    return [copy, payload];
  };
  const opening = encodeControl(['LogOpen', { deviceId: c.deviceId, incarnation: invId, identityId: c.identityId }]);
  const open = (of: Uint8Array): RawEntry =>
    forge(c, space, { kind: ENTRY_KIND.control, seq: 1, prev: NO_PREV, logId: of, payload: opening });
  expect(space.receive(c.deviceId, [open(logId(space.spaceId, c.deviceId, invId))]).stored).toBe(1);
  const leave = encodeControl(['MemberLeave', {}]);
  const epochAt = good.control.findIndex(([, payload]) => decodeControl(payload as Uint8Array)?.[0] === 'KeyEpoch');
  const admitAt = good.control.findIndex(
    ([header]) => toHex(readHeader(header)?.hash as Uint8Array) === toHex(admission),
  );
  const bad: Record<string, Grant> = {
    'a higher role than the admit entry gives': { ...good, role: 'editor' },
    'an admit entry that is not there': { ...good, admitEntryHash: new Uint8Array(32) },
    'without the admit entry': { ...good, control: good.control.filter((_, i) => i !== admitAt) },
    'a changed signature': { ...good, control: changed(0, flipped) },
    'a changed payload': { ...good, control: changed(epochAt, ([header]) => [header, leave]) },
    'no payload': { ...good, control: changed(1, ([header]) => [header, null]) },
    "a log id that is not the device's": { ...good, control: [...good.control, open(new Uint8Array(16).fill(4))] },
    'the Genesis of another space': { ...good, genesis: other.read([other.logId, 2, 2], 1)[0] as RawEntry },
    'no keys': { ...good, keyRing: [] },
    'a key that is none': { ...good, keyRing: [new Uint8Array(63)] },
  };
  for (const [name, grant] of Object.entries(bad)) {
    const join = (): unknown => b.replicas.join(grant, { deviceId: a.deviceId });
    expect(join, name).toThrow('The other side did not let you in');
  }
  // From a member who may not invite, and from a stranger.
  for (const host of [c, b]) expect(() => b.replicas.join(good, { deviceId: host.deviceId })).toThrow('The other side');
  expect([b.replicas.all(), b.storage.prepare('SELECT count(*) AS n FROM space').get()?.['n']]).toEqual([[], 0]);
  const joined = b.replicas.join(good, { deviceId: a.deviceId });
  expect(joined.ownRole()).toBe('reader');
  expect(() => b.replicas.join(good, { deviceId: a.deviceId })).toThrow('already in that space');
  expect(decodeControl(good.genesis[1] as Uint8Array)?.[0]).toBe('Genesis');
});

test('an admission that its caller undoes leaves no member behind', () => {
  const [alice, bob] = [person('alice'), person('bob')];
  const [a] = [device(alice, 'a'), device(bob, 'b')];
  const space = a.replicas.create();
  const admit = (within: () => void): unknown =>
    a.replicas.admit(space, { chain: bob.certs, role: 'editor', invId: new Uint8Array(16) }, within);
  expect(() =>
    admit(() => {
      throw new Error('the invitation was used up');
    }),
  ).toThrow('used up');
  expect(space.authority().members).toHaveLength(1);
  const first = admit(() => undefined);
  // The same guest again: the same admission, no second entry.
  const heads = JSON.stringify(space.have());
  expect(admit(() => undefined)).toEqual(first);
  expect(JSON.stringify(space.have())).toBe(heads);
});
