/** What queries, searches and subscriptions find of objects, on a real database. */
import { beforeAll, expect, test, vi } from 'vitest';
import { testDevices } from '../../../test/objects/devices.ts';
import { ready } from '../crypto/sodium.ts';
import type { CoveError } from '../errors.ts';
import type { StoredObject } from './objects.ts';

beforeAll(ready);
const { device } = testDevices();

const failsWith = (type: string) => expect.objectContaining({ name: 'CoveError', type }) as CoveError;

test('queries filter by type and fields, order, page and count', () => {
  const { space, clock } = device();
  for (const [title, done] of Object.entries({ a: true, b: false, c: true, d: 1, e: null })) {
    space.create({ type: 'task', title, done });
    clock.advance(1_000);
  }
  space.create({ type: 'note', title: 'f', done: true, place: { x: 1, y: [2] } });
  const titles = (objects: readonly StoredObject[]) => objects.map(({ fields }) => fields['title']).join('');
  expect(titles(space.query({ type: 'task', where: { done: true } }))).toBe('ac');
  expect(titles(space.query({ where: { done: null } }))).toBe('e');
  expect(titles(space.query({ where: { done: 1 } }))).toBe('d');
  expect(titles(space.query({ where: { place: { y: [2], x: 1 } } }))).toBe('f');
  expect(titles(space.query({ where: { place: { y: [2] } } }))).toBe('');
  expect(titles(space.query({ order: 'updated', limit: 2, offset: 1 }))).toBe('ed');
  expect([space.count(), space.count({ type: 'task' }), space.count({ where: { done: true } })]).toEqual([6, 5, 3]);
  expect(titles(space.query({ where: { title: `x' OR 1=1` } }))).toBe('');
  expect(() => space.query({ where: { 'a"b': 1 } })).toThrow(failsWith('bad-request'));
});

test('search finds words in titles and texts, the last one unfinished, and marks them', () => {
  const { space } = device();
  const id = space.create({ type: 'note', title: 'Zürich' }, { body: 'A walk along the lake in the morning' });
  space.create({ type: 'note', title: 'Other' }, { body: 'nothing here' });
  expect(space.search('zurich walk al', 5)).toEqual([
    {
      id,
      title: 'Zürich',
      snippet: 'A walk along the lake in the morning\n',
      excerpt: [
        { text: 'A ', hit: false },
        { text: 'walk', hit: true },
        { text: ' ', hit: false },
        { text: 'along', hit: true },
        { text: ' the lake in the morning\n', hit: false },
      ],
    },
  ]);
  expect([space.search('lake AND "', 5).length, space.search('" *', 5), space.query({ text: 'lake' }).length]).toEqual([
    0,
    [],
    1,
  ]);
});

test('a subscription gives the present result, then each different one once per tick', () => {
  const { space, clock } = device();
  const seen: string[] = [];
  const cancel = space.subscribe({ type: 'task' }, (tasks) => {
    seen.push(tasks.map(({ fields }) => String(fields['title'])).join());
  });
  const id = space.create({ type: 'task', title: 'a' });
  space.create({ type: 'task', title: 'b' });
  clock.advance(0);
  space.create({ type: 'note', title: 'not a task' });
  clock.advance(0);
  space.set(id, '/title', 'c');
  clock.advance(10_000);
  // The same titles come again when pending edits became entries, with their dates.
  expect(seen.filter((titles, i) => titles !== seen[i - 1])).toEqual(['', 'a,b', 'c,b']);
  cancel();
  seen.length = 0;
  space.remove(id);
  clock.advance(0);
  expect(seen).toEqual([]);
});

test('a subscription with texts follows within a second of quiet', () => {
  const { space, clock } = device();
  const id = space.create({ type: 'note' }, { body: 'one' });
  const seen: (string | undefined)[] = [];
  space.subscribe({ type: 'note', excerpt: 10 }, ([note]) => seen.push(note?.excerpt));
  const document = space.document(id, 'body');
  document.push(0, [{ changes: [3, [0, ' two']], clientId: 'w' }]);
  clock.advance(1_100);
  expect(seen.at(-1)).toBe('one two');
});

test('a page of a list has its own texts at once, and leaves the others to the index’s quiet moments', () => {
  const { space, storage, clock } = device();
  clock.advance(5_000);
  space.batch(() => {
    for (let n = 0; n < 40; n++) space.create({ type: 'note', title: `Note ${n}` }, { body: `Text ${n}` });
  });
  const page = { type: 'note', limit: 10, offset: 20, excerpt: 20 } as const;
  expect(space.query(page).map(({ excerpt }) => excerpt)).toEqual(
    Array.from({ length: 10 }, (_, n) => `Text ${20 + n}`),
  );
  const indexed = () => storage.prepare('SELECT count(*) AS n FROM text_index').get()?.['n'];
  expect(indexed()).toBe(10);
  expect(space.search('text', 50)).toHaveLength(40);
  expect(indexed()).toBe(40);
});

test('whoever wants to search may wait while the index catches up in slices, and what arrives meanwhile puts off nothing', async () => {
  const { space, storage, clock } = device();
  clock.advance(5_000);
  space.batch(() => {
    for (let n = 0; n < 40; n++) space.create({ type: 'note', title: `Note ${n}` }, { body: `Text ${n}` });
  });
  const indexed = () => storage.prepare('SELECT count(*) AS n FROM text_index').get()?.['n'] as number;
  // Every look at the clock costs a millisecond, so that a slice has an end.
  const start = clock.monotonic();
  let looks = 0;
  vi.spyOn(clock, 'monotonic').mockImplementation(() => start + looks++);
  let ready = false;
  const waiting = space.caughtUp().then(() => (ready = true));
  const between: number[] = [];
  for (let n = 0; n < 3; n++) {
    clock.after(0, () => {
      between.push(indexed());
      space.create({ type: 'note', title: 'meanwhile' });
    });
  }
  clock.advance(0);
  await waiting;
  expect([between.every((count) => count > 0 && count < 40), between.length, ready, indexed()]).toEqual([
    true,
    3,
    true,
    43,
  ]);
  await space.caughtUp();
});

test('one object is read with its texts without a look at the others', () => {
  const { space, storage } = device();
  const ids = [1, 2, 3].map((n) => space.create({ type: 'note' }, { body: `Text ${n}` }));
  expect(space.get(ids[1] as string, { texts: true })?.texts).toEqual({ body: 'Text 2' });
  expect(storage.prepare('SELECT count(*) AS n FROM text_index').get()?.['n']).toBe(1);
});

test('a row that is read again and again is parsed once, and anew when it changed', () => {
  const { space } = device();
  const id = space.create({ title: 'Milk', tags: ['a'] });
  const parse = vi.spyOn(JSON, 'parse');
  for (let i = 0; i < 100; i++) expect(space.get(id)?.fields).toEqual({ title: 'Milk', tags: ['a'] });
  // The other parse of each read is of where its texts are.
  expect(parse.mock.calls.filter(([text]) => text !== '{}')).toHaveLength(1);
  parse.mockRestore();
  space.set(id, '/title', 'Bread');
  expect(space.get(id)?.fields).toEqual({ title: 'Bread', tags: ['a'] });
  expect(() => (space.get(id)?.fields['tags'] as string[]).push('b')).toThrow(TypeError);
});
