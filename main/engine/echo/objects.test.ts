/** The object layer on a real database, with entries passed by hand. */
import { beforeAll, expect, test } from 'vitest';
import { exchange } from '../../../test/objects/device.ts';
import { testDevices } from '../../../test/objects/devices.ts';
import { ready } from '../crypto/sodium.ts';
import type { CoveError } from '../errors.ts';

beforeAll(ready);
const { device } = testDevices();

const failsWith = (type: string) => expect.objectContaining({ name: 'CoveError', type }) as CoveError;

test('a created object is read back at once, with its author and dates', () => {
  const { space, clock } = device();
  const id = space.create({ type: 'task', title: 'Buy milk', done: false });
  expect(space.get(id)).toEqual({
    id,
    type: 'task',
    fields: { type: 'task', title: 'Buy milk', done: false },
    deleted: false,
    createdAt: clock.now(),
    updatedAt: clock.now(),
    createdBy: '01'.repeat(32),
    updatedBy: '01'.repeat(32),
  });
});

test('the first edit after a pause is an entry at once, the next ones wait and go together', () => {
  const { space, replica, clock } = device();
  const id = space.create({ title: '' });
  clock.advance(5_000);
  space.set(id, '/title', 'M');
  expect([replica.written.length, space.pendingCount()]).toEqual([2, 0]);
  for (const title of ['Mi', 'Mil', 'Milk']) {
    clock.advance(100);
    space.set(id, '/title', title);
    expect(space.get(id)?.fields).toEqual({ title });
  }
  expect([replica.written.length, space.pendingCount()]).toEqual([2, 3]);
  clock.advance(3_000);
  expect([replica.written.length, space.pendingCount()]).toEqual([3, 0]);
  expect(space.get(id)?.fields).toEqual({ title: 'Milk' });
});

test('while another device watches, waiting edits go after 250 ms', () => {
  const { space, replica, clock } = device();
  const id = space.create({ title: '' });
  clock.advance(5_000);
  space.setWatched(id, true);
  space.set(id, '/title', 'a');
  clock.advance(50);
  space.set(id, '/title', 'ab');
  clock.advance(199);
  expect(replica.written.length).toBe(2);
  clock.advance(1);
  expect(replica.written.length).toBe(3);
});

test('edits that were pending when the process was killed become entries at the next start', () => {
  const one = device();
  const id = one.space.create({ title: 'first' });
  const document = one.space.document(id, 'body');
  one.space.set(id, '/title', 'second');
  document.push(0, [{ changes: [[0, 'typed']], clientId: 'window' }]);
  expect([one.replica.written.length, one.space.pendingCount()]).toEqual([1, 2]);
  one.restart();
  expect([one.replica.written.length, one.space.pendingCount()]).toEqual([2, 0]);
  expect(one.space.get(id, { texts: true })).toMatchObject({ fields: { title: 'second' }, texts: { body: 'typed' } });
});

test('entries reach another device, pending edits stay on top of what arrives', () => {
  const [a, b] = [device(), device()];
  const id = a.space.create({ title: 'one', count: 1 });
  b.space.create({}); // so that b knows its own identity
  exchange(a, b);
  b.clock.advance(5_000);
  b.space.set(id, '/count', 2);
  b.space.set(id, '/title', 'from b');
  a.space.set(id, '/title', 'from a');
  a.space.flush();
  exchange(a, b);
  expect(b.space.get(id)?.fields).toEqual({ title: 'from b', count: 2 });
  b.space.flush();
  exchange(a, b);
  expect(a.space.get(id)).toEqual(b.space.get(id));
  expect(a.space.get(id)?.fields).toEqual({ title: 'from b', count: 2 });
});

test('nested values are set and unset by path, arrays are values', () => {
  const { space } = device();
  const id = space.create({ address: { city: 'Bern', zip: 3000 }, tags: ['a'] });
  space.set(id, '/address/city', 'Basel');
  space.unset(id, '/address/zip');
  space.set(id, '/a~1b/c~0d', 1);
  expect(space.get(id)?.fields).toEqual({ address: { city: 'Basel' }, tags: ['a'], 'a/b': { 'c~d': 1 } });
  expect(() => space.set(id, '/tags/0', 'b')).toThrow(failsWith('value-invalid'));
});

test('of adding and removing a set element at once, the adding wins', () => {
  const [a, b] = [device(), device()];
  const id = a.space.create({});
  a.space.addTo(id, '/tags', 'red');
  exchange(a, b);
  a.space.removeFrom(id, '/tags', 'red');
  b.space.addTo(id, '/tags', 'red');
  b.space.addTo(id, '/tags', 'blue');
  expect(a.space.get(id)?.fields).toEqual({});
  exchange(a, b);
  for (const { space } of [a, b]) expect(space.get(id)?.fields).toEqual({ tags: ['blue', 'red'] });
  b.space.removeFrom(id, '/tags', 'red');
  exchange(a, b);
  for (const { space } of [a, b]) expect(space.get(id)?.fields).toEqual({ tags: ['blue'] });
});

test('a removed object leaves queries and search, and comes back with everything', () => {
  const { space } = device();
  const id = space.create({ type: 'note', title: 'Trip' }, { body: 'Pack the tent' });
  space.remove(id);
  expect([space.query(), space.search('tent', 5), space.get(id)?.deleted]).toEqual([[], [], true]);
  expect(space.query({ deleted: true }).map((object) => object.id)).toEqual([id]);
  space.restore(id);
  expect(space.query({ texts: true })[0]).toMatchObject({ id, deleted: false, texts: { body: 'Pack the tent' } });
});

test('a batch is one entry and nothing when it fails', () => {
  const { space, replica } = device();
  const ids = space.batch(() => [space.create({ n: 1 }), space.create({ n: 2 }, { body: 'text' })]);
  expect([replica.written.length, space.query().map(({ id }) => id)]).toEqual([1, ids]);
  expect(() =>
    space.batch(() => {
      space.create({ n: 3 });
      throw new Error('no');
    }),
  ).toThrow('no');
  expect([replica.written.length, space.count()]).toEqual([1, 2]);
});

test('a large batch goes into few entries, and large texts and records are divided', () => {
  const [a, b] = [device(), device()];
  a.space.batch(() => {
    for (let i = 0; i < 1_000; i++) a.space.create({ type: 'task', title: `Task ${i}`, done: false });
  });
  expect(a.replica.written.length).toBe(1);
  const body = 'ä\u{1f33f}\n'.repeat(100_000);
  const fields = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, 'x'.repeat(60_000)]));
  const id = a.space.create(fields, { body });
  exchange(a, b);
  expect(b.replica.rejected).toEqual([]);
  expect(b.space.count()).toBe(1_001);
  expect(b.space.get(id, { texts: true })).toEqual(a.space.get(id, { texts: true }));
  expect(b.space.get(id, { texts: true })?.texts?.['body']).toBe(body);
  expect(() => a.space.create({ huge: 'x'.repeat(300_000) })).toThrow(failsWith('too-large'));
});

test('a reader writes nothing, and what waited stays pending until the role is back', () => {
  const { space, replica, clock } = device();
  const id = space.create({ title: 'a' });
  space.set(id, '/title', 'b');
  expect(space.pendingCount()).toBe(1);
  replica.role = 'reader';
  expect(() => space.set(id, '/title', 'c')).toThrow(failsWith('not-permitted'));
  expect(() => space.flush()).toThrow(failsWith('not-permitted'));
  clock.advance(10_000);
  expect([space.pendingCount(), space.get(id)?.fields]).toEqual([1, { title: 'b' }]);
  replica.role = 'editor';
  clock.advance(10_000);
  expect([space.pendingCount(), space.get(id)?.fields]).toEqual([0, { title: 'b' }]);
});

test('what was typed goes into its entry with one commit when it is flushed, and waits where it may not', () => {
  const one = device();
  const { space, replica, clock, storage } = one;
  const id = space.create({ title: 'a' }, { body: 'b' });
  clock.advance(5_000);
  const document = space.document(id, 'body');
  const type = (): void => {
    const { length } = document.text();
    document.push(document.version, [{ changes: [length, [0, 'x']], clientId: 'window' }]);
  };
  // The first is an entry by itself, the second is in memory for a frame.
  type();
  type();
  const { transaction } = storage;
  let commits = 0;
  storage.transaction = (fn) => {
    if (!storage.inTransaction) commits++;
    return transaction(fn);
  };
  space.flush();
  storage.transaction = transaction;
  expect([commits, space.pendingCount()]).toEqual([1, 0]);

  type();
  replica.role = 'reader';
  expect(() => space.flush()).toThrow(failsWith('not-permitted'));
  expect([space.pendingCount(), document.text()]).toEqual([1, 'bxxx']);
  one.restart();
  one.replica.role = 'editor';
  clock.advance(10_000);
  expect([one.space.pendingCount(), one.space.get(id, { texts: true })?.texts]).toEqual([0, { body: 'bxxx' }]);
});

test('values and paths that are no JSON are refused, strings that UTF-8 lacks are mended', () => {
  const { space } = device();
  const id = space.create({ text: 'a\ud800b', zero: -0 });
  expect(space.get(id)?.fields).toEqual({ text: 'a\ufffdb', zero: 0 });
  const bad = [NaN, undefined, new Date(), () => 1, { a: { __proto__: null, b: 1n } }, JSON.parse('{"__proto__": 1}')];
  for (const value of bad) expect(() => space.set(id, '/x', value as never)).toThrow(failsWith('value-invalid'));
  for (const path of ['', 'x', '/__proto__', '/a/__proto__/b', '/~2', '/deleted', `/${'x'.repeat(2000)}`]) {
    expect(() => space.set(id, path, 1)).toThrow(failsWith('value-invalid'));
  }
  expect(() => space.create({ deleted: true })).toThrow(failsWith('value-invalid'));
  const reason = expect.stringContaining('another name') as string;
  expect(() => space.create({ deleted: true })).toThrow(
    expect.objectContaining({ detail: { path: '/deleted', reason } }),
  );
  expect(() => space.create(JSON.parse('{"__proto__":1}'))).toThrow(
    expect.objectContaining({ detail: { path: '/__proto__' } }),
  );
  expect(() => space.set('ff'.repeat(16), '/x', 1)).toThrow(failsWith('object-not-found'));
});

test('the space has fields of its own that no query shows', () => {
  const [a, b] = [device(), device()];
  expect(a.space.spaceFields()).toEqual({});
  a.space.setSpaceField('name', 'Garden');
  exchange(a, b);
  expect([b.space.spaceFields(), b.space.query()]).toEqual([{ name: 'Garden' }, []]);
});

test('whoever listens hears which objects changed, their own edits, texts and those of others alike', () => {
  const [here, there] = [device(), device()];
  const heard: string[][] = [];
  const first = here.space.create({ title: 'First' });
  const second = here.space.create({ title: 'Second' });
  here.clock.advance(5_000);
  exchange(here, there);
  here.space.onChange((objectIds) => heard.push([...objectIds]));
  const next = (change: () => void): string[] => {
    heard.length = 0;
    change();
    here.clock.advance(0);
    return [...new Set(heard.flat())];
  };
  expect(next(() => here.space.set(first, '/title', 'once'))).toEqual([first]);
  expect(next(() => here.space.set(first, '/title', 'and before its entry'))).toEqual([first]);
  const text = here.space.document(second, 'body');
  expect(
    next(() => {
      text.push(text.version, [{ changes: [[0, 'text']], clientId: 'window' }]);
      text.save();
    }),
  ).toEqual([second]);
  text.close();
  there.space.set(second, '/title', 'from elsewhere');
  expect(next(() => exchange(there, here))).toContain(second);
  expect(next(() => undefined)).toEqual([]);
});
