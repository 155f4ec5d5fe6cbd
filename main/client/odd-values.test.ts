/** What a program without types hands over as values and ids: refused by name or read as nothing, and nothing is half done. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDevice, type TestDevice } from '../../test/objects/device.ts';
import { Database } from './database.ts';
import { refersTo } from './filter.ts';
import type { LiveObject } from './live-place.ts';

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
