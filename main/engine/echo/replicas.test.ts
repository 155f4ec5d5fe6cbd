import { beforeAll, expect, test } from 'vitest';
import { device, invite, note, person, sync } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';

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
