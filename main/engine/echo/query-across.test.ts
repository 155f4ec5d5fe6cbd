/** Queries across spaces: what they find, in which order, and that each difference of a live one leads there, at the cost of what changed. */
import fc from 'fast-check';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { fields, query } from '../../../test/objects/arbitrary-query.ts';
import { createTestDevice, type TestDevice } from '../../../test/objects/device.ts';
import { naive } from '../../../test/objects/naive-query.ts';
import { createPipeReplica, type PipeReplica } from '../../../test/objects/pipe-replica.ts';
import { countReads } from '../../../test/objects/reads.ts';
import { fromHex, toHex, type Hex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { forgetRows } from './forget.ts';
import type { AcrossChange, AcrossQuery, Fields, FollowedAcross, ObjectKey, StoredObject } from './object-types.ts';
import type { DataItem } from './replica.ts';

beforeAll(ready);
let device: TestDevice;
/** The spaces that are here. */
let replicas: PipeReplica[] = [];
let rows = 1;
afterEach(() => device.remove());

function open(spaces: number): void {
  device = createTestDevice(1);
  replicas = [device.replica];
  rows = 1;
  while (replicas.length < spaces) come();
}

const objectsOf = (replica: PipeReplica) => device.objects.space(replica);

/** A space more. */
function come(): PipeReplica {
  rows += 1;
  const { storage, clock } = device;
  const replica = createPipeReplica({ storage, clock, device: 1, sink: () => device.objects, row: rows });
  replicas.push(replica);
  return replica;
}

/** As the SDK deletes the copy of a space. */
function go(replica: PipeReplica): void {
  device.objects.leave(replica);
  device.storage.transaction(() => forgetRows(device.storage, replica.row));
  replicas = replicas.filter((other) => other !== replica);
}

/** An object with an id that another space has, too. */
function twin(replica: PipeReplica, id: Hex, given: Fields): void {
  const registers = Object.fromEntries(Object.entries(given).map(([name, value]) => [`/${name}`, [0, value] as const]));
  replica.append([[fromHex(id), registers, null] as DataItem]);
}

/** Every object of these spaces, in the order in which they came to the device. */
function everything(): (ObjectKey & { readonly stored: StoredObject })[] {
  const all = device.storage.prepare('SELECT space, object_id FROM object ORDER BY id').all();
  return all.flatMap((row) => {
    const replica = replicas.find((one) => one.row === row['space']);
    const id = toHex(row['object_id'] as Uint8Array);
    const stored = replica && id !== '0'.repeat(32) ? objectsOf(replica).get(id) : undefined;
    return stored === undefined ? [] : [{ id, space: (replica as PipeReplica).key, stored }];
  });
}

const nameOf = ({ id, space }: ObjectKey): string => `${space}/${id}`;

/** Applies differences as anybody would who has only them. */
function apply(list: readonly string[], { added, removed, moved }: AcrossChange): string[] {
  const away = new Set([...removed, ...moved].map(nameOf));
  const next = list.filter((name) => !away.has(name));
  for (const one of [...added, ...moved].sort((a, b) => a.at - b.at)) next.splice(one.at, 0, nameOf(one));
  return next;
}

test('across spaces a query finds what a look at every object finds, in its order, in pages and as a number', () => {
  open(3);
  let all = 0;
  const check = fc.property(
    fc.array(fc.tuple(fc.nat(2), fields), { maxLength: 4 }),
    fc.array(query, { minLength: 6, maxLength: 6 }),
    (more, queries) => {
      for (const [where, given] of more) objectsOf(replicas[where] as PipeReplica).create(given);
      const [some] = everything();
      if (some !== undefined && more[0] !== undefined) twin(replicas[more[0][0]] as PipeReplica, some.id, more[0][1]);
      for (const replica of replicas) objectsOf(replica).flush(); // a page dates new objects, as their entries do
      device.clock.advance(7);
      const present = everything();
      for (const asked of queries) {
        const named = present.map(({ stored, ...key }) => ({ ...stored, id: nameOf(key) }));
        const expected = naive(named, asked);
        all += expected.length;
        const { across } = device.objects;
        expect(across.ids(replicas, asked).found.map(nameOf)).toEqual(expected);
        expect(across.count(replicas, asked)).toBe(expected.length);
        const paged: string[] = [];
        for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
          const page = across.ids(replicas, { ...asked, limit: 3, ...(after !== undefined && { after }) });
          expect(page.found.length).toBeLessThanOrEqual(3);
          paged.push(...page.found.map(nameOf));
          after = page.next;
        }
        expect(paged).toEqual(expected);
      }
    },
  );
  fc.assert(check, { numRuns: 25, endOnFailure: true });
  expect(all, 'control: something was found').toBeGreaterThan(100);
});

const DUE = [{ by: ['due'] }] as const;
const FIXED: readonly AcrossQuery[] = [
  { order: DUE },
  { order: DUE, limit: 4 },
  { order: [{ by: 'updated', descending: true }], limit: 3 },
  { text: 'a', order: DUE },
  { text: 'a', order: DUE, limit: 2 },
];

test('whatever changes in whichever space, the differences lead to what is found anew', () => {
  const asked = fc.tuple(query, fc.option(fc.integer({ min: 1, max: 5 })));
  const what = fc.constantFrom(
    ...(['create', 'create', 'update', 'nudge', 'nudge', 'nudge', 'remove', 'restore', 'twin'] as const),
    ...(['come', 'come', 'go', 'go', 'without', 'with'] as const),
  );
  const step = fc.tuple(fc.nat(), fields, what);
  const seen = { added: 0, changed: 0, removed: 0, moved: 0, come: 0, gone: 0 };
  const check = fc.property(
    fc.array(asked, { minLength: 5, maxLength: 5 }),
    fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
    (queries, turns) => {
      open(2);
      for (let i = 0; i < 12; i++) objectsOf(replicas[i % 2] as PipeReplica).create({ type: 'task', a: i % 3, due: i });
      /** Here, but not asked. */
      const aside = new Set<PipeReplica>();
      const among = (): PipeReplica[] => replicas.filter((replica) => !aside.has(replica));
      const all = [...FIXED, ...queries.map(([one, limit]) => (limit === null ? one : { ...one, limit }))];
      const lives = all.map((one: AcrossQuery) => {
        const live = { query: one, list: [] as string[], contents: new Map<string, unknown>(), told: 0 };
        const note = (key: ObjectKey): void => {
          const replica = replicas.find((some) => some.key === key.space);
          live.contents.set(nameOf(key), replica && objectsOf(replica).get(key.id));
        };
        const follower = device.objects.across.follow(among(), one, (change, found) => {
          live.told += 1;
          for (const key of ['added', 'changed', 'removed', 'moved'] as const) seen[key] += change[key].length;
          for (const key of [...change.added, ...change.changed]) note(key);
          live.list = apply(live.list, change);
          expect(found().map(nameOf)).toEqual(live.list);
        });
        return { live, follower };
      });
      const spacesChanged = (): void => lives.forEach(({ follower }) => follower.among(among()));
      const agree = (): void => {
        const present = new Map(everything().map(({ stored, ...key }) => [nameOf(key), stored]));
        for (const { live } of lives) {
          const { found } = device.objects.across.ids(among(), live.query);
          expect(live.list).toEqual(found.map(nameOf));
          for (const name of live.list) expect(live.contents.get(name)).toEqual(present.get(name));
        }
      };
      for (const turn of turns) {
        for (const [which, given, what] of turn) {
          const replica = replicas[which % (replicas.length || 1)];
          if (what === 'come') {
            const fresh = come();
            objectsOf(fresh).create(given);
            spacesChanged();
            objectsOf(fresh).create({ type: 'task', due: which % 9 });
            seen.come += 1;
          }
          if (replica === undefined) continue;
          const space = objectsOf(replica);
          const stored = space.query({ deleted: 'also' });
          const { id } = stored[which % stored.length] ?? {};
          if (what === 'create') space.create(given, { body: 'a text' });
          else if (what === 'go') {
            go(replica);
            spacesChanged();
            seen.gone += 1;
          } else if (what === 'without' || what === 'with') {
            aside[what === 'without' ? 'add' : 'delete'](replica);
            spacesChanged();
          } else if (id === undefined || what === 'come') continue;
          else if (what === 'nudge') space.set(id, '/due', which % 9);
          else if (what === 'update') space.update(id, given);
          else if (what === 'remove') space.remove(id);
          else if (what === 'restore') space.restore(id);
          else twin(replicas[(which + 1) % replicas.length] as PipeReplica, id, given);
        }
        device.clock.advance(5_000); // all are entries, it has been quiet, and the search has caught up
        agree();
      }
      const told = lives.map(({ live }) => live.told);
      lives.forEach(({ follower }) => follower.cancel());
      replicas.forEach((replica) => objectsOf(replica).create({ type: 'task', due: 0 }));
      device.clock.advance(10);
      expect(lives.map(({ live }) => live.told)).toEqual(told);
      device.remove();
    },
  );
  fc.assert(check, { numRuns: 25, endOnFailure: true });
  for (const many of Object.values(seen)) expect(many, 'control: all kinds were seen').toBeGreaterThan(10);
  open(1);
});

test.each([50, 1_000])('one change among three spaces of %i objects costs one statement of one row', (many) => {
  open(3);
  const ids = replicas.map((replica, k) =>
    objectsOf(replica).batch(() =>
      Array.from({ length: many }, (_, i) => objectsOf(replica).create({ type: 'task', due: i * 3 + k, done: false })),
    ),
  ) as [Hex[], Hex[], Hex[]];
  const queries: AcrossQuery[] = [
    { type: 'task', order: DUE },
    { type: 'task', order: DUE, limit: 20 },
  ];
  const heard = queries.map(() => vi.fn<(change: AcrossChange) => void>());
  queries.forEach((one, i) => device.objects.across.follow(replicas, one, heard[i] as never));
  const [, , third] = replicas.map(objectsOf) as [unknown, unknown, ReturnType<typeof objectsOf>];
  const set = (index: number, path: string, value: number | boolean) => () => {
    third.set(ids[2][index] as string, path, value);
    device.clock.advance(1);
  };
  const each = { statements: queries.length, rows: queries.length };
  expect(countReads(device, set(2, '/done', true)), 'within the page').toEqual(each);
  expect(countReads(device, set(many - 1, '/due', many * 9)), 'behind the page').toEqual(each);
  expect(countReads(device, set(10, '/done', true)), 'behind the page, but on that of its own space').toEqual(each);
  expect(heard.map((fn) => fn.mock.calls.length)).toEqual([4, 2]);
  expect(countReads(device, set(2, '/due', many * 8)), 'out of the page: that of one space is read again').toEqual({
    statements: 3,
    rows: 22,
  });
  const key = (i: number, space: number) => ({ id: ids[space as 0][i], space: replicas[space]?.key });
  expect(heard[1]?.mock.lastCall?.[0]).toEqual({
    added: [{ ...key(6, 2), at: 19 }],
    changed: [],
    removed: [key(2, 2)],
    moved: [],
  });
});

test('a space that goes takes what it had along, and one that comes brings what it has', () => {
  open(2);
  const [first, second] = replicas as [PipeReplica, PipeReplica];
  const [a, b] = [objectsOf(first).create({ due: 1 }), objectsOf(second).create({ due: 2 })];
  const heard = vi.fn<(change: AcrossChange) => void>();
  const follower = device.objects.across.follow(replicas, { order: DUE }, heard);
  const none = { added: [], changed: [], removed: [], moved: [] };
  go(first);
  follower.among(replicas);
  expect(heard.mock.lastCall?.[0]).toEqual({ ...none, removed: [{ id: a, space: first.key }] });
  const third = come();
  follower.among(replicas);
  expect(heard, 'nothing is in it').toHaveBeenCalledTimes(2);
  const c = objectsOf(third).create({ due: 0 });
  device.clock.advance(1);
  expect(heard.mock.lastCall?.[0]).toEqual({ ...none, added: [{ id: c, space: third.key, at: 0 }] });
  follower.among([second]);
  follower.among([second, third]);
  expect(heard.mock.lastCall?.[0]).toEqual({ ...none, added: [{ id: c, space: third.key, at: 0 }] });
  objectsOf(second).set(b, '/due', -1);
  device.clock.advance(1);
  const moved = { id: b, space: second.key };
  expect(heard.mock.lastCall?.[0]).toEqual({ ...none, changed: [moved], moved: [{ ...moved, at: 0 }] });
});

test('a space that cannot be read is told of, keeps no other one out, and is tried again', () => {
  open(2);
  const heard = vi.fn<(change: AcrossChange) => void>();
  const follower: FollowedAcross = device.objects.across.follow(replicas.slice(0, 1), {}, heard);
  const third = come();
  objectsOf(replicas[1] as PipeReplica).create({ due: 1 });
  const id = objectsOf(third).create({ due: 2 });
  const { prepare } = device.storage;
  const spy = vi.spyOn(device.storage, 'prepare').mockImplementation((text) => {
    const statement = prepare.call(device.storage, text);
    if (!text.startsWith('SELECT object.id, object.space')) return statement;
    return {
      ...statement,
      all(...values) {
        if (values[0] === third.row) throw new Error('a bad sector');
        return statement.all(...values);
      },
    };
  });
  expect(() => follower.among(replicas)).toThrow('a bad sector');
  expect(heard.mock.lastCall?.[0].added).toMatchObject([{ space: replicas[1]?.key }]);
  expect(() => device.objects.across.follow(replicas, {}, heard)).toThrow('a bad sector');
  spy.mockRestore();
  heard.mockClear();
  follower.among(replicas);
  expect(heard.mock.calls).toEqual([
    [expect.objectContaining({ added: [{ id, space: third.key, at: 1 }] }), expect.any(Function)],
  ]);
});

test('a search across spaces has one order for all, and finds nothing of others', () => {
  open(3);
  const [first, second, third] = replicas.map(objectsOf) as [ReturnType<typeof objectsOf>, ...never[]] as never as [
    ReturnType<typeof objectsOf>,
    ReturnType<typeof objectsOf>,
    ReturnType<typeof objectsOf>,
  ];
  const long = 'a long text in which somebody says that a boat was on the lake, among much else that was there';
  const weak = first.create({ type: 'note', title: 'Trip' }, { body: long });
  const strong = second.create({ type: 'note', title: 'Boat' }, { body: 'the boat' });
  third.create({ type: 'note', title: 'Boat' });
  second.remove(second.create({ type: 'note', title: 'Boat' }));
  const { across } = device.objects;
  const asked = replicas.slice(0, 2);
  const found = across.search(asked, 'boat', 10);
  expect(found.map(nameOf)).toEqual([nameOf({ id: strong, space: asked[1]?.key as Hex }), `${asked[0]?.key}/${weak}`]);
  expect(found[0]).toEqual({ ...second.search('boat', 1)[0], space: asked[1]?.key });
  expect(across.search(asked, 'boat', 1)).toHaveLength(1);
  expect(across.search([], 'boat', 1)).toEqual([]);
});
