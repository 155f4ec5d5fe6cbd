/** What a program without types hands over as values and ids: refused by name or read as nothing, and nothing is half done. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDevice, type TestDevice } from '../../test/objects/device.ts';
import { Database } from './database.ts';
import { and, exists, refersTo } from './filter.ts';
import { fieldsOf } from './live-object.ts';
import type { LiveObject } from './live-place.ts';
import { defineType } from './types.ts';

let device: TestDevice;
let db: Database;
let thing: LiveObject<{ type: string; value: unknown; list: unknown[] }>;
beforeEach(async () => {
  device = createTestDevice(1);
  db = new Database(device.space);
  thing = (await db.add({ type: 'thing', value: 1, list: [1] })) as typeof thing;
});
afterEach(() => device.remove());

const circle: unknown[] = [];
circle.push({ circle });
let abyss: unknown = 1;
for (let i = 0; i < 50_000; i++) abyss = { abyss };

test.each([
  ['a number that is none', NaN],
  ['an integer of any size', 5n],
  ['a date', new Date(0)],
  ['what is in itself', circle],
  ['what is nested without an end', abyss],
  ['an empty place', [1, , 2]], // eslint-disable-line no-sparse-arrays -- it is what is tried
])('%s is no value', async (_name, value) => {
  const refused = expect.objectContaining({ type: 'value-invalid' });
  await expect(db.add({ type: 'other', value } as never)).rejects.toEqual(refused);
  expect(() => (thing.value = value)).toThrow(refused);
  expect(() => (thing.list[0] = value)).toThrow(refused);
  expect(() => thing.list.push(value)).toThrow(refused);
  expect(() => db.set(thing, 'set').add(value as never)).toThrow(refused);
  expect(db.set(thing, 'set').has(value as never)).toBe(false);
  expect(device.space.fields(thing.id)).toEqual({ type: 'thing', value: 1, list: [1] });
  expect(db.query().count).toBe(1);
});

test('what is refused says where and why', async () => {
  const fault = (path: string, reason: string | RegExp) =>
    expect.objectContaining({ type: 'value-invalid', detail: { path, reason: expect.stringMatching(reason) } });
  const live = (await db.add({ type: 'thing', 'a/b': {} })) as LiveObject<{
    type: string;
    'a/b': Record<string, unknown>;
  }>;
  const added = (value: unknown) => db.add({ type: 'n', v: 1, x: { y: [1, value] } } as never);
  await expect(added(NaN)).rejects.toEqual(fault('/x/y/1', 'It is not a finite number.'));
  await expect(added(new Date())).rejects.toEqual(fault('/x/y/1', 'Only JSON can be stored, and this is a Date.'));
  await expect(added(new Map())).rejects.toEqual(fault('/x/y/1', 'a Map'));
  await expect(added(5n)).rejects.toEqual(fault('/x/y/1', 'a bigint'));
  await expect(added(() => 1)).rejects.toEqual(fault('/x/y/1', 'a function'));
  await expect(added(undefined)).rejects.toEqual(fault('/x/y/1', 'undefined'));
  expect(() => (live['a/b']['when'] = new Date())).toThrow(fault('/a~1b/when', 'a Date'));
  expect(() => db.update(live, { bad: { y: NaN } } as never)).toThrow(fault('/bad/y', 'finite'));
  expect(() => thing.list.push(NaN)).toThrow(fault('/list/1', 'finite'));
  expect(() => db.set(live, 'tags').add(undefined as never)).toThrow(fault('/tags/-', 'undefined'));
  expect(() => db.set(live, 'tags').add({ y: [NaN] } as never)).toThrow(fault('/tags/-/y/0', 'finite'));
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  thing.value = nested(10);
  expect(() => (thing.value = nested(11))).toThrow(fault(`/value${'/0'.repeat(10)}`, 'deeper than 10 levels'));
  expect(() => (thing.value = circle)).toThrow(
    expect.objectContaining({ detail: { reason: expect.stringMatching('10') } }),
  );
  expect(() => db.query(and({ k: undefined as never })).count).toThrow(
    expect.objectContaining({ type: 'bad-request', detail: { field: 'filter', reason: 'eq', path: '/k' } }),
  );
});

test('a text of one field may have letters of all kinds up to the size of an entry', () => {
  const text = `${'x'.repeat(190_000)}é😀`;
  thing.value = text;
  expect(thing.value).toBe(text);
  expect(() => (thing.value = 'é'.repeat(110_000))).toThrow(expect.objectContaining({ type: 'too-large' }));
});

test('nothing but fields can be put on a live object', () => {
  for (const live of [thing, thing.list]) {
    expect(() => Object.freeze(live)).toThrow(TypeError);
    expect(() => Object.defineProperty(live, 'more', { value: 1, configurable: true })).toThrow(TypeError);
    expect(Reflect.setPrototypeOf(live, null)).toBe(false);
  }
  thing.value = 2;
  expect(Object.keys(thing)).toEqual(['id', 'list', 'type', 'value']);
});

test('fields named id and then are kept and found, and read and written through fieldsOf', async () => {
  const given = { type: 'odd', id: 'mine', then: { next: [1] }, title: 'Odd' };
  const odd = await db.add(given);
  expect([odd.id, (odd as { then?: unknown }).then]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), undefined]);
  const fields = fieldsOf(odd);
  expect(JSON.parse(JSON.stringify(fields))).toEqual(given);
  expect(await Promise.resolve(fields)).toBe(fields);
  fields.id = 'yours';
  fields.then.next.push(2);
  delete (fields as { title?: string }).title;
  expect(device.space.fields(odd.id)).toEqual({ type: 'odd', id: 'yours', then: { next: [1, 2] } });
  expect(db.query({ id: 'yours', then: exists() }, { order: ['id'] }).objects.map(({ id }) => id)).toEqual([odd.id]);
  const copy = await db.add({ ...fieldsOf(odd) });
  expect(device.space.fields(copy.id)).toEqual(device.space.fields(odd.id));
  expect((odd as { title?: string }).title).toBeUndefined();
  for (const nothing of [undefined, {}, fields, (odd as unknown as { list: object }).list]) {
    expect(() => fieldsOf(nothing as never)).toThrow(expect.objectContaining({ type: 'argument-invalid' }));
  }
});

test('of a typed object fieldsOf has what the type shows, checked as ever', async () => {
  const Step = defineType('step', z.object({ then: z.string(), done: z.boolean().default(false) }), {
    texts: ['notes'],
  });
  const step = await db.add(Step, { then: 'rest', notes: 'long' } as never);
  const fields = fieldsOf(step);
  expect([fields.then, fields.done, String(fields.notes)]).toEqual(['rest', false, 'long']);
  expect(() => (fields.then = 5 as never)).toThrow(expect.objectContaining({ type: 'value-refused' }));
  fields.then = 'go';
  expect(device.space.fields(step.id)).toMatchObject({ then: 'go' });
});

test.each(['nothing', '', undefined, null, 5, {}, 'A'.repeat(32)])('%j is the id of nothing', async (id) => {
  expect(db.get(id as string)).toBeUndefined();
  expect(() => refersTo(id as string)).toThrow(expect.objectContaining({ type: 'argument-invalid' }));
});

test('a page of none is empty, and a limit is a number', () => {
  const none = db.query({}, { limit: 0 });
  expect([none.objects, none.page().objects]).toEqual([[], []]);
  for (const limit of [NaN, -1, 1.5, '5']) {
    expect(() => db.search('x', limit as number)).toThrow(expect.objectContaining({ type: 'argument-invalid' }));
  }
});
