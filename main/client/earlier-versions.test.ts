/** Programs with an earlier version of a schema go on writing, and lose nothing that only a later one knows. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDevice, type TestDevice } from '../../test/objects/device.ts';
import { Database } from './database.ts';
import type { StandardSchema } from './standard-schema.ts';
import { defineType } from './types.ts';

let ana: TestDevice;
let db: Database;
beforeEach(() => {
  ana = createTestDevice(1);
  db = new Database(ana.space);
});
afterEach(() => ana.remove());

const refused = (path?: string) =>
  expect.objectContaining({
    type: 'value-refused',
    ...(path !== undefined && { detail: expect.objectContaining({ path }) as object }),
  }) as Error;
const stored = (id: string) => ana.space.fields(id);

const step = z.object({ text: z.string(), done: z.boolean().default(false) });
const Strict = defineType('list', z.strictObject({ title: z.string(), steps: z.array(step.strict()) }));

test('a strict schema lets elements be changed and moved in which a later version wrote more', async () => {
  const { id } = await db.add({
    type: 'list',
    title: 'Milk',
    place: 'corner',
    steps: [
      { text: 'go', done: false, due: 1, note: 'a' },
      { text: 'pay', done: false },
    ],
  });
  const list = db.get(Strict, id) ?? expect.fail();
  list.steps.push({ text: 'home' } as (typeof list.steps)[number]);
  list.steps.reverse();
  (list.steps[2] ?? expect.fail()).done = true;
  list.title = 'Bread';
  expect(stored(id)).toEqual({
    type: 'list',
    title: 'Bread',
    place: 'corner',
    steps: [
      { text: 'home', done: false },
      { text: 'pay', done: false },
      { text: 'go', done: true, due: 1, note: 'a' },
    ],
  });
  db.update(list, { title: 'Both', steps: list.steps.slice(2) });
  expect(stored(id)).toMatchObject({ title: 'Both', steps: [{ text: 'go', done: true, due: 1, note: 'a' }] });
  const wrong = list as unknown as { steps: object[]; place: unknown; title: unknown };
  const before = stored(id);
  // What did not stand there before is refused as ever.
  expect(() => wrong.steps.push({ text: 'x', done: true, colour: 'red' })).toThrow(refused('/steps/1'));
  expect(() => wrong.steps.push({ text: 'x', done: true, due: 2 })).toThrow(refused('/steps/1'));
  expect(() => wrong.steps.push({ text: 5 })).toThrow(refused('/steps/1/text'));
  expect(() => (wrong.place = 'market')).toThrow(refused());
  expect(stored(id)).toEqual(before);
});

test('an element that somebody else wrote against the type may stay in a list, and no other may come like it', async () => {
  const Numbers = defineType('numbers', z.object({ list: z.array(z.number()) }));
  const { id } = await db.add({ type: 'numbers', list: [1, 'two', 3] });
  const numbers = db.get(Numbers, id) ?? expect.fail();
  numbers.list.push(4);
  numbers.list.reverse();
  expect(stored(id)).toMatchObject({ list: [4, 3, 'two', 1] });
  expect(() => numbers.list.push('three' as unknown as number)).toThrow(refused('/list/4'));
  const Steps = defineType('steps', z.object({ list: z.array(z.object({ a: z.number(), b: z.number() })) }));
  const { id: other } = await db.add({ type: 'steps', list: [{ a: 1 }] });
  const steps = db.get(Steps, other) ?? expect.fail();
  steps.list.unshift({ a: 0, b: 0 });
  expect(() => steps.list.push({ a: 2 } as never)).toThrow(refused('/list/2/b'));
});

test('a schema that names an unknown key at the key is no different', async () => {
  const own: StandardSchema<{ list: { a: number }[] }, { list: { a: number }[] }> = {
    '~standard': {
      version: 1,
      vendor: 'own',
      validate(value) {
        const { list } = value as { list: Record<string, number>[] };
        const issues = list.flatMap((one, i) =>
          Object.keys(one)
            .filter((key) => key !== 'a')
            .map((key) => ({ message: 'never', path: ['list', i, key] })),
        );
        return issues.length > 0 ? { issues } : { value: { list: list as { a: number }[] } };
      },
    },
  };
  const Own = defineType('own', own);
  const { id } = await db.add({ type: 'own', list: [{ a: 1, b: 2 }] });
  const thing = db.get(Own, id) ?? expect.fail();
  thing.list.unshift({ a: 0 });
  (thing.list[1] ?? expect.fail()).a = 5;
  expect(stored(id)).toMatchObject({ list: [{ a: 0 }, { a: 5, b: 2 }] });
  expect(() => thing.list.push({ a: 1, b: 3 } as never)).toThrow(refused('/list/2/b'));
});

test('a record that is replaced keeps what only a later version knows in it', async () => {
  const meta = z.object({ a: z.number(), in: z.object({ x: z.number().optional() }).optional() });
  for (const schema of [meta, meta.strict()]) {
    const Earlier = defineType('thing', z.object({ meta }).extend({ meta: schema }));
    const Later = defineType('thing', z.object({ meta: meta.extend({ b: z.number().optional() }) }));
    const { id } = await db.add({ type: 'thing', meta: { a: 1, b: 2, in: { x: 1, y: 2 } } });
    const thing = db.get(Earlier, id) ?? expect.fail();
    thing.meta = { a: 9, in: {} };
    expect(stored(id)?.['meta']).toEqual({ a: 9, b: 2, in: { y: 2 } });
    thing.meta = { a: 8 };
    expect(stored(id)?.['meta']).toEqual({ a: 8, b: 2 });
    db.update(thing, { meta: { a: 7 } });
    expect(stored(id)?.['meta']).toEqual({ a: 7, b: 2 });
    // Whoever knows it leaves it out.
    (db.get(Later, id) ?? expect.fail()).meta = { a: 6 };
    expect(stored(id)?.['meta']).toEqual({ a: 6 });
  }
});

test('a record whose schema takes any key, and one that becomes another kind, is replaced whole', async () => {
  const Any = defineType(
    'any',
    z.object({
      loose: z.looseObject({ a: z.number() }),
      counts: z.record(z.string(), z.number()),
      shape: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('circle'), radius: z.number() }),
        z.object({ kind: z.literal('square'), side: z.number() }),
      ]),
    }),
  );
  const any = await db.add(Any, { loose: { a: 1, b: 2 }, counts: { x: 1 }, shape: { kind: 'circle', radius: 1 } });
  any.loose = { a: 2 };
  any.counts = { y: 1 };
  any.shape = { kind: 'square', side: 1 };
  expect(stored(any.id)).toEqual({
    type: 'any',
    loose: { a: 2 },
    counts: { y: 1 },
    shape: { kind: 'square', side: 1 },
  });
});
