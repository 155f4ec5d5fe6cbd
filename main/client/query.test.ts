/** Queries as a program makes them: in one space and across several. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import * as cove from './index.ts';
import {
  at,
  between,
  byUpdated,
  Client,
  contains,
  desc,
  exists,
  gt,
  includes,
  lt,
  not,
  oneOf,
  or,
  refersTo,
  startsWith,
  type Space,
} from './index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'cove-query-'));
const client = new Client({ dataDir, keychain: createMemoryKeychain(), meetingPoints: [], bind: '127.0.0.1' });
let space: Space;
beforeAll(async () => {
  await client.initialize();
  await client.halo.createProfile();
  space = await client.echo.createSpace({ name: 'Home' });
});
afterAll(async () => {
  await client.destroy();
  rmSync(dataDir, { recursive: true, force: true });
});

const titles = (filter: cove.Filter, options?: cove.QueryOptions) =>
  space.db.query(filter, options).objects.map(({ title }) => title);

test('conditions, orders, pages and counts', async () => {
  const { db } = space;
  const garden = await db.add({ type: 'project', title: 'Garden' });
  const ref = { $ref: garden.id };
  await db.add({ type: 'task', title: 'Compost', due: '2027-03-01', done: false, tags: ['earth'], project: ref });
  await db.add({
    type: 'task',
    title: 'Seeds',
    due: '2027-02-01',
    done: true,
    tags: ['buy', 'earth'],
    place: { shelf: 3 },
  });
  await db.add({ type: 'task', title: 'Sow', due: '2027-04-01', done: false, size: { lt: 5 } });
  const task = (more: cove.Filter) => cove.and({ type: 'task' }, more);
  expect(titles({ type: 'task', due: lt('2027-03-01') })).toEqual(['Seeds']);
  expect(titles({ type: 'task', due: between('2027-02-01', '2027-03-01') }, { order: ['due'] })).toEqual([
    'Seeds',
    'Compost',
  ]);
  expect(titles({ title: startsWith('S') }, { order: [desc('title')] })).toEqual(['Sow', 'Seeds']);
  expect(titles({ title: oneOf('Sow', 'Garden') })).toEqual(['Garden', 'Sow']);
  expect(titles({ tags: includes('buy') })).toEqual(['Seeds']);
  expect(titles({ type: 'task', tags: not(exists()) })).toEqual(['Sow']);
  expect(titles({ project: refersTo(garden) })).toEqual(['Compost']);
  expect(titles(task(or({ done: true }, { due: gt('2027-03-15') })))).toEqual(['Seeds', 'Sow']);
  expect(titles(task(not({ done: true })))).toEqual(['Compost', 'Sow']);
  expect(titles(at(['place', 'shelf'], gt(2)))).toEqual(['Seeds']);
  expect(titles(at(['place', 'shelf'], 3))).toEqual(['Seeds']);
  expect(titles({ size: { lt: 5 } }), 'a value that looks like a condition').toEqual(['Sow']);
  expect(titles(task(contains('comp*')))).toEqual(['Compost']);
  const pages = db.query({ type: 'task' }, { order: ['due'], limit: 2 });
  expect(pages.count).toBe(3);
  const { objects, next = '' } = pages.page();
  expect(objects.map(({ title }) => title)).toEqual(['Seeds', 'Compost']);
  expect(titles({ type: 'task' }, { order: ['due'], after: next })).toEqual(['Sow']);
  await db.remove(objects[0] as { id: string });
  expect([titles({ type: 'task' }, { deleted: true }), titles({ type: 'task' }, { deleted: 'also' }).length]).toEqual([
    ['Seeds'],
    3,
  ]);
  expect(titles({ type: 'task' }, { order: [desc(byUpdated)], limit: 1 })).toHaveLength(1);
});

test('a search takes phrases and beginnings, and shows what it found', async () => {
  const home = await client.echo.createSpace();
  await home.db.add({ title: 'Lakes', text: 'the boat on the lake' });
  await home.db.add({ title: 'Boats', text: 'the lake has a boat' });
  const found = (words: string) => home.db.search(words).map(({ title }) => title);
  expect(found('"boat on the lake"')).toEqual(['Lakes']);
  expect(found('boat lake').sort()).toEqual(['Boats', 'Lakes']);
  expect(found('la* boat').sort()).toEqual(['Boats', 'Lakes']);
  expect(found('"la"')).toEqual([]);
  expect(home.db.search('"has a boat"')[0]?.excerpt.filter(({ hit }) => hit)).not.toEqual([]);
});

test('differences keep a list up to date', async () => {
  const home = await client.echo.createSpace();
  const one = await home.db.add({ type: 'step', at: 1 });
  const heard = vi.fn<(changes: cove.Changes<cove.Fields>) => void>();
  const cancel = home.db.query({ type: 'step' }, { order: ['at'] }).follow(heard);
  expect(heard.mock.lastCall?.[0]).toMatchObject({ added: [{ at: 0, object: { id: one.id } }], removed: [] });
  /** At some time: what is changed is told again at once when it becomes an entry. */
  const told = (of: (changes: cove.Changes<cove.Fields>) => unknown, expected: unknown) =>
    vi.waitFor(() => expect(heard.mock.calls.map(([changes]) => of(changes))).toContainEqual(expected));
  const two = await home.db.add({ type: 'step', at: 0 });
  await told(({ added, moved }) => [...added.map(({ at, object }) => [at, object.id]), ...moved], [[0, two.id]]);
  two.at = 5;
  await told(({ moved }) => moved, [{ at: 1, id: two.id }]);
  await home.db.remove(two);
  await told(({ removed }) => removed, [two.id]);
  cancel();
});

test('across spaces each result knows its space, and one that comes later is looked at too', async () => {
  const [a, b] = [await client.echo.createSpace({ name: 'A' }), await client.echo.createSpace({ name: 'B' })];
  await a.db.add({ type: 'errand', due: 2 });
  await b.db.add({ type: 'errand', due: 1 });
  const query = client.echo.query({ type: 'errand' }, { order: ['due'] });
  const of = (found: readonly cove.Found<cove.Fields>[]) =>
    found.map(({ object, space: { name } }) => [name, object['due']]);
  expect([of(query.found), query.count]).toEqual([
    [
      ['B', 1],
      ['A', 2],
    ],
    2,
  ]);
  expect(of(client.echo.query({ type: 'errand' }, { spaces: [a] }).found)).toEqual([['A', 2]]);
  const { next = '' } = client.echo.query({ type: 'errand' }, { order: ['due'], limit: 1 }).page();
  expect(of(client.echo.query({ type: 'errand' }, { order: ['due'], after: next }).page().found)).toEqual([['A', 2]]);
  const heard = vi.fn((found: readonly cove.Found<cove.Fields>[]) => void of(found));
  const cancel = query.subscribe(heard);
  expect(heard).toHaveBeenCalledTimes(1);
  const c = await client.echo.createSpace({ name: 'C' });
  await c.db.add({ type: 'errand', due: 0 });
  await vi.waitFor(() =>
    expect(of(heard.mock.lastCall?.[0] ?? [])).toEqual([
      ['C', 0],
      ['B', 1],
      ['A', 2],
    ]),
  );
  cancel();
});

test('whoever throws when told the first time is told of nothing more, across spaces too', async () => {
  const home = await client.echo.createSpace();
  const heard = vi.fn(() => {
    throw new Error('on purpose');
  });
  expect(() => client.echo.query({ type: 'chore' }).subscribe(heard)).toThrow('on purpose');
  const others = vi.fn();
  const cancel = client.echo.query({ type: 'chore' }).subscribe(others);
  await home.db.add({ type: 'chore' });
  await vi.waitFor(() => expect(others).toHaveBeenCalledTimes(2));
  expect(heard).toHaveBeenCalledTimes(1);
  cancel();
});

test.each<[string, () => unknown]>([
  ['filter.due', () => space.db.query({ due: (() => 1) as never })],
  ['filter', () => space.db.query(cove.and({ done: false }, null as never))],
  ['filter', () => space.db.query(not(5 as unknown as cove.Filter))],
  ['options.limit', () => space.db.query({}, { limit: -1 })],
  ['options.sort', () => space.db.query({}, { sort: ['due'] } as never)],
  ['type', () => space.db.keepIndex('', 'due')],
  ['field', () => space.db.keepIndex('task', [])],
])('what is wrong is named: %s', (argument, call) => {
  expect(call).toThrow(expect.objectContaining({ type: 'argument-invalid', detail: { argument } }) as Error);
});

test('a beginning may be as long as a text', () => {
  expect(titles({ title: startsWith('x'.repeat(1_000_000)) })).toEqual([]);
});

test('whoever throws in the first call is not called again: nothing was given to cancel', async () => {
  const fn = vi.fn(() => {
    throw new Error('not now');
  });
  expect(() => client.echo.query({ type: 'visit' }).subscribe(fn)).toThrow('not now');
  await space.db.add({ type: 'visit' });
  const later = vi.fn();
  client.echo.query({ type: 'visit' }).subscribe(later)();
  await space.db.add({ type: 'visit' });
  await new Promise(setImmediate);
  expect([fn.mock.calls.length, later.mock.calls.length]).toEqual([1, 1]);
});

test('a page that goes on from one of another space is refused', async () => {
  const other = await client.echo.createSpace({ name: 'Other' });
  for (const { db } of [space, other]) for (const n of [1, 2, 3]) await db.add({ type: 'leaf', n });
  const options = { limit: 1, order: ['n'] };
  const after = space.db.query({ type: 'leaf' }, options).page().next as string;
  const refused = expect.objectContaining({ type: 'bad-request', detail: { field: 'after' } }) as Error;
  const elsewhere = other.db.query({ type: 'leaf' }, { ...options, after });
  expect(() => elsewhere.page()).toThrow(refused);
  expect(() => elsewhere.objects).toThrow(refused);
  expect(() => elsewhere.subscribe(() => undefined)).toThrow(refused);
  expect(() => client.echo.query({ type: 'leaf' }, { ...options, after }).found).toThrow(refused);
  const places = (objects: readonly cove.LiveObject[]) => objects.map((one) => one['n']);
  expect(places(space.db.query({ type: 'leaf' }, { ...options, after }).objects)).toEqual([2]);
  const across = client.echo.query({ type: 'leaf' }, { ...options, limit: 2 }).page().next as string;
  const rest = client.echo.query({ type: 'leaf' }, { ...options, limit: 2, after: across });
  expect(places(rest.page().found.map(({ object }) => object))).toEqual([2, 2]);
  rest.subscribe((found) => expect(found).toHaveLength(2))();
});

test('objects stand in the order in which they were made, and no page has one that was on another', async () => {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 30)); // longer than what counts as one go
  const made = [];
  for (let at = 0; at < 12; at++) {
    made.push(await space.db.add({ type: 'row', at }));
    if (at % 4 === 3) await pause();
  }
  const places = (objects: readonly cove.LiveObject[]) => objects.map((one) => one['at']);
  const { objects, next } = space.db.query({ type: 'row' }, { limit: 5 }).page();
  expect(places(objects)).toEqual([0, 1, 2, 3, 4]);
  await space.db.remove(made[10] as cove.LiveObject);
  await space.db.restore((made[10] as cove.LiveObject).id);
  await space.db.flush();
  expect(places(space.db.query({ type: 'row' }, { after: next as string }).objects)).toEqual([5, 6, 7, 8, 9, 10, 11]);
  expect(places(space.db.query({ type: 'row' }).objects)).toEqual(made.map((_object, at) => at));
});

test('a text is no field to filter or order by: a query of its type says so, and one of any other type does not', () => {
  const Letter = cove.defineType('letter', z.object({ to: z.string() }), { texts: ['body'] });
  const refused = (argument: string) =>
    expect.objectContaining({
      type: 'argument-invalid',
      detail: { argument, reason: expect.stringContaining('a text') as string },
    }) as Error;
  const { db } = space;
  expect(() => db.query(Letter, { body: 'hello' })).toThrow(refused('filter.body'));
  expect(() => db.query(Letter, { to: 'Ana', body: cove.startsWith('h') })).toThrow(refused('filter.body'));
  expect(() => db.query(Letter, cove.or({ to: 'Ana' }, cove.not({ body: cove.exists() })))).toThrow(
    refused('filter.body'),
  );
  expect(() => db.query(Letter, cove.at(['body', 'x'], 1))).toThrow(refused('filter.body'));
  expect(() => db.query(Letter, {}, { order: ['to', cove.desc('body')] })).toThrow(refused('options.order.body'));
  expect(() => client.echo.query(Letter, { body: 'hello' })).toThrow(refused('filter.body'));
  const Other = cove.defineType('letter', z.object({ body: z.string() }), { texts: ['note'] });
  expect(db.query(Other, { body: 'hello' }).count).toBe(0);
  expect(db.query({ type: 'letter', body: 'hello' }).count).toBe(0);
  expect(db.query(Letter, cove.and(cove.contains('hello'), { to: 'Ana' }), { order: ['to'] }).count).toBe(0);
});
