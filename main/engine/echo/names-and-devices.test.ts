/** A member’s further device, and the names that members take: known everywhere, whenever they were told. */
import { beforeAll, expect, test } from 'vitest';
import { device, invite, note, rename, sync } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { Replica } from './replica.ts';
import { trio, settle } from '../../../test/engine/log/trio.ts';

beforeAll(ready);

test('a new name reaches the members, also when the app was closed in between', () => {
  const { a, space, atB, all, alice } = trio();
  settle(all);
  rename(alice, a, 'Alicia');
  a.restart();
  const again = a.replicas.get(space.spaceId) as Replica;
  sync(again, atB);
  expect(atB.authority().member(toHex(alice.identityId))?.name).toBe('Alicia');
  const heads = again.have().length;
  a.restart();
  expect(again.have()).toHaveLength(heads);
});

test('a second device of a member needs no new admission', () => {
  const { a, space, all, bob } = trio();
  settle(all);
  const second = device(bob, 'b2');
  const atSecond = invite(a, space, second, bob);
  expect(atSecond.ownRole()).toBe('admin');
  atSecond.append(note('from the second'));
  sync(space, atSecond);
  expect(a.sink.texts(space)).toContain('from the second');
  expect(space.authority().member(toHex(bob.identityId))?.devices).toHaveLength(2);
});

test('what a second device of a member does before it hears of anything else counts', () => {
  const { a, space, all, bob } = trio();
  settle(all);
  const second = device(bob, 'b2');
  const atSecond = invite(a, space, second, bob);
  rename(bob, second, 'bobby');
  atSecond.appendControl({ type: 'IdentityUpdate', certs: bob.certs.slice(-1) });
  sync(space, atSecond);
  expect(space.authority().member(toHex(bob.identityId))?.name).toBe('bobby');
});

test('who takes another name between being let in again and hearing of it from the others has it everywhere', () => {
  const { a, b, space, atB, all, bob } = trio();
  settle(all);
  space.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  sync(space, atB);
  invite(a, space, b, bob, 'editor');
  rename(bob, b, 'bobby');
  b.restart();
  const back = b.replicas.get(space.spaceId) as Replica;
  sync(space, back);
  sync(space, back);
  expect(space.authority().member(toHex(bob.identityId))?.name).toBe('bobby');
});
