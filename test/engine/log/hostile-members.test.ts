/**
 * Members whose program was changed: they sign what the interface and their own replica would refuse. Every honest
 * replica refuses it by itself, when it applies.
 */
import { inspect } from 'node:util';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { encodeControl } from '../../../main/engine/echo/control.ts';
import type { Control } from '../../../main/engine/echo/control.ts';
import { ENTRY_KIND } from '../../../main/engine/echo/entry.ts';
import type { RawEntry, Replica } from '../../../main/engine/echo/replica.ts';
import { device, forge, invite, note, person, sync } from './fixture.ts';
import type { Device, Forgery, Person } from './fixture.ts';

beforeAll(ready);

const peer = new Uint8Array(32);
let olga: Device;
let space: Replica;
let people: Record<'ann' | 'eve' | 'rita', Person>;
let devices: Record<'ann' | 'eve' | 'rita', Device>;
let replicas: Record<'ann' | 'eve' | 'rita', Replica>;

/** Olga owns, Ann manages, Eve edits, Rita reads; all are level. */
beforeEach(() => {
  olga = device(person('olga'), 'olga');
  space = olga.replicas.create();
  people = { ann: person('ann'), eve: person('eve'), rita: person('rita') };
  devices = { ann: device(people.ann, 'ann'), eve: device(people.eve, 'eve'), rita: device(people.rita, 'rita') };
  replicas = {
    ann: invite(olga, space, devices.ann, people.ann, 'admin'),
    eve: invite(olga, space, devices.eve, people.eve, 'editor'),
    rita: invite(olga, space, devices.rita, people.rita, 'reader'),
  };
  for (let round = 0; round < 2; round++) for (const replica of Object.values(replicas)) sync(space, replica);
});

const all = (): Replica[] => [space, ...Object.values(replicas)];
const everything = (replica: Replica): NonNullable<Forgery['deps']> =>
  replica
    .have()
    .filter(([logId]) => toHex(logId) !== toHex(replica.logId))
    .map(([logId, seq]) => ({ logId, log: toHex(logId), seq }))
    .sort((x, y) => (x.log < y.log ? -1 : 1));
function forged(who: keyof typeof people, control: Control, change: Forgery = {}): RawEntry {
  const replica = replicas[who];
  const payload = encodeControl(control);
  return forge(devices[who], replica, { kind: ENTRY_KIND.control, payload, deps: everything(replica), ...change });
}
const roles = (replica: Replica): Record<string, string> =>
  Object.fromEntries(replica.authority().members.map(({ name, role }) => [name, role]));
const UNCHANGED = { olga: 'owner', ann: 'admin', eve: 'editor', rita: 'reader' };
const texts = (...owners: Device[]): string =>
  inspect(
    owners.map(({ sink }) => sink),
    { depth: 9 },
  );

test('what a reader writes counts on no device', () => {
  const entry = forge(devices.rita, replicas.rita, { items: note('scribble'), deps: everything(replicas.rita) });
  for (const replica of [space, replicas.eve]) replica.receive(peer, [entry]);
  expect(texts(olga, devices.eve)).not.toContain('scribble');
  // The control: the same from an editor counts.
  const fair = forge(devices.eve, replicas.eve, { items: note('prose'), deps: everything(replicas.eve) });
  for (const replica of [space, replicas.ann]) replica.receive(peer, [fair]);
  expect(texts(olga)).toContain('prose');
});

test('a manager removes no owner, makes no managers and deletes no space', () => {
  const entries = [
    forged('ann', ['MemberRemove', { identityId: olga.identityId }]),
    forged('ann', ['MemberRole', { identityId: people.eve.identityId, role: 'admin' }]),
    forged('ann', ['SpaceDelete', {}]),
  ];
  for (const entry of entries) {
    const fresh = [space, replicas.eve];
    for (const replica of fresh) replica.receive(peer, [entry]);
    expect(fresh.map(roles)).toEqual([UNCHANGED, UNCHANGED]);
    expect(fresh.map((replica) => replica.ended())).toEqual([undefined, undefined]);
  }
});

test('an editor and a reader change nobody’s membership but their own', () => {
  for (const who of ['eve', 'rita'] as const) {
    for (const replica of [space, replicas.ann]) {
      replica.receive(peer, [forged(who, ['MemberRemove', { identityId: people.ann.identityId }])]);
    }
  }
  expect(roles(space)).toEqual(UNCHANGED);
  expect(roles(replicas.ann)).toEqual(UNCHANGED);
});

test('a removed manager who acts late, or pretends to have acted before, changes nothing', () => {
  const before = everything(replicas.ann);
  space.appendControl({ type: 'MemberRemove', identityId: people.ann.identityId });
  sync(space, replicas.eve);
  const late = forged('ann', ['MemberRemove', { identityId: people.eve.identityId }]);
  const backdated = forged('ann', ['MemberRole', { identityId: people.rita.identityId, role: 'editor' }], {
    deps: before,
    after: late,
    wall: 1,
  });
  for (const replica of [space, replicas.eve]) replica.receive(peer, [late, backdated]);
  const without = { olga: 'owner', eve: 'editor', rita: 'reader' };
  expect([roles(space), roles(replicas.eve)]).toEqual([without, without]);
});

test('nobody is told by an editor that he was removed, but by a manager he is', () => {
  const farewell = (by: 'ann' | 'eve'): RawEntry[] => {
    const [opening] = replicas[by].read([replicas[by].logId, 1, 1], Infinity);
    return [opening as RawEntry, forged(by, ['MemberRemove', { identityId: people.rita.identityId }])];
  };
  const standing = (): unknown[] => {
    devices.rita.restart();
    const replica = devices.rita.replicas.get(space.spaceId);
    return [replica?.ownRole(), replica?.ended()?.kind];
  };
  expect(replicas.rita.takeFarewell(farewell('eve'))).toBe(false);
  expect(replicas.rita.ownRole()).toBe('reader');
  expect(standing()).toEqual(['reader', undefined]);
  expect(devices.rita.replicas.get(space.spaceId)?.takeFarewell(farewell('ann'))).toBe(true);
  expect(standing()).toEqual([undefined, 'removed']);
});

test('nobody writes on in a space that he has seen deleted, not even by another program', () => {
  space.appendControl({ type: 'SpaceDelete' });
  for (const replica of Object.values(replicas)) sync(space, replica);
  expect(all().map((replica) => replica.ended()?.kind)).toEqual(['deleted', 'deleted', 'deleted', 'deleted']);
  const late = forge(devices.eve, replicas.eve, { items: note('ghost'), deps: everything(replicas.eve) });
  const guest = forged('ann', ['MemberRole', { identityId: people.rita.identityId, role: 'editor' }]);
  for (const replica of [space, replicas.rita]) replica.receive(peer, [late, guest]);
  expect(texts(olga, devices.rita)).not.toContain('ghost');
  expect([roles(space), roles(replicas.rita)]).toEqual([UNCHANGED, UNCHANGED]);
});
