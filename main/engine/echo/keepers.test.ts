/**
 * A space with a keeper in it, as a later version will write one: this version takes every entry of it in, judges it
 * as that one does, and gives the keeper nothing to read. Entries are written past the check that makes no keepers.
 */
import { beforeAll, expect, test } from 'vitest';
import {
  device,
  difference,
  forge,
  invite,
  note,
  person,
  quarantined,
  sync,
} from '../../../test/engine/log/fixture.ts';
import { fromHex, toHex } from '../bytes.ts';
import { logId } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { decodeControl, encodeControl, type Control } from './control.ts';
import { ENTRY_KIND, NO_PREV } from './entry.ts';
import type { LogRange, RawEntry, Replica } from './replica.ts';
import type { SpaceReplica } from './space-replica.ts';
import { appendControl } from './write.ts';

beforeAll(ready);

/** Alice owns the space, Bob edits it, and Carol was admitted to keep it. */
function kept() {
  const [alice, bob, carol] = [person('alice'), person('bob'), person('carol')];
  const a = device(alice, 'a');
  const space = a.replicas.create();
  const b = device(bob, 'b');
  const atB = invite(a, space, b, bob);
  const c = device(carol, 'c');
  const admit = ['MemberAdmit', { identityId: carol.identityId, chain: carol.certs, role: 'keeper', invId }] as const;
  later(space, [...admit]);
  both(space, atB);
  return { alice, bob, carol, a, b, c, space, atB };
}
const invId = new Uint8Array(16).fill(1);
const later = (space: Replica, control: Control) =>
  (space as SpaceReplica).transact((log) => void appendControl(log, control));
function both(one: Replica, other: Replica): void {
  for (let i = 0; i < 2; i++) sync(one, other);
}
const roles = (of: Replica) => of.authority().members.map(({ role }) => role);
/** Devices that hold the key which a replica writes under, as far as it was handed out in entries. */
function wrapped(of: Replica): string[] {
  const all = of.have().map(([id, seq]): LogRange => [id, 1, seq]);
  const entries = all.flatMap((range) => of.read(range, 1_000_000));
  return entries.flatMap(([, payload]) => {
    const control = payload && decodeControl(payload);
    if (control?.[0] !== 'KeyEpoch' || toHex(control[1].keyId) !== toHex(of.epoch().keyId)) return [];
    return control[1].wraps.map(([id]) => toHex(id));
  });
}

test('a keeper is a member everywhere, may connect, and is given no key', () => {
  const { a, b, c, space, atB } = kept();
  for (const replica of [space, atB]) {
    expect(roles(replica)).toEqual(['owner', 'editor', 'keeper']);
    expect(replica.authority().device(toHex(c.deviceId))?.noisePk).toEqual(c.keys.noise.pk);
  }
  expect([quarantined(a), quarantined(b)]).toEqual([[], []]);
  atB.append(note('not for Carol'));
  expect(wrapped(atB).sort()).toEqual([toHex(a.deviceId), toHex(b.deviceId)].sort());
  both(space, atB);
  expect(a.sink.texts(space)).toEqual(['not for Carol']);
});

test('a keeper decides nothing and writes nothing', () => {
  const { a, bob, carol, c, space } = kept();
  const { deviceId, identityId } = c;
  const incarnation = new Uint8Array(16);
  const id = logId(space.spaceId, deviceId, incarnation);
  const deps = space
    .have()
    .map(([log, seq]) => ({ logId: log, log: toHex(log), seq }))
    .sort((x, y) => (x.log < y.log ? -1 : 1));
  const control = (value: Control) => ({ kind: ENTRY_KIND.control, payload: encodeControl(value), logId: id });
  const open = ['LogOpen', { deviceId, incarnation, identityId }] as const;
  const run: RawEntry[] = [forge(c, space, { ...control([...open]), seq: 1, prev: NO_PREV, deps })];
  run.push(
    forge(c, space, { ...control(['MemberRemove', { identityId: bob.identityId }]), after: run[0] as RawEntry }),
  );
  run.push(forge(c, space, { logId: id, after: run[1] as RawEntry, items: note('a keeper writes') }));
  expect(space.receive(deviceId, run).stored).toBe(3);
  expect(roles(space)).toEqual(['owner', 'editor', 'keeper']);
  expect(a.sink.texts(space)).toEqual([]);
  // Control: it was the role. What a writer wrote counts, also from before he was one.
  later(space, ['MemberRole', { identityId: carol.identityId, role: 'editor' }]);
  expect(a.sink.texts(space)).toEqual(['a keeper writes']);
});

test('who becomes a reader is handed the keys; who becomes a keeper loses the next one', () => {
  const { a, carol, c, space, atB } = kept();
  space.append(note('before'));
  const role = (as: 'reader' | 'keeper') => later(space, ['MemberRole', { identityId: carol.identityId, role: as }]);
  role('reader');
  space.append(note('while reading'));
  expect(wrapped(space)).toContain(toHex(c.deviceId));
  const read = toHex(space.epoch().keyId);
  role('keeper');
  both(space, atB);
  atB.append(note('afterwards'));
  both(space, atB);
  for (const replica of [space, atB]) {
    expect(toHex(replica.epoch().keyId)).not.toBe(read);
    expect(wrapped(replica)).toContain(toHex(a.deviceId));
    expect(wrapped(replica)).not.toContain(toHex(c.deviceId));
  }
});

test('no invitation hands a keeper keys, and this version makes no keeper and becomes none', () => {
  const { a, carol, space } = kept();
  const admission = fromHex('00'.repeat(32));
  const refused = expect.objectContaining({ type: 'refused' }) as Error;
  expect(() => a.replicas.grant(space, carol.identityId, admission)).toThrow(refused);
  device(carol, 'c2');
  const request = { chain: carol.certs, role: 'editor', invId } as const;
  expect(() => a.replicas.admit(space, request, () => undefined)).toThrow(refused);
  expect(space.authority().member(toHex(carol.identityId))?.devices).toHaveLength(1);

  const dave = person('dave');
  expect(() => invite(a, space, device(dave, 'd'), dave, 'keeper')).toThrow('Your role');
  const keeperRole = { type: 'MemberRole', identityId: carol.identityId, role: 'keeper' } as const;
  expect(() => space.appendControl(keeperRole)).toThrow('Your role');
});

test('a device whose person became a keeper stores on and writes no more', () => {
  const { bob, b, space, atB } = kept();
  space.append(note('read'));
  both(space, atB);
  later(space, ['MemberRole', { identityId: bob.identityId, role: 'keeper' }]);
  space.append(note('not read any more'));
  both(space, atB);
  expect(atB.ownRole()).toBe('keeper');
  expect(() => atB.append(note('no'))).toThrow('Your role');
  expect(b.sink.texts(atB)).toEqual(['read']);
  expect(difference(space, atB)).toEqual([]);
  expect(quarantined(b)).toEqual([]);
});
