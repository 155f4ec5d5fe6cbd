/** What a space's control entries may take of a device (protocol §5.3), made small: for everybody, for owners, for what ends it. */
import { beforeAll, expect, test } from 'vitest';
import { admission } from '../../../test/engine/admission.ts';
import { device, forge, invite, note, person, quarantined, revoke, sync } from '../../../test/engine/log/fixture.ts';
import type { Device } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { deviceKeys, logId } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { readCert } from '../halo/cert.ts';
import type { Certificate } from '../halo/cert.ts';
import { encodeControl } from './control.ts';
import type { Control } from './control.ts';
import { ENTRY_KIND, NO_PREV, readHeader } from './entry.ts';
import type { Dep, Header } from './entry.ts';
import type { EchoLimits } from './limits.ts';
import type { RawEntry, Replica } from './replica.ts';

beforeAll(ready);

const peer = new Uint8Array(32);
const FULL = 'too many control entries';

/** Alice, who owns the space, with two devices, and Bob, an editor; all of them with these limits. */
function family(limits: Partial<EchoLimits>) {
  const [alice, bob] = [person('alice'), person('bob')];
  const a = device(alice, 'a', undefined, { limits });
  const space = a.replicas.create();
  const stolen = device(alice, 'a2', undefined, { limits });
  const atStolen = invite(a, space, stolen, alice);
  sync(space, atStolen);
  const b = device(bob, 'b', undefined, { limits });
  const atB = invite(a, space, b, bob);
  for (const other of [atStolen, atB, atStolen]) sync(space, other);
  return { alice, bob, a, b, stolen, space, atStolen, atB };
}
const empty: Control = ['IdentityUpdate', { certs: [] }];

/** Control entries of one log, one after the other, by a program that keeps to no limit. */
function written(by: Device, at: Replica, controls: readonly Control[], first?: RawEntry): RawEntry[] {
  let after = first;
  return controls.map((control) => {
    after = forge(by, at, { kind: ENTRY_KIND.control, payload: encodeControl(control), ...(after && { after }) });
    return after;
  });
}
const times = (n: number, control: Control = empty): Control[] => Array.from({ length: n }, () => control);

/** Control entries that were taken in, by their hashes. */
const held = ({ storage }: Device): string[] =>
  storage
    .prepare('SELECT e.hash FROM control_entry c JOIN entry e ON e.id = c.entry')
    .all()
    .map(({ hash }) => toHex(hash as Uint8Array))
    .sort();

const seen = (at: Replica): unknown => ({
  members: at.authority().members.map(({ name, role, devices }) => [name, role, devices.map((one) => one.name).sort()]),
  epoch: toHex(at.epoch().keyId),
});
const again = (of: Device): Replica => {
  of.restart();
  return of.replicas.all()[0] as Replica;
};
const full: unknown = expect.objectContaining({ type: 'space-full' });

test('what an owner’s device fills is full for owners too, the same everywhere and after a restart', () => {
  const { alice, a, b, stolen, space, atStolen, atB } = family({ controlEntriesStored: 30 });
  const flood = written(stolen, atStolen, times(100));
  for (let i = 0; i < flood.length; i += 7)
    expect(space.receive(peer, flood.slice(i, i + 7)).violation).toBeUndefined();
  sync(space, atB);
  expect([held(a).length, new Set(quarantined(a))]).toEqual([60, new Set([FULL])]);
  expect([held(b), seen(atB)]).toEqual([held(a), seen(space)]);
  expect(seen(again(a))).toEqual(seen(again(b)));
  expect([held(a).length, held(b)]).toEqual([60, held(a)]);

  const [here, there] = [a.replicas.all()[0] as Replica, b.replicas.all()[0] as Replica];
  expect(() => here.appendControl({ type: 'MeetingPoints', urls: [] })).toThrow(full);
  const request = { chain: person('carol').certs, role: 'editor', invId: new Uint8Array(16) } as const;
  expect(() => a.replicas.admit(here, request, () => undefined)).toThrow(full);
  // What is written goes on, for everybody.
  here.append(note('from a'));
  there.append(note('from b'));
  sync(here, there);
  expect([a.sink.texts(here).sort(), b.sink.texts(there).sort()]).toEqual(Array(2).fill(['from a', 'from b']));
  // The stolen device is taken away, with the epoch that is due then; and the space can be deleted for everyone.
  const epoch = toHex(here.epoch().keyId);
  revoke(alice, stolen);
  here.appendControl({ type: 'IdentityUpdate', certs: alice.certs.slice(-1) });
  sync(here, there);
  expect(toHex(here.epoch().keyId)).not.toBe(epoch);
  expect([held(a).length, held(b), seen(there)]).toEqual([62, held(a), seen(here)]);
  expect(there.authority().device(toHex(stolen.deviceId))).toBeUndefined();
  there.append(note('under the new key'));
  sync(here, there);
  expect(a.sink.texts(here)).toContain('under the new key');
  here.appendControl({ type: 'SpaceDelete' });
  sync(here, there);
  expect([here.ended()?.kind, there.ended()?.kind]).toEqual(['deleted', 'deleted']);
});

test('what is left for what ends something is not for what ends nothing, nor for saying it again', () => {
  const { alice, a, stolen, space, atStolen, bob } = family({ controlEntriesStored: 30 });
  const old = device(alice, 'a3');
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs.slice(-2) });
  const { keyId } = space.epoch();
  const remove = (who: { readonly identityId: Uint8Array }): Control => [
    'MemberRemove',
    { identityId: who.identityId },
  ];
  const nothing: Control[] = [
    remove(person('nobody')),
    ['IdentityUpdate', { certs: alice.certs }],
    ['KeyEpoch', { keyId, wraps: [] }],
    ['MemberRole', { identityId: bob.identityId, role: 'reader' }],
    ...times(3),
  ];
  const flood = written(stolen, atStolen, [...times(100), ...nothing]);
  expect([space.receive(peer, flood).stored, held(a).length]).toEqual([flood.length, 60]);
  revoke(alice, old);
  const revocations = times(9, ['IdentityUpdate', { certs: alice.certs.slice(-1) }]);
  const more = written(stolen, atStolen, [...revocations, ...times(9, remove(bob))], flood.at(-1));
  space.receive(peer, more);
  const taken = more.filter(([bytes]) => held(a).includes(toHex((readHeader(bytes) as Header).hash)));
  expect(taken).toEqual([more[0], more[9]]);
  expect(seen(space)).toMatchObject({ members: [['a3', 'owner', ['a', 'a2']]] });
});

test('a revoked device of an owner’s has no more room than anybody’s', () => {
  const { alice, a, b, stolen, space, atStolen, atB } = family({ controlEntriesStored: 30 });
  revoke(alice, stolen);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs.slice(-1) });
  space.receive(peer, written(stolen, atStolen, times(100)));
  expect(held(a)).toHaveLength(30);
  expect(() => space.appendControl({ type: 'MeetingPoints', urls: [] })).not.toThrow();
  // Who heard of the flood first holds more of it, which counts for nothing; and what ended it all the same.
  sync(space, atB);
  expect([held(b).length, seen(atB)]).toEqual([62, seen(space)]);
});

// ---------------------------------------------------------------- long vectors, and what entries carry

/** Logs of a device, each with its LogOpen only. */
const openings = (by: Device, at: Replica, identityId: Uint8Array, many: number): RawEntry[] =>
  Array.from({ length: many }, (_, n) => {
    const incarnation = new Uint8Array(16).fill(n + 1);
    const payload = encodeControl(['LogOpen', { deviceId: by.deviceId, incarnation, identityId }]);
    const place = { seq: 1, prev: NO_PREV, logId: logId(at.spaceId, by.deviceId, incarnation) };
    return forge(by, at, { kind: ENTRY_KIND.control, ...place, payload });
  });
const depsOn = (entries: readonly RawEntry[]): Dep[] =>
  entries
    .map(([bytes]) => readHeader(bytes) as Header)
    .map(({ logId: id, log, seq }) => ({ logId: id, log, seq }))
    .sort((one, other) => (one.log < other.log ? -1 : 1));
const places = ({ storage }: Device): number =>
  storage.prepare('SELECT sum(length(clock)) / 24 AS places FROM control_entry').get()?.['places'] as number;

test('a member with many logs fills a space by what his entries have seen, not only by how many they are', () => {
  const { bob, a, b, space, atB } = family({ controlPlacesStored: 1_000 });
  const before = places(a);
  const logs = openings(b, atB, bob.identityId, 50);
  const first = forge(b, atB, { kind: ENTRY_KIND.control, payload: encodeControl(empty), deps: depsOn(logs) });
  space.receive(peer, [...logs, first, ...written(b, atB, times(60), first)]);
  const each = 50 + 1; // and that of Alice's log, which let him in
  const fitting = Math.floor((1_000 - before) / each);
  expect([places(a), new Set(quarantined(a))]).toEqual([before + fitting * each, new Set([FULL])]);
  expect(fitting).toBeGreaterThan(15);
  sync(space, atB);
  expect(held(b)).toEqual(held(a));
  // Owners have room to remove him, and to make the epoch that is due.
  const here = again(a);
  here.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  expect(seen(here)).toMatchObject({ members: [['a2', 'owner', ['a', 'a2']]] });
  here.append(note('without him'));
});

test('a member fills a space by what his entries carry, too', () => {
  const wraps = Array.from({ length: 100 }, (_, n): [Uint8Array, Uint8Array] => [new Uint8Array(32).fill(n), peer]);
  const epoch: Control = ['KeyEpoch', { keyId: new Uint8Array(16), wraps }];
  const { bob, a, b, space, atB } = family({ controlBytesStored: 100_000 });
  const entries = written(b, atB, times(60, epoch));
  space.receive(peer, entries);
  const taken = entries.filter(([bytes]) => held(a).includes(toHex((readHeader(bytes) as Header).hash))).length;
  expect([taken * encodeControl(epoch).length > 80_000, (taken + 1) * encodeControl(epoch).length < 100_000]).toEqual([
    true,
    true,
  ]);
  expect(new Set(quarantined(a))).toEqual(new Set([FULL]));
  space.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  expect(seen(space)).toMatchObject({ members: [['a2', 'owner', ['a', 'a2']]] });
});

test('whoever says of himself that he is an owner’s device has no more room than anybody', () => {
  const { alice, a, b, space, atB } = family({ controlEntriesStored: 30 });
  const keys = deviceKeys(new Uint8Array(32).fill(7));
  const self = { keys, deviceId: keys.sign.pk };
  const past = [(readCert(alice.certs[0] as Uint8Array) as Certificate).hash];
  const own = admission({ by: keys.sign, identityId: alice.identityId, keys, name: 'a4', past });
  const told = written(b, atB, [['IdentityUpdate', { certs: [alice.certs[0] as Uint8Array, own] }]]);
  const opening = openings(self as Device, atB, alice.identityId, 1);
  const flood = written(self as Device, atB, times(100), opening[0]);
  for (const entries of [told, opening, flood]) expect(space.receive(peer, entries).violation).toBeUndefined();
  expect([held(a).length, new Set(quarantined(a))]).toEqual([30, new Set([FULL])]);
  expect(seen(space)).toMatchObject({ members: [['a2', 'owner', ['a', 'a2']], expect.anything()] });
  expect(() => space.appendControl({ type: 'MeetingPoints', urls: [] })).not.toThrow();
});

// ---------------------------------------------------------------- judged anew

test('what is in a full space stays in it when everything is judged anew, and nothing else takes its place', () => {
  const { a, b, stolen, space, atStolen, atB } = family({ controlEntriesStored: 30 });
  const dave = person('dave');
  const d = device(dave, 'd');
  const atD = invite(a, space, d, dave);
  sync(space, atD);
  // Bob's log is the older one here and comes first from the start; what of it comes now has no room.
  space.receive(peer, written(stolen, atStolen, times(100)));
  space.receive(peer, written(b, atB, times(10)));
  const [before, was] = [held(a), seen(space)];
  const tale = (text: string): RawEntry => forge(d, atD, { items: note(text) });
  space.receive(peer, [tale('one story')]);
  space.receive(peer, [tale('another')]);
  expect(a.sink.resets).toBeGreaterThan(0);
  // The proof of it has no room either.
  expect([held(a), seen(space)]).toEqual([before, was]);
  expect([held(a), seen(again(a))]).toEqual([before, was]);
});
