/** Queries across spaces, as a program makes them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import { Client, defineType, desc, type Fields, type Found, type Space, type SpacesChanges } from './index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'cove-across-'));
const logged: string[] = [];
const client = new Client({
  dataDir,
  keychain: createMemoryKeychain(),
  meetingPoints: [],
  bind: '127.0.0.1',
  log: (event) => void logged.push(event),
});
let a: Space;
let b: Space;
beforeAll(async () => {
  await client.initialize();
  await client.halo.createProfile();
  a = await client.echo.createSpace({ name: 'A' });
  b = await client.echo.createSpace({ name: 'B' });
});
afterAll(async () => {
  await client.destroy();
  rmSync(dataDir, { recursive: true, force: true });
});

const titles = (found: readonly Found<Fields>[]) =>
  found.map(({ object, space }) => `${space.name}: ${String(object['title'])}`);
const none = { added: [], changed: [], removed: [], moved: [] };
const fits = (one: unknown, wanted: object): boolean => {
  try {
    expect(one).toMatchObject(wanted);
    return true;
  } catch {
    return false;
  }
};
/** What a list of keys is after differences. */
function apply(list: readonly string[], { added, removed, moved }: SpacesChanges<Fields>): string[] {
  const away = new Set([...removed, ...moved.map(({ key }) => key)]);
  const next = list.filter((key) => !away.has(key));
  for (const { key, at } of [...added, ...moved].sort((x, y) => x.at - y.at)) next.splice(at, 0, key);
  return next;
}

test('differences name the object and its space, and spaces that come and go are among them', async () => {
  const one = await a.db.add({ type: 'errand', due: 2 });
  const heard = vi.fn<(changes: SpacesChanges<Fields>) => void>();
  let list: string[] = [];
  const query = client.echo.query({ type: 'errand' }, { order: ['due'] });
  const cancel = query.follow((changes) => {
    list = apply(list, changes);
    heard(changes);
  });
  const last = (): unknown => heard.mock.lastCall?.[0];
  let seen = 0;
  /** After what was told before, whatever comes next: what waits to be an entry changes its object once more. */
  const told = (changes: object): Promise<void> =>
    vi.waitFor(() => {
      const at = heard.mock.calls.findIndex(([one], i) => i >= seen && fits(one, changes));
      expect(heard.mock.calls[at], JSON.stringify([changes, ...heard.mock.calls.slice(seen)])).toBeDefined();
      seen = at + 1;
    });
  expect(last()).toMatchObject({ ...none, added: [{ at: 0, space: { name: 'A' }, object: { id: one.id } }] });
  const two = await b.db.add({ type: 'errand', due: 1 });
  await told({ added: [{ at: 0, key: `${b.key}/${two.id}` }] });
  two.due = 3;
  const key = `${b.key}/${two.id}`;
  await told({ ...none, changed: [{ key }], moved: [{ at: 1, key }] });
  const c = await client.echo.createSpace({ name: 'C' });
  const three = await c.db.add({ type: 'errand', due: 0 });
  await told({ added: [{ at: 0, space: { name: 'C' } }] });
  expect(list).toEqual(query.found.map((found) => found.key));
  const file = join(dataDir, 'c.cove-archive');
  await c.export(file, { password: 'a password' });
  c.deleteCopy();
  expect(last()).toEqual({ ...none, removed: [`${c.key}/${three.id}`] });
  await client.echo.importSpace(file, { password: 'a password' });
  await told({ added: [{ at: 0, key: `${c.key}/${three.id}`, object: { due: 0 } }] });
  expect(list).toEqual(query.found.map((found) => found.key));
  await b.db.remove(two);
  await told({ ...none, removed: [key] });
  cancel();
  const calls = heard.mock.calls.length;
  await a.db.add({ type: 'errand', due: 9 });
  client.echo.getSpace(c.key).deleteCopy();
  await new Promise((go) => setTimeout(go, 50));
  expect(heard).toHaveBeenCalledTimes(calls);
});

test('a page moves on where what was on it goes, in whichever space', async () => {
  for (const [i, space] of [a, b, a, b].entries()) await space.db.add({ type: 'step', title: `${i}`, at: i });
  const query = client.echo.query({ type: 'step' }, { order: [desc('at')], limit: 2 });
  const heard = vi.fn<(found: readonly Found<Fields>[]) => void>();
  const cancel = query.subscribe(heard);
  const last = (): string[] => titles(heard.mock.lastCall?.[0] ?? []);
  expect(last()).toEqual(['B: 3', 'A: 2']);
  expect([query.count, query.page().found.length]).toEqual([4, 2]);
  await b.db.remove(query.found[0]?.object as { id: string });
  await vi.waitFor(() => expect(last()).toEqual(['A: 2', 'B: 1']));
  const { found, next = '' } = query.page();
  expect(titles(found)).toEqual(['A: 2', 'B: 1']);
  const rest = client.echo.query({ type: 'step' }, { order: [desc('at')], limit: 2, after: next });
  expect([titles(rest.page().found), rest.page().next]).toEqual([['A: 0'], undefined]);
  await Promise.all([a.db.flush(), b.db.flush()]); // what waits to be an entry changes its object once more
  await new Promise((go) => setTimeout(go, 50));
  const calls = heard.mock.calls.length;
  await a.db.add({ type: 'step', title: 'late', at: -1 });
  b.rename('Of B');
  const empty = await client.echo.createSpace({ name: 'Empty' });
  empty.deleteCopy();
  await new Promise((go) => setTimeout(go, 50));
  expect(heard, 'nothing of it changed').toHaveBeenCalledTimes(calls);
  b.rename('B');
  cancel();
});

test('objects of a type are read as its present version, in every space', async () => {
  const Chore = defineType('chore', z.object({ title: z.string(), done: z.boolean().default(false) }));
  await a.db.add(Chore, { title: 'Dust' });
  await b.db.add({ type: 'chore', title: 'Sweep' }); // without the type, and so without its default
  const [dust, sweep] = client.echo.query(Chore, {}, { order: ['title'] }).found;
  expect([dust?.object.done, sweep?.object.done, sweep?.space.name]).toEqual([false, false, 'B']);
  expect(() => sweep && (sweep.object.title = 5 as never)).toThrow(expect.objectContaining({ type: 'value-refused' }));
  const heard = vi.fn<(changes: SpacesChanges<{ title: string; done: boolean }>) => void>();
  client.echo.query(Chore, { title: 'Sweep' }).follow(heard)();
  expect(heard.mock.lastCall?.[0].added.map(({ object }) => object.done)).toEqual([false]);
});

test('a search goes over all spaces in one order, or over some', async () => {
  const Note = defineType('note', z.object({ title: z.string() }), { texts: ['body'] });
  await a.db.add(Note, { title: 'Lake', body: 'Far away on the lake there is a boat, and nobody in it.' });
  await b.db.add(Note, { title: 'The boat', body: 'A boat.' });
  expect(titles(client.echo.search('boat'))).toEqual(['B: The boat', 'A: Lake']);
  expect(titles(client.echo.search('boat', { limit: 1 }))).toEqual(['B: The boat']);
  const [hit] = client.echo.search('boat', { spaces: [a] });
  expect(hit).toMatchObject({ title: 'Lake', space: { name: 'A' }, key: `${a.key}/${hit?.object.id}` });
  expect(hit?.excerpt.filter((part) => part.hit).map(({ text }) => text)).toEqual(['boat']);
});

test('of some spaces one that comes back is meant again, and others are not', async () => {
  const c = await client.echo.createSpace({ name: 'C' });
  await c.db.add({ type: 'plant', title: 'Fern' });
  await a.db.add({ type: 'plant', title: 'Moss' });
  const query = client.echo.query({ type: 'plant' }, { spaces: [c] });
  const heard = vi.fn<(found: readonly Found<Fields>[]) => void>();
  const cancel = query.subscribe(heard);
  const file = join(dataDir, 'c-again.cove-archive');
  await c.export(file, { password: 'a password' });
  c.deleteCopy();
  expect(heard.mock.lastCall?.[0]).toEqual([]);
  expect([query.found, query.count, client.echo.search('Fern', { spaces: [c] })]).toEqual([[], 0, []]);
  await client.echo.importSpace(file, { password: 'a password' });
  await vi.waitFor(() => expect(titles(heard.mock.lastCall?.[0] ?? [])).toEqual(['C: Fern']));
  expect(titles(query.found)).toEqual(['C: Fern']);
  cancel();
  client.echo.getSpace(c.key).deleteCopy();
});

test('what the first call does to the spaces is in the next', async () => {
  const heard: string[][] = [];
  let made: Promise<Space> | undefined;
  const cancel = client.echo.query({ type: 'guest' }).subscribe((found) => {
    heard.push(titles(found));
    made ??= client.echo.createSpace({ name: 'D' });
  });
  const d = (await made) as Space;
  await d.db.add({ type: 'guest', title: 'Dora' });
  await vi.waitFor(() => expect(heard).toEqual([[], ['D: Dora']]));
  cancel();
  d.deleteCopy();
});

test.each<[string, () => unknown]>([
  ['options.spaces', () => client.echo.query({}, { spaces: a as never })],
  ['options.spaces.0', () => client.echo.query({}, { spaces: ['A' as never] })],
  ['options.offset', () => client.echo.query({}, { offset: 3 } as never)],
  ['words', () => client.echo.search(5 as never)],
  ['options.spaces.0', () => client.echo.search('boat', { spaces: [undefined as never] })],
  ['options.limit', () => client.echo.search('boat', { limit: -1 })],
])('what is wrong is named: %s', (argument, call) => {
  expect(call).toThrow(expect.objectContaining({ type: 'argument-invalid', detail: { argument } }) as Error);
});

test('a live query ends with the client, and says nothing of the next one', async () => {
  const heard = vi.fn();
  const query = client.echo.query({ type: 'errand' });
  const cancel = query.follow(heard);
  await client.destroy();
  expect(() => query.found).toThrow(expect.objectContaining({ type: 'closed' }) as Error);
  await client.initialize();
  await client.echo.spaces[0]?.db.add({ type: 'errand' });
  await new Promise((go) => setTimeout(go, 50));
  expect([heard.mock.calls.length, logged.filter((event) => event === 'listener-failed')]).toEqual([1, []]);
  expect(query.found.length).toBeGreaterThan(0);
  cancel();
});
