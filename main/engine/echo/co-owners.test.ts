/** Owners besides the one who makes a space: named in Genesis, let in like anybody, and owners in everything. */
import { beforeAll, expect, test } from 'vitest';
import { device, invite, note, person, rename, sync } from '../../../test/engine/log/fixture.ts';
import type { Device, Person } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { Replica } from './replica.ts';

beforeAll(ready);

type Someone = Person & { readonly on: Device };
const someone = (name: string): Someone => {
  const who = person(name);
  return Object.assign(who, { on: device(who, name) });
};
/** `host` lets the others into a space of theirs, so that all of them know each other. */
function meet(host: Someone, ...others: Someone[]): Replica {
  const space = host.on.replicas.create();
  for (const other of others) invite(host.on, space, other.on, other);
  return space;
}
const roles = (space: Replica): string[] =>
  space
    .authority()
    .members.map(({ name, role, awaited }) => `${name} ${role}${awaited ? ', awaited' : ''}`)
    .sort();

test('a named owner is let in with any role and is an owner, and so is seen by everybody', () => {
  const [ann, ben, cleo] = [someone('ann'), someone('ben'), someone('cleo')];
  meet(ann, ben);
  const space = ann.on.replicas.create({ coOwners: [ben.identityId] });
  expect(roles(space)).toEqual(['ann owner', 'ben owner, awaited']);
  const atCleo = invite(ann.on, space, cleo.on, cleo);
  expect(roles(atCleo)).toEqual(['ann owner', 'ben owner, awaited', 'cleo editor']);

  const atBen = invite(ann.on, space, ben.on, ben, 'reader');
  expect(atBen.ownRole()).toBe('owner');
  atBen.append(note('from ben'));
  sync(space, atBen);
  sync(space, atCleo);
  for (const at of [space, atBen, atCleo]) expect(roles(at)).toEqual(['ann owner', 'ben owner', 'cleo editor']);
  expect(cleo.on.sink.texts(atCleo)).toEqual(['from ben']);
  // What is on the disk says the same.
  cleo.on.restart();
  expect(roles(cleo.on.replicas.all()[0] as Replica)).toEqual(['ann owner', 'ben owner', 'cleo editor']);
});

test('when the first owner is lost, the other lets in, makes managers and removes them, and ends the space', () => {
  const [ann, ben, cleo, dan] = [someone('ann'), someone('ben'), someone('cleo'), someone('dan')];
  meet(ann, ben);
  const space = ann.on.replicas.create({ coOwners: [ben.identityId] });
  const atBen = invite(ann.on, space, ben.on, ben);
  sync(space, atBen);
  // From here on Ann's device is at the bottom of a lake.
  const atCleo = invite(ben.on, atBen, cleo.on, cleo);
  atBen.appendControl({ type: 'MemberRole', identityId: cleo.identityId, role: 'admin' });
  sync(atBen, atCleo);
  const atDan = invite(cleo.on, atCleo, dan.on, dan);
  sync(atBen, atCleo);
  expect(roles(atBen)).toEqual(['ann owner', 'ben owner', 'cleo admin', 'dan editor']);
  atBen.appendControl({ type: 'MemberRemove', identityId: cleo.identityId });
  sync(atBen, atDan);
  expect(roles(atDan)).toEqual(['ann owner', 'ben owner', 'dan editor']);
  atBen.appendControl({ type: 'SpaceDelete' });
  sync(atBen, atDan);
  expect(atDan.ended()).toEqual({ kind: 'deleted', by: toHex(ben.identityId) });
});

test('owners cannot remove or demote one another, nor leave', () => {
  const [ann, ben] = [someone('ann'), someone('ben')];
  meet(ann, ben);
  const space = ann.on.replicas.create({ coOwners: [ben.identityId] });
  const atBen = invite(ann.on, space, ben.on, ben);
  sync(space, atBen);
  const refused = { type: 'not-permitted' };
  for (const [at, other] of [
    [space, ben],
    [atBen, ann],
  ] as const) {
    const { identityId } = other;
    expect(() => at.appendControl({ type: 'MemberRemove', identityId })).toThrow(expect.objectContaining(refused));
    expect(() => at.appendControl({ type: 'MemberRole', identityId, role: 'reader' })).toThrow(
      expect.objectContaining(refused),
    );
    expect(() => at.appendControl({ type: 'MemberLeave' })).toThrow(expect.objectContaining(refused));
  }
  expect(roles(space)).toEqual(['ann owner', 'ben owner']);
});

test('owners are contacts, two besides oneself at most, each counted once', () => {
  const [ann, ben, cleo, dan, eve] = [
    someone('ann'),
    someone('ben'),
    someone('cleo'),
    someone('dan'),
    someone('eve'),
  ] as const;
  const shared = meet(ann, ben, cleo, dan);
  const create = (...people: Person[]) => ann.on.replicas.create({ coOwners: people.map((who) => who.identityId) });
  expect(() => create(ben, eve)).toThrow(expect.objectContaining({ type: 'contact-unknown' }));
  expect(() => create(ben, cleo, dan)).toThrow(expect.objectContaining({ type: 'too-many-owners' }));
  expect(roles(create(ben, ben, ann, cleo))).toEqual(['ann owner', 'ben owner, awaited', 'cleo owner, awaited']);

  // Named is not met: Fay knows Dan only once Dan is there. And who was removed is no contact any more.
  const fay = someone('fay');
  const space = ann.on.replicas.create({ coOwners: [dan.identityId] });
  invite(ann.on, space, fay.on, fay);
  expect(fay.on.replicas.contacts().map(({ name }) => name)).toEqual(['ann']);
  shared.appendControl({ type: 'MemberRemove', identityId: ben.identityId });
  const names = ann.on.replicas.contacts().map(({ name }) => name);
  expect(names.sort()).toEqual(['cleo', 'dan', 'fay']);
});

test('an owner is named with every device that any space knows of, and may come with one made since', () => {
  const [ann, ben] = [someone('ann'), someone('ben')];
  meet(ann, ben);
  const phone = device(ben, 'ben’s phone');
  meet(ann, { ...ben, on: phone } as Someone);
  rename(ben, phone, 'Benjamin');
  const space = ann.on.replicas.create({ coOwners: [ben.identityId] });
  const named = space.authority().member(toHex(ben.identityId));
  expect(named?.devices.map(({ name }) => name).sort()).toEqual(['ben', 'ben’s phone']);

  const tablet = device(ben, 'ben’s tablet');
  const atBen = invite(ann.on, space, tablet, ben);
  expect(atBen.ownRole()).toBe('owner');
  atBen.append(note('from the tablet'));
  sync(space, atBen);
  expect(ann.on.sink.texts(space)).toEqual(['from the tablet']);
});
