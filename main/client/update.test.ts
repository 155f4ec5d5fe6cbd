/** Several fields of an object, set and checked together. */
import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { exchange, type TestDevice } from '../../test/objects/device.ts';
import { testDevices } from '../../test/objects/devices.ts';
import { Database } from './database.ts';
import { ref } from './refs.ts';
import { defineRelation, defineType } from './types.ts';

const { device } = testDevices();
let ana: TestDevice;
let ben: TestDevice;
let db: Database;
beforeEach(() => {
  [ana, ben] = [device(), device()];
  db = new Database(ana.space);
});

const error = (type: string, detail: object = {}) =>
  expect.objectContaining({ type, detail: expect.objectContaining(detail) as object }) as Error;
const stored = (id: string) => ana.space.fields(id);

const Shape = defineType(
  'shape',
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('circle'), radius: z.number(), tags: z.array(z.string()).optional() }),
    z.strictObject({ kind: z.literal('square'), side: z.number(), tags: z.array(z.string()).optional() }),
  ]),
  { texts: ['notes'], sets: ['tags'] },
);

test('an object becomes one of another kind, with its texts and sets, in one entry', async () => {
  const shape = await db.add(Shape, { kind: 'circle', radius: 1, tags: ['red', 'old'], notes: 'round' });
  await db.flush();
  exchange(ana, ben);
  const entries = ana.replica.written.length;
  const seen: unknown[] = [];
  db.query(Shape).subscribe(([one]) => seen.push(one?.kind));
  expect(() => ((shape as { kind: string }).kind = 'square')).toThrow(error('value-refused'));
  db.update(shape, { kind: 'square', side: 2, radius: undefined, tags: ['red', 'new'], notes: 'not round' });
  await db.flush();
  ana.clock.advance(60_000);
  exchange(ana, ben);
  expect(shape.kind === 'square' && shape.side).toBe(2);
  expect(ben.space.get(shape.id, { texts: true })).toMatchObject({
    fields: { type: 'shape', kind: 'square', side: 2, tags: ['new', 'red'] },
    texts: { notes: 'not round' },
  });
  expect(ben.space.fields(shape.id)).not.toHaveProperty('radius');
  expect([ana.replica.written.length - entries, seen]).toEqual([1, ['circle', 'square']]);
});

test('what does not fit is refused as in an assignment, and nothing of the rest was changed', async () => {
  const shape = await db.add(Shape, { kind: 'circle', radius: 1, notes: 'round' });
  const before = stored(shape.id);
  // @ts-expect-error no kind of shape has it
  expect(() => db.update(shape, { radius: 2, colour: 'red' })).toThrow(error('value-refused'));
  // @ts-expect-error not a number
  expect(() => db.update(shape, { notes: 'x', radius: 'x' })).toThrow(error('value-refused', { path: '/radius' }));
  // @ts-expect-error not a text
  expect(() => db.update(shape, { radius: 2, notes: 5 })).toThrow(error('value-refused', { path: '/notes' }));
  // @ts-expect-error not a list
  expect(() => db.update(shape, { radius: 2, tags: 'x' })).toThrow(error('value-refused', { path: '/tags' }));
  expect(() => db.update(shape as never, { radius: 2, type: 'x' })).toThrow(error('value-refused', { path: '/type' }));
  expect([stored(shape.id), String(shape.notes)]).toEqual([before, 'round']);

  const Plain = defineType('plain', z.object({ a: z.number(), b: z.number().optional() }));
  const plain = await db.add(Plain, { a: 1, b: 2 });
  expect(() => db.update(plain, { a: 2, c: 3 } as never)).toThrow(error('value-refused', { path: '/c' }));
  db.update(plain, { a: 3, b: undefined });
  expect(stored(plain.id)).toEqual({ type: 'plain', a: 3 });
  const Joins = defineRelation('joins', z.object({ n: z.number() }));
  const joins = await db.relate(Joins, plain, shape, { n: 1 });
  expect(() => db.update(joins as never, { n: 2, to: ref(plain) })).toThrow(error('value-refused', { path: '/to' }));
});

test('an object without a type is updated too, and only one of this space', async () => {
  const thing = await db.add({ type: 'thing', a: 1, b: { c: 2 } });
  db.update(thing, { id: thing.id, a: undefined, b: { c: 3 }, d: [1] } as object);
  expect(stored(thing.id)).toEqual({ type: 'thing', b: { c: 3 }, d: [1] });
  db.update(thing, {});
  expect(() => db.update(thing, { a: 5, b: NaN } as object)).toThrow(error('value-invalid'));
  expect(stored(thing.id)).not.toHaveProperty('a');
  expect(() => db.update(thing, { id: 'f'.repeat(32) } as object)).toThrow(
    error('argument-invalid', { argument: 'fields.id' }),
  );
  expect(() => db.update({ id: thing.id }, {})).toThrow(error('argument-invalid', { argument: 'object' }));
  expect(() => db.update(thing, 5 as never)).toThrow(error('argument-invalid', { argument: 'fields' }));
  const other = await new Database(ben.space).add({ n: 1 });
  expect(() => db.update(other, { n: 2 })).toThrow(error('object-not-found'));
});

test('an object of an earlier version becomes one of the present version with it', async () => {
  const Task = defineType('task', z.object({ title: z.string(), state: z.enum(['open', 'done']) }), {
    migrations: { 2: ({ done, ...others }) => ({ ...others, state: done === true ? 'done' : 'open' }) },
  });
  const { id } = await db.add({ type: 'task', title: 'Milk', done: true });
  const task = db.get(Task, id) ?? expect.fail();
  db.update(task, { title: 'Oat milk' });
  expect(stored(id)).not.toHaveProperty('state');
  db.update(task, { title: 'Bread', state: 'open' });
  expect(stored(id)).toEqual({ type: 'task', title: 'Bread', state: 'open', done: true, $version: 2 });
});
