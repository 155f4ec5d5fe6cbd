/** Property indexes: made on demand and by declaration, in slices; read by the queries they are for; dropped. */
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createTestDevice, type TestDevice } from '../../../test/objects/device.ts';
import { ready } from '../crypto/sodium.ts';
import type { CoveError } from '../errors.ts';
import type { SqlValue } from '../ports.ts';
import type { ObjectQuery } from './objects.ts';
import { MOST_INDEXES } from './query-index.ts';
import { PROPERTY_INDEXES } from './schema-properties.ts';

beforeAll(ready);
let device: TestDevice;
afterEach(() => device.remove());

function open(many: number): TestDevice {
  device = createTestDevice(1);
  device.space.batch(() => {
    for (let i = 0; i < many; i++)
      device.space.create({ type: 'task', title: `t${i}`, due: (i * 7_919) % many, done: i % 2 === 0 });
  });
  return device;
}

/** What SQLite does for the query's own statement, or for that of its ids or its count. */
function planOf(query: ObjectQuery, asked: 'query' | 'ids' | 'count' = 'query'): string {
  const { storage, space } = device;
  const { prepare } = storage;
  const plan: string[] = [];
  const spy = vi.spyOn(storage, 'prepare').mockImplementation((text) => {
    const statement = prepare.call(storage, text);
    if (!/^SELECT (object\.id|lower|\()/.test(text)) return statement;
    const explained = (values: readonly SqlValue[]): readonly SqlValue[] => {
      const rows = prepare.call(storage, `EXPLAIN QUERY PLAN ${text}`).all(...values);
      plan.push(...rows.map(({ detail }) => String(detail)));
      return values;
    };
    return {
      ...statement,
      all: (...values) => statement.all(...explained(values)),
      rows: (...values) => statement.rows(...explained(values)),
    };
  });
  space[asked](query);
  spy.mockRestore();
  return plan.join('\n');
}

const definitions = () =>
  device.storage.prepare('SELECT type, path, declared, ready FROM property_definition ORDER BY id').all();
const values = () => device.storage.prepare('SELECT count(*) AS n FROM property').get()?.['n'];
const page: ObjectQuery = {
  type: 'task',
  filter: {
    op: 'and',
    of: [
      { op: 'gte', path: ['due'], value: 100 },
      { op: 'eq', path: ['done'], value: true },
    ],
  },
  order: [{ by: ['due'] }],
  limit: 50,
};

test('a filtered, ordered page is read from the index alone, without sorting', () => {
  const { space, clock } = open(300);
  expect(planOf(page)).toContain('USE TEMP B-TREE FOR ORDER BY');
  const without = space.query(page);
  space.keepIndex('task', ['due']);
  clock.advance(2_000);
  const plan = planOf(page);
  expect(plan).toMatch(/SEARCH driver USING PRIMARY KEY \(definition=\? AND space=\? AND deleted=\? AND value>/);
  expect(plan).not.toContain('TEMP B-TREE');
  expect(space.query(page)).toEqual(without);
  const backwards = { ...page, order: [{ by: ['due'], descending: true }] };
  expect(planOf(backwards)).not.toContain('TEMP B-TREE');
  const { next = '' } = space.page(page);
  expect(planOf({ ...page, after: next })).toMatch(/SEARCH driver .*value>/);
  expect(planOf({ where: { type: 'task', due: 7 } })).toMatch(/SEARCH driver .*value=/);
});

test('ids and numbers by the indexed field alone are read without going to an object', () => {
  const { space, clock } = open(300);
  space.keepIndex('task', ['due']);
  clock.advance(2_000);
  for (const filter of [
    { op: 'gte', path: ['due'], value: 100 },
    { op: 'gte', path: ['due'], value: 'a' },
    { op: 'prefix', path: ['due'], value: 'a' },
  ] as const) {
    const asked: ObjectQuery = { type: 'task', filter, order: [{ by: ['due'] }], limit: 50 };
    for (const kind of ['ids', 'count'] as const) {
      const [first, ...others] = planOf(asked, kind)
        .split('\n')
        .filter((line) => /SEARCH|SCAN (?!CONSTANT)/.test(line));
      expect(first).toMatch(/^SEARCH driver USING PRIMARY KEY/);
      // The one look into an object is for values that the index leaves open.
      expect(others).toEqual(['SEARCH object USING INTEGER PRIMARY KEY (rowid=?)']);
    }
    expect(planOf({ ...asked }, 'ids')).toContain('CORRELATED SCALAR SUBQUERY');
  }
});

test('an index of a profile from before it had ids is filled again', () => {
  const { space } = open(300);
  space.keepIndex('task', ['due']);
  space.flush();
  device.clock.advance(2_000);
  device.storage.exec(`DROP TRIGGER property_inserted; DROP TRIGGER property_updated; DROP TRIGGER property_deleted;
    DROP TABLE property; DROP TABLE property_definition; ${PROPERTY_INDEXES}
    INSERT INTO property_definition VALUES (3, 'task', '$."due"', 1, 1000, 1, 20000), (5, NULL, '$."old"', 0, 9, 1, 20000);
    INSERT INTO property SELECT 3, space, deleted, ifnull(fields ->> '$."due"', -9e999), id FROM object WHERE type = 'task';
    DROP TABLE text_run; ALTER TABLE text_checkpoint DROP COLUMN format; PRAGMA user_version = 14`);
  device.restart();
  const asked: ObjectQuery = { type: 'task', order: [{ by: ['due'] }] };
  const expected = [...device.space.query(asked)].map(({ id }) => id);
  expect(definitions()).toEqual([{ type: 'task', path: '$."due"', declared: 1, ready: 0 }]);
  device.space.create({ type: 'task', due: 1_000 });
  device.clock.advance(5_000);
  expect([definitions(), values()]).toEqual([[{ type: 'task', path: '$."due"', declared: 1, ready: 1 }], 301]);
  const found = device.space.ids(asked).ids;
  expect([found.slice(0, 300), found.length]).toEqual([expected, 301]);
});

test('a search goes through what it finds, and not through the space', () => {
  const { space } = open(300);
  expect(planOf({ type: 'task', text: 't7', order: [{ by: ['due'] }], limit: 5 })).toMatch(
    /^SCAN text_search VIRTUAL TABLE INDEX .*\nSEARCH object USING INTEGER PRIMARY KEY/,
  );
  const either: ObjectQuery = {
    filter: {
      op: 'or',
      of: [
        { op: 'text', words: 't77' },
        { op: 'not', of: { op: 'text', words: 't' } },
      ],
    },
  };
  expect(space.query(either).map(({ fields }) => fields['title'])).toEqual(['t77']);
});

test('what refers to an object is read from the references to it', () => {
  const { space } = open(300);
  const [book] = space.query({ limit: 1 });
  const to = book?.id ?? '';
  const page = space.create({ type: 'page', list: [{ $ref: to }, { $ref: to }] });
  const asked: ObjectQuery = { filter: { op: 'refers', to }, order: [{ by: ['title'] }] };
  expect(planOf(asked)).toMatch(/^SEARCH lead USING PRIMARY KEY .*\nSEARCH object USING INTEGER PRIMARY KEY/);
  expect([space.query(asked).map(({ id }) => id), space.count(asked)]).toEqual([[page], 1]);
  const kept = () => device.storage.prepare('SELECT count(*) AS n FROM reference').get()?.['n'];
  expect(kept()).toBe(1);
  // As a profile was before there was such an index.
  space.flush();
  device.storage.exec(`DROP TRIGGER reference_inserted; DROP TRIGGER reference_updated; DROP TRIGGER reference_deleted;
    DROP TABLE reference; DROP TABLE meeting_key; DROP TABLE payload_pack; ALTER TABLE object_entry DROP COLUMN mark;
    DROP TABLE text_run; ALTER TABLE text_checkpoint DROP COLUMN format; PRAGMA user_version = 10`);
  device.restart();
  expect([kept(), device.space.count(asked)]).toEqual([1, 1]);
  device.space.unset(page, '/list');
  expect([kept(), device.space.count(asked)]).toEqual([0, 0]);
});

test('a list, a record and a truth value are no strings and no numbers where an index is read', () => {
  const { space, clock } = open(10);
  for (const due of [true, false, 1, 0, [1], { a: 1 }, '[a', '{', null])
    space.create({ type: 'task', title: 'x', due });
  space.keepIndex('task', ['due']);
  clock.advance(2_000);
  const found = (op: 'gte' | 'lte', value: number | string) => {
    const filter = { op, path: ['due'], value } as const;
    expect(planOf({ type: 'task', filter })).toContain('SEARCH driver');
    return space.query({
      filter: { op: 'and', of: [filter, { op: 'eq', path: ['title'], value: 'x' }] },
      type: 'task',
    });
  };
  expect(found('gte', 0).map(({ fields }) => fields['due'])).toEqual([1, 0]);
  expect(found('gte', '').map(({ fields }) => fields['due'])).toEqual(['[a', '{']);
  const bare = (op: 'gte' | 'lte', value: number | string) =>
    space.ids({ type: 'task', filter: { op, path: ['due'], value }, order: [{ by: ['due'] }] }).ids;
  const dues = (ids: readonly string[]) => ids.map((id) => space.get(id)?.fields['due']);
  expect(dues(bare('gte', ''))).toEqual(['[a', '{']);
  expect(dues(bare('lte', 1)).sort()).toEqual([0, 0, 1, 1]);
});

test('it is made when a query has wanted it three times, where there are many objects', () => {
  const { space, clock } = open(1_000);
  for (let i = 0; i < 2; i++) space.query(page);
  clock.advance(5_000);
  expect(definitions()).toEqual([]);
  space.query(page);
  expect(definitions()).toEqual([{ type: 'task', path: '$."due"', declared: 0, ready: 0 }]);
  clock.advance(5_000);
  expect([definitions().map((one) => one['ready']), values()]).toEqual([[1], 1_000]);
});

test('what changes while it is filled and afterwards is in it, and a restart goes on', () => {
  const { clock } = open(250);
  device.space.keepIndex('task', ['due']);
  device.restart();
  const { space } = device;
  const early = space.create({ type: 'task', due: -1 });
  clock.advance(5_000);
  const first = () =>
    space.query({ ...page, filter: { op: 'lt', path: ['due'], value: 1 } }).map(({ fields }) => fields['due']);
  expect([first(), values()]).toEqual([[-1, 0], 251]);
  space.set(early, '/due', -5);
  space.create({ type: 'task', due: -3 });
  expect(first()).toEqual([-5, -3, 0]);
  space.remove(early);
  expect(first()).toEqual([-3, 0]);
  expect(space.query({ ...page, deleted: true, filter: { op: 'lt', path: ['due'], value: 1 } })).toHaveLength(1);
  space.set(early, '/type', 'note');
  expect(values()).toBe(251);
});

test('slices leave the event loop to others', () => {
  const { space, clock, storage } = open(3_000);
  const lengths: number[] = [];
  const { transaction } = storage;
  // A machine on which a look at the clock takes 1 ms.
  let now = 0;
  clock.monotonic = () => now++;
  vi.spyOn(storage, 'transaction').mockImplementation((fn) => {
    const start = now;
    const result = transaction.call(storage, fn);
    lengths.push(now - start);
    return result as never;
  });
  space.keepIndex('task', ['due']);
  clock.advance(2_000);
  expect(definitions()).toMatchObject([{ ready: 1 }]);
  expect(lengths.length).toBeGreaterThan(2);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(9);
});

test('there are 32 at most: the one on demand that was not used for longest makes room, one that was declared stays', () => {
  const { space, clock } = open(1_000);
  for (let i = 0; i < 3; i++) space.query({ type: 'task', order: [{ by: ['title'] }] });
  clock.advance(5_000);
  for (let i = 1; i < MOST_INDEXES; i++) space.keepIndex('task', [`p${i}`]);
  clock.advance(60_000);
  const titles = () => definitions().some((one) => one['path'] === '$."title"');
  expect(titles()).toBe(true);
  const kept: ObjectQuery = { type: 'task', order: [{ by: ['title'] }], limit: 10 };
  const before = space.ids(kept);
  space.keepIndex('task', ['due']);
  clock.advance(60_000);
  expect([titles(), definitions().length]).toEqual([false, MOST_INDEXES]);
  expect(space.ids(kept), 'a query that is asked again').toEqual(before);
  expect(values()).toBe(MOST_INDEXES * 1_000);
  expect(() => space.keepIndex('task', ['more'])).toThrow(
    expect.objectContaining({ type: 'too-many-indexes' }) as CoveError,
  );
  for (let i = 0; i < 3; i++) space.query({ type: 'task', order: [{ by: ['title'] }] });
  expect(definitions()).toHaveLength(MOST_INDEXES);
});

test('one on demand that nobody used for a month is dropped at the next start', () => {
  const { space, clock } = open(1_000);
  for (let i = 0; i < 3; i++) space.query({ type: 'task', order: [{ by: ['title'] }] });
  space.keepIndex('task', ['due']);
  clock.advance(40 * 86_400_000);
  device.restart();
  clock.advance(5_000);
  expect([definitions(), values()]).toEqual([[expect.objectContaining({ path: '$."due"' })], 1_000]);
});
