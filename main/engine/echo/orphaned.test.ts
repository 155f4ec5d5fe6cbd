/** A device whose logs rest on what is on nobody's disk any more, when its person is let in anew or the space told of it. */
import Database from 'better-sqlite3';
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../bytes.ts';
import { device, invite, note, person, restored, sync, type Person } from '../../../test/engine/log/fixture.ts';
import { ready } from '../crypto/sodium.ts';
import type { Replica } from './replica.ts';

beforeAll(ready);

/** Olga let the laptop of somebody in, maybe of herself, and an older copy of her disk was put back. */
function putBack(olga: Person, other: Person) {
  const database = new Database(':memory:');
  const first = device(olga, 'olga', database);
  const before = first.replicas.create();
  const older = new Database(database.serialize());
  before.append(note('on no disk but the lost one'));
  const laptop = device(other, 'laptop');
  const atLaptop = invite(first, before, laptop, other);
  atLaptop.append(note('only on the laptop'));
  const { certs } = olga;
  if (other === olga) olga.certs = certs.slice(0, -2); // not told again before the copy is known to be one
  const again = restored(olga, 'olga', first.keys, older);
  olga.certs = certs;
  again.restart(() => undefined);
  const at = again.replicas.get(before.spaceId) as Replica;
  return { before, laptop, atLaptop, again, at };
}

/** And Bob's phone came in by a new invitation. */
function turnedBack() {
  const [olga, bob] = [person('olga'), person('bob')];
  const { before, laptop, atLaptop, again, at } = putBack(olga, bob);
  sync(at, atLaptop);
  expect(again.sink.texts(at)).toEqual([]);
  const phone = device(bob, 'phone');
  const atPhone = invite(again, at, phone, bob);
  sync(at, atPhone);
  return { bob, before, laptop, atLaptop, again, at, phone, atPhone };
}

test('it says so and writes nothing that nobody could take; what it has stays to be read', () => {
  const { at, laptop, atLaptop, bob, again } = turnedBack();
  expect([atLaptop.ownRole(), atLaptop.ended()]).toEqual(['editor', undefined]);
  sync(at, atLaptop);
  expect([atLaptop.ownRole(), atLaptop.ended()?.kind]).toEqual([undefined, 'orphaned']);
  expect(() => atLaptop.append(note('for nobody'))).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  expect(laptop.sink.texts(atLaptop)).toEqual(['only on the laptop']);
  expect(() => invite(again, at, laptop, bob)).toThrow(expect.objectContaining({ type: 'already-member' }));
  laptop.restart();
  const later = laptop.replicas.get(at.spaceId) as Replica;
  expect(later.ended()?.kind).toBe('orphaned');
});

test('without that copy it comes in like any device, and the others get what it writes', () => {
  const { at, laptop, atLaptop, bob, again, phone, atPhone } = turnedBack();
  sync(at, atLaptop);
  laptop.replicas.forget(atLaptop);
  const fresh = invite(again, at, laptop, bob);
  fresh.append(note('from the laptop again'));
  sync(at, fresh);
  sync(at, atPhone);
  expect([fresh.ownRole(), fresh.ended()]).toEqual(['editor', undefined]);
  expect(phone.sink.texts(atPhone)).toEqual(['from the laptop again']);
});

test('it goes on where it was as soon as somebody is met who has the admission', () => {
  const { at, before, again, atLaptop } = turnedBack();
  sync(at, atLaptop);
  sync(before, atLaptop);
  expect([atLaptop.ownRole(), atLaptop.ended()]).toEqual(['editor', undefined]);
  sync(at, atLaptop);
  expect(again.sink.texts(at).sort()).toEqual(['on no disk but the lost one', 'only on the laptop']);
});

/** What was put back told the space of her own laptop again. */
function toldAgain() {
  const olga = person('olga');
  return { olga, ...putBack(olga, olga) };
}

test('nor does anybody take what a device of the same person wrote after what its other device has lost', () => {
  const { before, laptop, atLaptop, again, at } = toldAgain();
  expect([atLaptop.ownRole(), atLaptop.ended()]).toEqual(['owner', undefined]);
  expect(at.authority().device(toHex(laptop.deviceId))).toBeDefined();
  sync(at, atLaptop);
  expect([atLaptop.ownRole(), atLaptop.ended()?.kind]).toEqual([undefined, 'orphaned']);
  expect(() => atLaptop.append(note('for nobody'))).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  expect(laptop.sink.texts(atLaptop)).toEqual(['only on the laptop']);
  sync(before, atLaptop);
  expect([atLaptop.ownRole(), atLaptop.ended()]).toEqual(['owner', undefined]);
  sync(at, atLaptop);
  expect(again.sink.texts(at).sort()).toEqual(['on no disk but the lost one', 'only on the laptop']);
});

test('without that copy it comes in again by another device of its person', () => {
  const { olga, laptop, atLaptop, again, at } = toldAgain();
  sync(at, atLaptop);
  expect(() => invite(again, at, laptop, olga)).toThrow(expect.objectContaining({ type: 'already-member' }));
  laptop.replicas.forget(atLaptop);
  const fresh = invite(again, at, laptop, olga);
  fresh.append(note('from the laptop again'));
  sync(at, fresh);
  expect([fresh.ownRole(), fresh.ended()]).toEqual(['owner', undefined]);
  expect(again.sink.texts(at)).toEqual(['from the laptop again']);
});

test('that a second device told the space as well, and the first is away, is no loss', () => {
  const olga = person('olga');
  const desk = device(olga, 'olga');
  const atDesk = desk.replicas.create();
  const tablet = device(olga, 'tablet');
  const atTablet = invite(desk, atDesk, tablet, olga);
  sync(atDesk, atTablet);
  const laptop = device(olga, 'laptop');
  const atLaptop = invite(desk, atDesk, laptop, olga);
  tablet.restart();
  const later = tablet.replicas.get(atDesk.spaceId) as Replica;
  expect(later.authority().device(toHex(laptop.deviceId))).toBeDefined();
  sync(later, atLaptop);
  expect([atLaptop.ownRole(), atLaptop.ended()]).toEqual(['owner', undefined]);
  atLaptop.append(note('while the desk is away'));
  sync(atDesk, atLaptop);
  expect(desk.sink.texts(atDesk)).toEqual(['while the desk is away']);
});
