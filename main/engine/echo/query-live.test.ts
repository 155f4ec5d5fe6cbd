/** Live queries: each difference leads to what a fresh query finds, and costs what changed. */
import fc from 'fast-check';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { fields, query } from '../../../test/objects/arbitrary-query.ts';
import { createTestDevice, exchange, type TestDevice } from '../../../test/objects/device.ts';
import { countReads } from '../../../test/objects/reads.ts';
import { ready } from '../crypto/sodium.ts';
import type { ObjectQuery, QueryChange, StoredObject } from './objects.ts';
import { readsText } from './query.ts';

beforeAll(ready);
const devices: TestDevice[] = [];
const open = (): TestDevice => {
  const one = createTestDevice(devices.length + 1, devices[0]?.clock);
  devices.push(one);
  return one;
};
afterEach(() => {
  for (const one of devices.splice(0)) one.remove();
});

/** Applies differences as anybody would who has only them. */
function apply(list: readonly StoredObject[], { added, changed, removed, moved }: QueryChange): StoredObject[] {
  const latest = new Map([...list, ...changed].map((object) => [object.id, object]));
  const away = new Set([...removed, ...moved.map(({ id }) => id)]);
  const next = list.filter(({ id }) => !away.has(id)).map(({ id }) => latest.get(id) as StoredObject);
  const placed = [...added, ...moved.map(({ id, at }) => ({ object: latest.get(id) as StoredObject, at }))];
  for (const { object, at } of placed.sort((a, b) => a.at - b.at)) next.splice(at, 0, object);
  return next;
}

const WORDS: readonly ObjectQuery[] = [
  { text: 'a' },
  { text: '日' },
  { filter: { op: 'not', of: { op: 'text', words: 'ab' } } },
  { texts: true },
  { type: 'task', text: 'b', excerpt: 2 },
];

test('whatever changes, the differences lead to what a fresh query finds', () => {
  const [here, there] = [open(), open()];
  const { space, clock } = here;
  for (let i = 0; i < 12; i++) space.create({ type: 'task', a: i % 3, due: i });
  const asked = fc.tuple(query, fc.option(fc.integer({ min: 1, max: 5 })), fc.option(fc.integer({ min: 1, max: 3 })));
  const step = fc.tuple(
    fc.nat(),
    fields,
    fc.constantFrom('create', 'update', 'nudge', 'nudge', 'remove', 'restore', 'theirs', 'search'),
  );
  const seen = { added: 0, changed: 0, removed: 0, moved: 0 };
  const check = fc.property(
    fc.array(asked, { minLength: 6, maxLength: 6 }),
    fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
    (queries, turns) => {
      const order = [{ by: ['due'], descending: false }];
      const fixed = [{ order }, null, null] as const;
      const words = WORDS.flatMap((one) => [
        [{ ...one, order }, null, null] as const,
        [{ ...one, order }, 3, null] as const,
      ]);
      const lives = [...queries, fixed, [{ order }, 6, null] as const, ...words].map(([one, limit, offset]) => {
        const bounds = { ...(limit !== null && { limit }), ...(limit !== null && offset !== null && { offset }) };
        const live = {
          query: { ...one, ...bounds } as ObjectQuery,
          list: [] as StoredObject[],
          cancel: () => undefined as void,
        };
        live.cancel = space.follow(live.query, (change) => {
          for (const key of ['added', 'changed', 'removed', 'moved'] as const) seen[key] += change[key].length;
          live.list = apply(live.list, change);
        });
        return live;
      });
      for (const turn of turns) {
        for (const [which, given, what] of turn) {
          const all = space.query({ deleted: 'also' });
          const { id } = all[which % all.length] as StoredObject;
          if (what === 'create') space.create(given);
          else if (what === 'nudge') space.set(id, '/due', which % 9);
          else if (what === 'update') space.update(id, given);
          else if (what === 'remove') space.remove(id);
          else if (what === 'restore') space.restore(id);
          else if (what === 'search') space.search('a', 1);
          else {
            here.space.flush();
            exchange(here, there);
            there.space.update(id, given);
            there.space.flush();
            exchange(there, here);
          }
        }
        clock.advance(10);
        for (const { query: one, list } of lives) if (!readsText(one)) expect(list).toEqual(space.query(one));
        clock.advance(5_000); // all are entries, it has been quiet, and the search has caught up
        for (const { query: one, list } of lives) expect(list).toEqual(space.query(one));
      }
      for (const { cancel } of lives) cancel();
    },
  );
  fc.assert(check, { numRuns: 40, endOnFailure: true });
  for (const many of Object.values(seen)) expect(many, 'control: all kinds were seen').toBeGreaterThan(10);
});

test('what did not move is not said to have, and nothing is said of what concerns nobody', () => {
  const { space, clock } = open();
  const ids = [10, 20, 30].map((due) => space.create({ type: 'task', due }));
  space.flush(); // their entries date them
  const heard = vi.fn<(change: QueryChange) => void>();
  space.follow({ type: 'task', order: [{ by: ['due'] }] }, heard);
  heard.mockClear();
  space.set(ids[1] as string, '/due', 25);
  clock.advance(10);
  expect(heard.mock.lastCall?.[0]).toMatchObject({ added: [], removed: [], moved: [], changed: [{ id: ids[1] }] });
  space.set(ids[0] as string, '/due', 27);
  clock.advance(10);
  expect(heard.mock.lastCall?.[0]).toMatchObject({ moved: [{ id: ids[0], at: 1 }], changed: [{ id: ids[0] }] });
  space.create({ type: 'note' });
  clock.advance(10);
  expect(heard).toHaveBeenCalledTimes(2);
});

test.each([50, 2_000])('one change in a space of %i objects costs each live query one statement of one row', (many) => {
  const device = open();
  const { space, clock } = device;
  const ids: string[] = [];
  space.batch(() => {
    for (let due = 0; due < many; due++)
      ids.push(space.create({ type: 'task', due, done: false, memo: `word${due % 2} and` }));
  });
  clock.advance(5_000);
  const order = [{ by: ['due'] }];
  const queries: ObjectQuery[] = [
    { type: 'task' },
    { type: 'task', order },
    { type: 'task', order, limit: 20 },
    { text: 'word1', order, limit: 20 },
  ];
  const heard = queries.map((one) => {
    const fn = vi.fn<(change: QueryChange) => void>();
    space.follow(one, fn);
    return fn;
  });
  const set = (index: number, path: string, value: number | boolean) => () => {
    space.set(ids[index] as string, path, value);
    clock.advance(1);
  };
  const each = { statements: queries.length, rows: queries.length };
  expect(countReads(device, set(5, '/done', true)), 'within the page').toEqual(each);
  expect(countReads(device, set(many - 1, '/due', many + 5)), 'behind the page').toEqual(each);
  expect(heard.map((fn) => fn.mock.calls.length)).toEqual([3, 3, 2, 2]);
  expect(countReads(device, set(5, '/due', many)), 'out of both pages, which are read again').toEqual({
    statements: 6,
    rows: 44,
  });
});
