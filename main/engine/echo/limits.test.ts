/** The limits of a space (protocol §6.6), made small, each reached by a member whose program does not keep to it. */
import { beforeAll, expect, test } from 'vitest';
import {
  device,
  forge,
  invite,
  note,
  pair,
  person,
  quarantined,
  rename,
  sync,
} from '../../../test/engine/log/fixture.ts';
import type { Device } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { logId } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import type { Clock } from '../ports.ts';
import { encodeControl } from './control.ts';
import { ENTRY_KIND, NO_PREV } from './entry.ts';
import { ECHO } from './limits.ts';
import type { RawEntry, Replica } from './replica.ts';

beforeAll(ready);

const peer = new Uint8Array(32);

const members = (space: Replica): string[] =>
  space
    .authority()
    .members.map(({ name }) => name)
    .sort();

/** A device's LogOpen for one more log. */
function opening(by: Device, identityId: Uint8Array, space: Replica, n: number): RawEntry {
  const incarnation = new Uint8Array(16).fill(n);
  return forge(by, space, {
    ...{ kind: ENTRY_KIND.control, seq: 1, prev: NO_PREV, logId: logId(space.spaceId, by.deviceId, incarnation) },
    payload: encodeControl(['LogOpen', { deviceId: by.deviceId, incarnation, identityId }]),
  });
}
const nowhere = { logId: new Uint8Array(16).fill(5), log: toHex(new Uint8Array(16).fill(5)), seq: 1 };

test('a space that is full of control entries takes none but its owner’s, who can end it', () => {
  const { a, b, bob, space, joined } = pair({ limits: { controlEntries: 12 } });
  const fill = (): void => {
    for (let i = 0; i < 20; i++) {
      rename(bob, b, `bob ${i}`);
      joined.appendControl({ type: 'IdentityUpdate', certs: bob.certs.slice(-1) });
    }
  };
  expect(fill).toThrow('the most it can hold');
  sync(space, joined);
  rename(bob, b, 'one too many');
  const more = encodeControl(['IdentityUpdate', { certs: bob.certs.slice(-1) }]);
  const raw = forge(b, joined, { kind: ENTRY_KIND.control, payload: more });
  expect(space.receive(peer, [raw]).stored).toBe(1);
  expect(quarantined(a)).toEqual(['too many control entries']);
  space.appendControl({ type: 'MemberRemove', identityId: b.identityId });
  sync(space, joined);
  expect([members(space), members(joined)]).toEqual([['a'], ['a']]);
});

test('control entries whose past is empty are bounded by what is stored', () => {
  const { a, space } = pair({ limits: { controlEntries: 8, controlEntriesStored: 10 } });
  const eve = device(person('eve'), 'eve');
  let last = opening(eve, eve.identityId, space, 1);
  expect(space.receive(peer, [last]).stored).toBe(1);
  for (let i = 0; i < 6; i++) {
    const payload = encodeControl(['IdentityUpdate', { certs: [] }]);
    last = forge(eve, space, { kind: ENTRY_KIND.control, payload, after: last });
    expect(space.receive(peer, [last]).stored).toBe(1);
  }
  const kept = a.storage.prepare('SELECT count(*) AS kept FROM control_entry').get();
  expect([kept, quarantined(a).slice(0, 1)]).toEqual([{ kept: 10 }, ['too many control entries']]);
});

test('an admin lets nobody in beyond the limit, and everybody sees the same members', () => {
  const limited = { limits: { members: 3 } };
  const { a, b, space, joined } = pair(limited, 'admin');
  const [carol, dave] = [person('carol'), person('dave')];
  const c = device(carol, 'c', undefined, limited);
  device(dave, 'd');
  const atC = invite(a, space, c, carol);
  sync(space, joined);
  joined.append(note('I have seen Carol come'));
  const request = { chain: dave.certs, role: 'editor', invId: new Uint8Array(16) } as const;
  expect(() => b.replicas.admit(joined, request, () => undefined)).toThrow(
    expect.objectContaining({ type: 'refused' }),
  );
  const payload = encodeControl(['MemberAdmit', { ...request, chain: dave.certs, identityId: dave.identityId }]);
  const raw = forge(b, joined, { kind: ENTRY_KIND.control, payload });
  for (const at of [space, joined, atC]) {
    sync(space, at);
    at.receive(peer, [raw]);
    expect(members(at)).toEqual(['a', 'b', 'c']);
  }
  // There is room again once somebody has gone.
  joined.appendControl({ type: 'MemberRemove', identityId: c.identityId });
  b.replicas.admit(joined, request, () => undefined);
  sync(space, joined);
  expect([members(space), members(joined)]).toEqual([
    ['a', 'b', 'd'],
    ['a', 'b', 'd'],
  ]);
});

test('only so many entries of a log, and so many bytes of a space, wait for others', () => {
  const chain = (b: Device, joined: Replica): RawEntry[] => {
    const first = forge(b, joined, { deps: [nowhere] });
    const second = forge(b, joined, { after: first });
    return [first, second, forge(b, joined, { after: second })];
  };
  for (const limits of [{ pendingEntries: 2 }, { pendingBytes: 700 }, {}]) {
    const { a, b, space, joined } = pair({ limits });
    const stored = chain(b, joined).map((raw) => space.receive(peer, [raw]).stored);
    expect([limits, stored]).toEqual([
      limits,
      'pendingEntries' in limits || 'pendingBytes' in limits ? [1, 1, 0] : [1, 1, 1],
    ]);
    expect(quarantined(a)).toEqual([]);
    // What can be taken in at once always may: a full queue would never empty otherwise.
    a.restart();
    const again = a.replicas.get(space.spaceId) as Replica;
    const c = device(person('alice'), 'a2');
    const fresh = invite(a, again, c, person('alice'));
    fresh.append(note('taken in at once'));
    sync(again, fresh);
    expect(a.sink.texts(again)).toContain('taken in at once');
  }
});

test('a device begins only so many logs; more are kept as evidence, not stored', () => {
  const { a, b, space } = pair({ limits: { logsPerDevice: 3 } });
  const stored = [1, 2, 3].map((n) => space.receive(peer, [opening(b, b.identityId, space, n)]).stored);
  expect([stored, quarantined(a)]).toEqual([[1, 1, 0], ['too many logs of one device']]);

  const few = pair({ limits: { strangersLogs: 1, devices: 2 } });
  const [eve, mallory] = [device(person('eve'), 'eve'), device(person('mallory'), 'mallory')];
  const strangers = [eve, mallory].map(
    (who) => few.space.receive(peer, [opening(who, who.identityId, few.space, 1)]).stored,
  );
  expect(strangers).toEqual([1, 0]);
  const third = device(few.bob, 'b2');
  few.joined.appendControl({ type: 'IdentityUpdate', certs: few.bob.certs.slice(-2) });
  sync(few.space, few.joined);
  expect(few.space.receive(peer, [opening(third, few.bob.identityId, few.space, 1)]).stored).toBe(0);
  expect(quarantined(few.a)).toEqual(['too many devices']);
});

test('what is kept as evidence is the device’s own, and no more than a little', () => {
  const { a, b, space } = pair({ limits: { logsPerDevice: 1, quarantinePerDevice: 3 } });
  const open = (by: Device, n: number): void => void space.receive(peer, [opening(by, b.identityId, space, n)]);
  // Somebody else's signature under a log of Bob's device proves nothing about Bob.
  const eve = device(person('eve'), 'eve');
  for (let n = 1; n < 9; n++) open({ ...eve, deviceId: b.deviceId }, n);
  expect(quarantined(a)).toEqual([]);
  for (let n = 10; n < 20; n++) open(b, n);
  expect(quarantined(a)).toEqual(Array(3).fill('too many logs of one device'));

  const few = pair({ limits: { logsPerDevice: 1, quarantineBytes: 1_000 } });
  for (let n = 0; n < 20; n++) few.space.receive(peer, [opening(few.b, few.b.identityId, few.space, n)]);
  const kept = few.a.storage.prepare('SELECT sum(length(bytes)) AS bytes FROM quarantine').get();
  expect(kept?.['bytes']).toBeGreaterThan(0);
  expect(kept?.['bytes']).toBeLessThanOrEqual(1_000);
});

test('a space that has reached its quota on this device takes nothing more and says so', () => {
  const { a } = pair();
  const bytes = a.storage.prepare('SELECT bytes FROM space_size').get()?.['bytes'] as number;
  const counted = a.storage.prepare('SELECT sum(length(header) + length(payload)) AS bytes FROM entry').get();
  expect(counted).toEqual({ bytes });
  const small = pair({ limits: { quota: bytes + 300 } });
  expect(small.space.receive(peer, [forge(small.b, small.joined)])).toEqual({ stored: 1, missing: [] });
  small.joined.append(note('other'));
  const refused = small.space.receive(peer, [forge(small.b, small.joined)]);
  expect(refused).toMatchObject({ stored: 0, full: true });
  expect(refused.violation).toBeUndefined();
});

test('a writer makes a new epoch after thirty days, and everybody reads on', () => {
  let now = 1_790_000_000_000;
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
  const { b, space, joined } = pair({ clock });
  const epoch = (): string => toHex(space.epoch().keyId);
  const first = epoch();
  now += ECHO.epochLife - 1;
  space.append(note('within the month'));
  expect(epoch()).toBe(first);
  now += 1;
  space.append(note('after it'));
  const second = epoch();
  expect(second).not.toBe(first);
  space.append(note('and again'));
  expect(epoch()).toBe(second);
  sync(space, joined);
  expect(b.sink.texts(joined)).toEqual(['within the month', 'after it', 'and again']);
});
