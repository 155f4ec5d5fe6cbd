/** A space’s operations in transactions of others, and those who listen. */
import { beforeAll, expect, test } from 'vitest';
import { device, invite, note, person, sync } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { trio } from '../../../test/engine/log/trio.ts';

beforeAll(ready);

test('an operation inside a transaction that is undone leaves no trace', async () => {
  const { a, space } = trio();
  const heads: number[] = [];
  space.onAdvance((moved) => heads.push(moved.length));
  const before = JSON.stringify(space.have());
  expect(() =>
    a.storage.transaction(() => {
      space.append(note('never'));
      throw new Error('changed my mind');
    }),
  ).toThrow('changed my mind');
  expect(JSON.stringify(space.have())).toBe(before);
  expect(() =>
    space.append(note('never'), () => {
      throw new Error('within');
    }),
  ).toThrow('within');
  expect(JSON.stringify(space.have())).toBe(before);
  space.append(note('and on'));
  await Promise.resolve();
  expect(heads).toEqual([1]);
  a.storage.transaction(() => space.append(note('nested')));
  expect(heads).toEqual([1]);
  await Promise.resolve();
  expect(heads).toEqual([1, 1]);
});

test('a listener that fails undoes nothing and keeps nobody else from hearing', () => {
  const { a, space } = trio();
  let heard = 0;
  space.onAdvance(() => {
    throw new Error('not my day');
  });
  const cancel = space.onAdvance(() => heard++);
  space.append(note('kept'));
  cancel();
  space.append(note('kept too'));
  expect([heard, a.sink.texts(space)]).toEqual([1, ['first', 'kept', 'kept too']]);
});

test('a database that is closed right after an outer transaction is asked nothing more', async () => {
  const { a, space } = trio();
  a.storage.transaction(() => space.append(note('last')));
  a.close();
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.prependListener('unhandledRejection', hear);
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.removeListener('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});

test('whose admissions count for nothing is told who let him in last, after a restart too', () => {
  const [ann, bob, eve, cy] = [person('ann'), person('bob'), person('eve'), person('cy')];
  const [a, b, e, c] = [device(ann, 'a'), device(bob, 'b'), device(eve, 'e'), device(cy, 'c')];
  const space = a.replicas.create();
  const [atB, atE] = [invite(a, space, b, bob, 'admin'), invite(a, space, e, eve, 'admin')];
  sync(space, atB);
  sync(space, atE);
  // Removed by the owner, of which nobody hears, they go on letting people in.
  for (const { identityId } of [bob, eve]) space.appendControl({ type: 'MemberRemove', identityId });
  const first = invite(b, atB, c, cy);
  sync(atB, first);
  atB.appendControl({ type: 'MemberRemove', identityId: cy.identityId });
  sync(atB, atE);
  sync(atB, first);
  const again = invite(e, atE, c, cy);
  sync(atE, again);
  expect(again.ownRole()).toBe('editor');
  sync(again, space);
  expect(again.ended()).toEqual({ kind: 'void', by: toHex(eve.identityId) });
  c.restart();
  expect(c.replicas.all()[0]?.ended()).toEqual({ kind: 'void', by: toHex(eve.identityId) });
});
