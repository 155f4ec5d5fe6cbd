/** What queries find, against a look at every object; and that they keep to their bounds. */
import fc from 'fast-check';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { fields, query } from '../../../test/objects/arbitrary-query.ts';
import { createTestDevice, type TestDevice } from '../../../test/objects/device.ts';
import { naive } from '../../../test/objects/naive-query.ts';
import { ready } from '../crypto/sodium.ts';
import type { CoveError } from '../errors.ts';
import type { Filter } from './query-filter.ts';

beforeAll(ready);
let device: TestDevice | undefined;
afterEach(() => {
  device?.remove();
  device = undefined;
});
const open = (): TestDevice => (device = createTestDevice(1));
const refuses = (detail: Record<string, string>) =>
  expect.objectContaining({
    name: 'CoveError',
    type: 'bad-request',
    detail: expect.objectContaining(detail) as unknown,
  }) as CoveError;

test.each([false, true])(
  'a query finds what a look at every object finds, in its order, in pages and as a number; indexes: %s',
  (indexed) => {
    const { space, clock } = open();
    space.setSpaceField('a', 3); // the space's own object, which no query shows
    if (indexed) {
      for (const type of ['task', 'note'])
        for (const path of [['a'], ['b'], ['due'], ['a', 'b']]) space.keepIndex(type, path);
      clock.advance(2_000);
    }
    let all = 0;
    const check = fc.property(
      fc.array(fields, { maxLength: 4 }),
      fc.nat(),
      fc.array(query, { minLength: 8, maxLength: 8 }),
      (more, some, queries) => {
        space.batch(() => more.forEach((one) => space.create(one)));
        clock.advance(7);
        const objects = space.query({ deleted: 'also' });
        const one = objects[some % (objects.length || 1)];
        if (one !== undefined && objects.length > 4) {
          if (one.deleted) space.restore(one.id);
          else if (some % 3 === 0) space.remove(one.id);
          else space.update(one.id, more[0] ?? { due: 3 });
        }
        const present = space.query({ deleted: 'also' });
        for (const asked of queries) {
          const expected = naive(present, asked);
          all += expected.length;
          expect(space.query(asked).map(({ id }) => id)).toEqual(expected);
          expect(space.count(asked)).toBe(expected.length);
          expect(space.ids(asked)).toEqual({ ids: expected, next: undefined });
          const [pages, ids]: [string[], string[]] = [[], []];
          for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
            const bounded = { ...asked, limit: 3, ...(after !== undefined && { after }) };
            const page = space.page(bounded);
            pages.push(...page.objects.map(({ id }) => id));
            const bare = space.ids(bounded);
            ids.push(...bare.ids);
            after = page.next;
            expect(bare.next).toBe(after);
          }
          expect([pages, ids]).toEqual([expected, expected]);
        }
      },
    );
    fc.assert(check, { numRuns: 40, endOnFailure: true });
    expect(all, 'control: queries find something').toBeGreaterThan(500);
    const own = device?.storage.prepare('SELECT count(*) AS n FROM object WHERE object_id = zeroblob(16)').get();
    expect(own, 'control: it is among them').toEqual({ n: 1 });
  },
);

test('a cursor keeps its place when objects come and go', () => {
  const { space } = open();
  const ids = [10, 20, 30, 40].map((due) => space.create({ due }));
  const asked = { order: [{ by: ['due'] }], limit: 2 };
  const { next = '' } = space.page(asked);
  space.create({ due: 5 });
  space.create({ due: 25 });
  space.remove(ids[1] as string);
  const { objects, next: end } = space.page({ ...asked, limit: 5, after: next });
  expect([objects.map(({ fields: { due } }) => due), end]).toEqual([[25, 30, 40], undefined]);
});

test('what is no query is refused with a reason', () => {
  const { space } = open();
  space.create({ due: 1 });
  space.create({ due: 2 });
  const deep = (levels: number): Filter => (levels === 0 ? { op: 'and', of: [] } : { op: 'not', of: deep(levels - 1) });
  const filtered = (filter: unknown) => () => space.query({ filter: filter as Filter });
  expect(filtered(deep(8))).toThrow(refuses({ reason: 'deeper than 8' }));
  expect(filtered({ op: 'and', of: Array(64).fill({ op: 'exists', path: ['a'] }) })).toThrow(
    refuses({ reason: 'more than 64 conditions' }),
  );
  expect(filtered({ op: 'in', path: ['a'], values: Array(1_001).fill(1) })).toThrow(
    refuses({ reason: 'more than 1000 values' }),
  );
  expect(filtered({ op: 'like', path: ['a'] })).toThrow(refuses({ reason: 'like' }));
  expect(filtered({ op: 'lt', path: ['a'], value: NaN })).toThrow(refuses({ reason: 'lt' }));
  expect(filtered({ op: 'exists', path: [] })).toThrow(refuses({ field: 'path' }));
  expect(filtered({ op: 'exists', path: ['a"b'] })).toThrow(refuses({ field: 'a"b' }));
  expect(filtered(5)).toThrow(refuses({ reason: 'not a filter' }));
  expect(() => space.query({ limit: 0.5 })).toThrow(refuses({ field: 'limit' }));
  const { next = '' } = space.page({ limit: 1 });
  expect(space.page({ limit: 1, after: next }).objects).toHaveLength(1);
  for (const after of [`${next}x`, '', 'null', '%'])
    expect(() => space.page({ after })).toThrow(refuses({ field: 'after' }));
  expect(() => space.page({ order: [{ by: ['due'] }], after: next }), 'of another order').toThrow(
    refuses({ field: 'after' }),
  );
});

test('a reference is found from where it points, in a field and in a set', () => {
  const { space } = open();
  const project = space.create({ type: 'project' });
  const $ref = { $ref: project };
  const one = space.create({ type: 'task', project: $ref });
  const two = space.create({ type: 'task' });
  space.addTo(two, '/projects', $ref);
  space.create({ type: 'task', project: { $ref: one } });
  const filter: Filter = {
    op: 'or',
    of: [
      { op: 'eq', path: ['project'], value: $ref },
      { op: 'has', path: ['projects'], value: $ref },
    ],
  };
  expect(space.query({ type: 'task', filter }).map(({ id }) => id)).toEqual([one, two]);
  space.removeFrom(two, '/projects', $ref);
  expect(space.query({ type: 'task', filter }).map(({ id }) => id)).toEqual([one]);
});
