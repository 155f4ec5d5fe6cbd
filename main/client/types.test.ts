/** Types: what is written is checked, with any library of schemas; what others wrote stays readable and writable. */
import { beforeEach, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { exchange, type TestDevice } from '../../test/objects/device.ts';
import { testDevices } from '../../test/objects/devices.ts';
import { CoveError } from '../engine/errors.ts';
import { Database } from './database.ts';
import type { StandardSchema } from './standard-schema.ts';
import { defineType } from './types.ts';

const { device } = testDevices();
let ana: TestDevice;
let ben: TestDevice;
let db: Database;
beforeEach(() => {
  [ana, ben] = [device(), device()];
  db = new Database(ana.space);
});

const Task = defineType(
  'task',
  z.object({
    title: z.string().min(1),
    done: z.boolean().default(false),
    due: z.string().optional(),
    where: z.object({ shop: z.string(), shelf: z.number().optional() }).optional(),
    steps: z.array(z.object({ text: z.string(), done: z.boolean() })).default([]),
    tags: z.array(z.string().max(20)).optional(),
  }),
  { sets: ['tags'] },
);

const refusal = (fn: () => unknown) => {
  try {
    fn();
  } catch (error) {
    if (!(error instanceof CoveError)) throw error;
    return { type: error.type, ...error.detail };
  }
  return undefined;
};
const stored = (id: string) => ana.space.fields(id);

test('an object gets the defaults of its type and has its types in TypeScript', async () => {
  const task = await db.add(Task, { title: 'Buy milk' });
  expect(stored(task.id)).toEqual({ type: 'task', title: 'Buy milk', done: false, steps: [] });
  expectTypeOf(task.done).toEqualTypeOf<boolean>();
  expectTypeOf(task.due).toEqualTypeOf<string | undefined>();
  expectTypeOf(task.tags.values()).toEqualTypeOf<string[]>();
  // @ts-expect-error a title is wanted
  await expect(db.add(Task, { done: true })).rejects.toMatchObject({
    type: 'value-refused',
    detail: { path: '/title' },
  });
  expect(db.query({}).objects).toHaveLength(1);
});

test('what does not fit is refused with its path and a reason, and nothing was changed', async () => {
  const task = await db.add(Task, {
    title: 'Buy milk',
    where: { shop: 'corner' },
    steps: [{ text: 'go', done: false }],
  });
  const before = stored(task.id);
  const wrong = task as unknown as Record<string, unknown> & { where: Record<string, unknown>; steps: unknown[] };
  expect(refusal(() => (wrong['title'] = 5))).toEqual({
    type: 'value-refused',
    objectType: 'task',
    path: '/title',
    reason: expect.stringContaining('string'),
  });
  expect(refusal(() => delete wrong['title'])).toMatchObject({ type: 'value-refused', path: '/title' });
  expect(refusal(() => (wrong.where['shelf'] = 'top'))).toMatchObject({ path: '/where/shelf' });
  expect(refusal(() => wrong.steps.push({ text: 1 }))).toMatchObject({ path: '/steps/1/text' });
  expect(refusal(() => (wrong['colour'] = 'red'))).toMatchObject({
    path: '/colour',
    reason: expect.stringContaining('no such field'),
  });
  expect(refusal(() => (wrong['type'] = 'note'))).toMatchObject({
    path: '/type',
    reason: expect.stringContaining('itself'),
  });
  expect(refusal(() => task.tags.add('x'.repeat(21)))).toMatchObject({ path: '/tags/0' });
  expect(stored(task.id)).toEqual(before);
});

test('a batch with a refused value changes nothing, and one without is one entry and one notification', async () => {
  const task = await db.add(Task, { title: 'Buy milk' });
  await db.flush();
  ana.clock.advance(60_000);
  const seen: string[] = [];
  db.query(Task).subscribe(([found]) => seen.push(`${found?.title} ${found?.done}`));
  const entries = ana.replica.written.length;
  expect(
    refusal(() =>
      db.batch(() => {
        task.done = true;
        expect(task.done).toBe(true);
        task.title = '';
      }),
    ),
  ).toMatchObject({ path: '/title' });
  expect(stored(task.id)).toMatchObject({ title: 'Buy milk', done: false });
  db.batch(() => {
    task.done = true;
    task.title = task.title.toUpperCase();
    task.steps.push({ text: 'go', done: false });
    for (const step of task.steps) step.done = true;
  });
  await db.flush();
  ana.clock.advance(60_000);
  expect(seen).toEqual(['Buy milk false', 'BUY MILK true']);
  expect(ana.replica.written.length).toBe(entries + 1);
  expect(task.steps).toEqual([{ text: 'go', done: true }]);
});

test('an object that is refused in a batch has the batch refused, and so has one that is not there to be removed', async () => {
  const task = await db.add(Task, { title: 'Milk' });
  const nobody = { id: 'f'.repeat(32) };
  const refusals: [() => unknown, string][] = [
    [() => db.add(Task, { title: '' }), 'value-refused'],
    [() => db.remove(nobody), 'object-not-found'],
    [() => db.restore(nobody.id), 'object-not-found'],
  ];
  for (const [change, type] of refusals) {
    const batch = () =>
      db.batch(() => {
        task.title = 'Bread';
        void change();
      });
    expect(batch).toThrow(expect.objectContaining({ type }) as Error);
    expect(task.title).toBe('Milk');
    await expect(Promise.resolve().then(change), 'outside it is a rejection').rejects.toMatchObject({ type });
  }
});

test('a schema that does not take what it makes is refused with its first value, one that does is not', async () => {
  const number = z.string().transform(Number);
  const Made = defineType(
    'made',
    z.object({ title: z.string().trim().toLowerCase(), size: z.coerce.number().optional() }),
  );
  const made = await db.add(Made, { title: ' Buy Milk ', size: '5' });
  expect(stored(made.id)).toEqual({ type: 'made', title: 'buy milk', size: 5 });
  made.title = ' Oat MILK ';
  expect(made.title).toBe('oat milk');

  const again = {
    type: 'value-refused',
    detail: { path: '/n', reason: expect.stringContaining('checked again') as string },
  };
  await expect(db.add(defineType('a', z.object({ n: number })), { n: '5' })).rejects.toMatchObject(again);
  const Grows = defineType('b', z.object({ n: z.string().transform((text) => `${text}!`), m: z.number().optional() }));
  await expect(db.add(Grows, { n: 'a' })).rejects.toMatchObject(again);
  expect(db.query({ n: 5 }).count).toBe(0);

  const Later = defineType('c', z.object({ m: z.number(), n: number.optional() }));
  const later = await db.add(Later, { m: 1 });
  expect(refusal(() => ((later as { n: unknown }).n = '5'))).toMatchObject({ type: again.type, ...again.detail });
  later.m = 2;
  expect(stored(later.id)).toEqual({ type: 'c', m: 2 });
});

test('any library of schemas will do, one that answers later will not', async () => {
  const even: StandardSchema<{ n: number }, { n: number }> = {
    '~standard': {
      version: 1,
      vendor: 'own',
      validate: (value) => {
        const { n } = value as { n: number };
        return n % 2 === 0 ? { value: { n } } : { issues: [{ message: 'odd', path: [{ key: 'n' }] }] };
      },
    },
  };
  const Even = defineType('even', even);
  const two = await db.add(Even, { n: 2 });
  expect(refusal(() => (two.n = 3))).toMatchObject({ path: '/n', reason: 'odd' });
  const Later = defineType('later', {
    '~standard': { version: 1, vendor: 'own', validate: async () => ({ value: {} }) },
  });
  // What answers later need not be this program's own kind of promise.
  const awaited = { then: (fn: (checked: object) => void) => fn({ value: {} }) };
  const Thenable = defineType('later', {
    '~standard': { version: 1, vendor: 'own', validate: () => awaited as unknown as Promise<never> },
  });
  for (const type of [Later, Thenable]) {
    await expect(db.add(type, {})).rejects.toMatchObject({ type: 'argument-invalid', detail: { argument: 'schema' } });
  }
});

test('objects without a type, and with one nobody defined, go on as ever', async () => {
  for (const schema of ['a text', null, {}]) await db.add({ type: 'form', schema });
  expect(db.query({ schema: 'a text' }).objects).toHaveLength(1);
  const thing = await db.add({ type: 'thing', size: 1 });
  thing.size = 2;
  expect(db.get<{ size: number }>(thing.id)?.size).toBe(2);
  expect(db.get(Task, thing.id)).toBeUndefined();
  expect(db.query(Task).objects).toEqual([]);
});

test('what others wrote against the type is shown, can be mended, and does not lock the rest', async () => {
  const odd = await db.add({ type: 'task', title: 7, colour: 'red' });
  const task = db.get(Task, odd.id);
  expect(task?.title).toBe(7);
  if (task === undefined) return;
  task.done = true;
  expect(refusal(() => ((task as unknown as { title: number }).title = 8))).toMatchObject({ path: '/title' });
  task.title = 'Mended';
  expect(stored(odd.id)).toEqual({ type: 'task', title: 'Mended', colour: 'red', done: true });
});

const Task2 = defineType(
  'task',
  z.object({ title: z.string(), state: z.enum(['open', 'done', 'waiting']), place: z.string().optional() }),
  {
    migrations: {
      2: ({ done, ...rest }) => ({ ...rest, state: done === true ? 'done' : 'open' }),
    },
  },
);

test('two versions of a type work on the same objects, and neither loses what only the other knows', async () => {
  const newer = new Database(ben.space);
  const task = await db.add(Task, { title: 'Buy milk', done: true });
  await db.flush();
  exchange(ana, ben);
  const upgraded = newer.get(Task2, task.id);
  expect(upgraded).toMatchObject({ title: 'Buy milk', state: 'done' });
  expect(ben.space.fields(task.id)).not.toHaveProperty('state'); // read, not written
  if (upgraded === undefined) return;
  upgraded.place = 'corner';
  await newer.flush();
  expect(ben.space.fields(task.id)).not.toHaveProperty('state'); // not needed yet
  expect(ben.space.fields(task.id)).toMatchObject({ place: 'corner', done: true });
  exchange(ana, ben);
  expect(task).toMatchObject({ title: 'Buy milk', done: true });
  task.title = 'Buy oat milk';
  task.tags.add('shopping');
  await db.flush();
  exchange(ana, ben);
  expect(upgraded).toMatchObject({ title: 'Buy oat milk', state: 'done', place: 'corner' });
  upgraded.state = 'waiting';
  await newer.flush();
  exchange(ana, ben);
  expect(stored(task.id)).toEqual(ben.space.fields(task.id));
  expect(stored(task.id)).toMatchObject({ $version: 2, done: true, state: 'waiting', place: 'corner' });
  expect(stored(task.id)).toMatchObject({ tags: ['shopping'], title: 'Buy oat milk' });
  expect(JSON.stringify(upgraded)).not.toContain('$version');
});

test('of two who have the new version and write at once, neither sets back what the other set', async () => {
  const newer = [new Database(ana.space), new Database(ben.space)] as const;
  for (const [one, other] of [newer, [...newer].reverse() as unknown as typeof newer]) {
    const task = await db.add(Task, { title: 'Buy milk' });
    await db.flush();
    exchange(ana, ben);
    const [mine, theirs] = [one.get(Task2, task.id), other.get(Task2, task.id)];
    if (mine === undefined || theirs === undefined) throw new Error('it is not there');
    mine.state = 'waiting';
    theirs.title = 'Buy oat milk';
    theirs.place = 'corner';
    await Promise.all(newer.map((one) => one.flush()));
    exchange(ana, ben);
    expect(stored(task.id)).toMatchObject({ $version: 2, title: 'Buy oat milk', state: 'waiting', place: 'corner' });
    expect(ben.space.fields(task.id)).toEqual(stored(task.id));
  }
});

test('a write that a migration would make something of stores what the object has become first', async () => {
  const Person = defineType('person', z.object({ name: z.string(), initial: z.string() }), {
    migrations: { 2: (old) => ({ ...old, initial: String(old['name']).slice(0, 1) }) },
  });
  const { id } = await db.add({ type: 'person', name: 'Ada' });
  const ada = db.get(Person, id);
  if (ada === undefined) return;
  ada.name = 'Bea';
  expect(stored(id)).toEqual({ type: 'person', name: 'Bea', initial: 'A', $version: 2 });
});

test('a set is read as the present version has it, and what is added with that is migrated no second time', async () => {
  const schema = z.object({ title: z.string(), tags: z.array(z.string()).default([]) });
  const Plain = defineType('tagged', schema, { sets: ['tags'] });
  const Marked = defineType('tagged', schema, {
    sets: ['tags'],
    migrations: { 2: ({ tags, ...others }) => ({ ...others, tags: (tags as string[]).map((tag) => `#${tag}`) }) },
  });
  const { id } = await db.add(Plain, { title: 'Milk', tags: ['home', 'shop'] });
  const marked = db.get(Marked, id) ?? expect.fail();
  expect(marked.tags.values()).toEqual(['#home', '#shop']);
  expect(stored(id)).toMatchObject({ tags: ['home', 'shop'] });
  marked.tags.add('#soon');
  marked.title = 'Oat milk';
  expect(marked.tags.values().sort()).toEqual(['#home', '#shop', '#soon']);
  expect(stored(id)).toMatchObject({ $version: 2 });

  const { id: other } = await db.add(Plain, { title: 'Bread', tags: ['home', 'shop'] });
  const second = db.get(Marked, other) ?? expect.fail();
  second.tags.delete('#home');
  expect(second.tags.values()).toEqual(['#shop']);
});

test('an earlier version changes a list or a record in it, and what only a later one knows there stays', async () => {
  const Later = defineType(
    'task',
    z.object({
      title: z.string(),
      steps: z.array(z.object({ text: z.string(), done: z.boolean(), due: z.object({ day: z.number() }).optional() })),
      where: z.object({ shop: z.string(), floor: z.number().optional() }).optional(),
    }),
  );
  const step = (text: string, day: number) => ({ text, done: false, due: { day } });
  const { id } = await db.add(Later, {
    title: 'Buy milk',
    steps: [step('go', 1), step('pay', 2)],
    where: { shop: 'corner', floor: 3 },
  });
  const task = db.get(Task, id);
  if (task === undefined) return;
  for (const one of task.steps) one.done = true;
  task.steps.unshift({ text: 'dress', done: false });
  task.where = { ...task.where, shop: 'market' };
  expect(stored(id)).toMatchObject({
    steps: [
      { text: 'dress', done: false },
      { text: 'go', done: true, due: { day: 1 } },
      { text: 'pay', done: true, due: { day: 2 } },
    ],
    where: { shop: 'market', floor: 3 },
  });
  // What was not there is not let in.
  task.steps.push({ text: 'home', done: false, due: { day: 3 } } as (typeof task.steps)[number]);
  expect(task.steps.at(-1)).toEqual({ text: 'home', done: false });
});

test('a new object with a field that its type does not name is refused, and a copy of another one is not', async () => {
  const extra = { title: 'Buy milk', titel: 'Buy oat milk' };
  await expect(db.add(Task, extra)).rejects.toMatchObject({ type: 'value-refused', detail: { path: '/titel' } });
  expect(db.query({}).objects).toEqual([]);
  const Plain = defineType('plain', z.object({ title: z.string() }));
  const one = await db.add(Plain, { title: 'a' });
  const copy = await db.add(Plain, { ...one });
  expect([copy.title, copy.id === one.id]).toEqual(['a', false]);
});

test('a migration that fails on what somebody wrote leaves it as it is', async () => {
  const Strict = defineType('note', z.looseObject({ title: z.string() }), {
    migrations: { 2: ({ title }) => ({ title: (title as string).trim() }) },
  });
  const { id } = await db.add({ type: 'note', title: 5 });
  expect(db.get(Strict, id)).toMatchObject({ title: 5 });
});

test('a migration that throws or gives a promise is heard of, once for each type and version', async () => {
  const logged: unknown[] = [];
  const heard = new Database(ana.space, (event, detail) => logged.push([event, detail]));
  const schema = z.looseObject({ title: z.string() });
  const Throws = defineType('note', schema, {
    migrations: {
      2: (old) => old,
      3: () => {
        throw new Error('not mine');
      },
    },
  });
  const Waits = defineType('note', schema, {
    migrations: {
      2: (async () => {
        throw new Error('later');
      }) as never,
    },
  });
  const ids = [await heard.add({ type: 'note', title: 'a' }), await heard.add({ type: 'note', title: 'b' })];
  for (const { id } of ids) {
    for (const type of [Throws, Waits]) {
      const note = heard.get(type, id) ?? expect.fail();
      note.title = `${note.title}!`;
    }
  }
  expect(ids.map(({ id }) => stored(id)?.['title'])).toEqual(['a!!', 'b!!']);
  expect(logged).toEqual([
    ['migration-failed', { type: 'note', version: 3, error: 'Error: not mine' }],
    ['migration-failed', { type: 'note', version: 2, error: expect.stringContaining('JSON') as string }],
  ]);
});

test('definitions that are none are refused at once', () => {
  const schema = z.object({});
  const refuses = (fn: () => unknown) => refusal(fn)?.['argument' as never];
  expect(refuses(() => defineType('', schema))).toBe('name');
  expect(refuses(() => defineType('$type', schema))).toBe('name');
  expect(refuses(() => defineType('a', {} as typeof schema))).toBe('schema');
  expect(refuses(() => defineType('a', schema, { migrations: { 3: () => ({}) } }))).toBe('options.migrations');
  expect(refuses(() => defineType('a', schema, { migrations: { 2: 'no' as never } }))).toBe('options.migrations');
  expect(refuses(() => defineType('a', schema, { texts: ['type'] }))).toBe('options');
});
