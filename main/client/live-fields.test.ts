/** Texts, sets, references, relations and subscriptions of live objects, between two devices. */
import { inspect } from 'node:util';
import { beforeEach, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { exchange, type TestDevice } from '../../test/objects/device.ts';
import { testDevices } from '../../test/objects/devices.ts';
import { Database } from './database.ts';
import { isRef, ref, type Ref } from './refs.ts';
import { SpaceTypes } from './space-types.ts';
import { defineRelation, defineType } from './types.ts';

const { device } = testDevices();
let ana: TestDevice;
let ben: TestDevice;
let db: Database;
let theirs: Database;
beforeEach(() => {
  [ana, ben] = [device(), device()];
  [db, theirs] = [new Database(ana.space), new Database(ben.space)];
});

async function sync(): Promise<void> {
  await Promise.all([db.flush(), theirs.flush()]);
  exchange(ana, ben);
  ana.clock.advance(100);
}

const Note = defineType('note', z.object({ title: z.string(), tags: z.array(z.string()).default([]) }), {
  texts: ['body'],
  sets: ['tags'],
});

test('a text is edited by two at once, and nothing is lost', async () => {
  const note = await db.add(Note, { title: 'Plan', body: 'one three' });
  await sync();
  const other = theirs.get(Note, note.id);
  if (other === undefined) throw new Error('it is not there');
  const seen: string[] = [];
  const cancel = other.body.subscribe((text) => seen.push(text));
  note.body.insert(4, 'two ');
  other.body.append(' four');
  other.body.replace(0, 3, 'ONE');
  expect(note.body.toString()).toBe('one two three');
  await sync();
  expect([String(note.body), String(other.body)]).toEqual(['ONE two three four', 'ONE two three four']);
  expect([seen[0], seen.at(-1)]).toEqual(['one three', 'ONE two three four']);
  cancel();
  other.body.insert(13, '!');
  note.body.delete(0, 4);
  (note as { body: unknown }).body = 'two three five';
  await sync();
  expect(String(other.body)).toBe('two three! five');
  expect(seen.at(-1)).toBe('ONE two three four'); // cancelled
  expect(JSON.parse(JSON.stringify(other))).toEqual({
    id: note.id,
    type: 'note',
    title: 'Plan',
    tags: [],
    body: 'two three! five',
  });
  expect(() => note.body.insert(99, 'x')).toThrow(expect.objectContaining({ type: 'argument-invalid' }));
  expect(() => ((note as { body: unknown }).body = 5)).toThrow(expect.objectContaining({ type: 'value-refused' }));
});

test('the console shows a text as it reads', async () => {
  const note = await db.add(Note, { title: 'Plan', body: 'one' });
  expect(inspect(note.body)).toBe("'one'");
  expect(inspect({ ...note, tags: [] })).toContain("body: 'one'");
});

test('a text that is assigned is changed in the words that differ, in one entry', async () => {
  const note = await db.add(Note, { title: 'Plan', body: 'one two three four five' });
  await sync();
  const other = theirs.get(Note, note.id) ?? expect.fail();
  other.body.replace(8, 13, 'THREE');
  const entries = ana.replica.written.length;
  note.body.assign('ONE two three four FIVE');
  expect(ana.replica.written.length - entries).toBe(1);
  await sync();
  expect([String(note.body), String(other.body)]).toEqual(Array(2).fill('ONE two THREE four FIVE'));
  db.batch(() => {
    note.body.assign('ONE 2 THREE 4 FIVE');
    note.body.assign('ONE 2 THREE 4 FIVE');
  });
  await sync();
  expect(String(other.body)).toBe('ONE 2 THREE 4 FIVE');
  expect(() => note.body.assign(5 as never)).toThrow(expect.objectContaining({ type: 'argument-invalid' }));
});

test('a set keeps what two add at once, of adding and removing one the adding; a list keeps the whole of one', async () => {
  const note = await db.add(Note, { title: 'Plan', tags: ['home', 'old'] });
  expect(ana.replica.written).toHaveLength(1);
  const next = await db.add(Note, { title: 'In the same burst', tags: ['a', 'b'] });
  expect([...next.tags]).toEqual(['a', 'b']);
  const list = await db.add({ type: 'list', items: ['home'] });
  await sync();
  const other = theirs.get(Note, note.id);
  const otherList = theirs.get<{ items: string[] }>(list.id);
  note.tags.add('red', 'home');
  note.tags.delete('old');
  other?.tags.add('blue');
  other?.tags.delete('home');
  list.items.push('red');
  otherList?.items.push('blue');
  await sync();
  expect([...note.tags].sort()).toEqual(['blue', 'red']);
  expect([...(other?.tags ?? [])]).toEqual([...note.tags]);
  expect([
    ['home', 'red'],
    ['home', 'blue'],
  ]).toContainEqual([...list.items]);
  expect([...list.items]).toEqual([...(otherList?.items ?? [])]);
  other?.tags.delete('red');
  note.tags.delete('red');
  note.tags.add('red');
  await sync();
  expect([other?.tags.has('red'), note.tags.size]).toEqual([true, 2]);
  note.tags.clear();
  expect([...note.tags]).toEqual([]);
});

test('what stands as a list becomes a set with its first change, and none of it is lost', async () => {
  const thing = await db.add({ type: 'thing', tags: ['a', 'b'] });
  const tags = db.set<string>(thing, 'tags');
  tags.add('c');
  expect([...tags]).toEqual(['a', 'b', 'c']);
  const other = await db.add({ type: 'thing', tags: ['a', 'b'] });
  db.set<string>(other, 'tags').delete('a');
  expect(db.get<{ tags: string[] }>(other.id)?.tags).toEqual(['b']);
  tags.assign(['b', 'z']);
  await sync();
  expect(theirs.get<{ tags: string[] }>(thing.id)?.tags).toEqual(['b', 'z']);
});

test('a reference leads to its object until that is gone, and back', async () => {
  const Page = defineType('page', z.object({ home: z.custom<Ref>(isRef), more: z.array(z.custom<Ref>(isRef)) }));
  const [book, other] = [await db.add({ type: 'book', name: 'Sea' }), await db.add({ type: 'book', name: 'Sky' })];
  const page = await db.add(Page, { home: ref(book), more: [ref(other)] });
  expect(ana.space.fields(page.id)).toMatchObject({ home: { $ref: book.id } });
  expect(page.home.target?.['name']).toBe('Sea');
  expect(JSON.stringify(page.more)).toBe(JSON.stringify([{ $ref: other.id }]));
  expect(() => (page.home = book as unknown as Ref)).toThrow(expect.objectContaining({ type: 'value-invalid' }));
  expect(db.backlinks(other).objects.map(({ id }) => id)).toEqual([page.id]);
  expect(db.backlinks(page).objects).toEqual([]);
  expect(db.backlinks(other, Page).objects[0]?.home.$ref).toBe(book.id);
  expect(db.query({ home: ref(book) }).objects).toHaveLength(1);
  await sync();
  expect(theirs.get(Page, page.id)?.more[0]?.target?.['name']).toBe('Sky');
  await db.remove(book);
  expect(page.home.target).toBeUndefined();
  await db.restore(book.id);
  expect(page.home.target?.id).toBe(book.id);
  page.home = page.more[0] as Ref;
  expect(page.home.$ref).toBe(other.id);
});

test('whoever waits for references to an object hears of each that comes and goes', async () => {
  const book = await db.add({ type: 'book', name: 'Sea' });
  const heard: string[][] = [];
  const cancel = db.backlinks(book).subscribe((objects) => heard.push(objects.map((one) => String(one['n']))));
  const one = await db.add({ type: 'page', n: 1, of: [{ at: { deep: ref(book) } }] });
  await sync();
  one['n'] = 2;
  await sync();
  await theirs.add({ type: 'page', n: 3, home: ref(book) });
  await sync();
  one['of'] = [];
  await sync();
  expect(heard).toEqual([[], ['1'], ['2'], ['2', '3'], ['3']]);
  expect(db.backlinks(book).count).toBe(1);
  cancel();
});

test('relations have fields of their own and are found from either end', async () => {
  const Lends = defineRelation('lends', z.object({ until: z.string().optional() }));
  const [ada, bea, book] = await Promise.all([1, 2, 3].map((n) => db.add({ n })));
  if (!ada || !bea || !book) return;
  const lent = await db.relate(Lends, ada, book, { until: 'May' });
  await db.relate(Lends, bea, book, {});
  expectTypeOf(lent.until).toEqualTypeOf<string | undefined>();
  expect(db.relations(Lends, { to: book }).objects).toHaveLength(2);
  expect(db.relations(Lends, { from: ada }).objects.map(({ until, to }) => [until, to.$ref])).toEqual([
    ['May', book.id],
  ]);
  expect(lent.from.target?.['n']).toBe(1);
  expect(() => ((lent as { from: unknown }).from = ref(bea))).toThrow(
    expect.objectContaining({ type: 'value-refused' }),
  );
  await expect(db.add(Lends, {})).rejects.toMatchObject({ type: 'argument-invalid' }); // it would have no ends
  lent.until = 'June';
  expect(db.relations(Lends, { from: ada }).objects[0]?.until).toBe('June');
});

test('who subscribes to an object gets it at once, after each change, and hears when it is gone', async () => {
  const note = await db.add(Note, { title: 'a' });
  const other = await db.add(Note, { title: 'z' });
  await sync();
  const seen: unknown[] = [];
  const cancel = db.subscribe(note, (one) => seen.push(one?.title));
  other.title = 'y';
  ana.clock.advance(100);
  note.title = 'b';
  ana.clock.advance(100);
  await db.remove(note);
  ana.clock.advance(100);
  await db.restore(note.id);
  ana.clock.advance(100);
  cancel();
  note.title = 'c';
  ana.clock.advance(100);
  expect(seen).toEqual(['a', 'b', undefined, 'b']);
});

test('types stand in the space for others to find, in their latest version', async () => {
  const [mine, others] = [new SpaceTypes(ana.space), new SpaceTypes(ben.space)];
  await mine.publish(Note);
  await mine.publish(Note);
  await others.publish(Note); // at the same moment
  await sync();
  expect(others.list.map(({ name, version }) => [name, version])).toEqual([['note', 1]]);
  expect(others.find('note')?.jsonSchema).toMatchObject({ properties: { title: { type: 'string' } } });
  const Newer = defineType(
    'note',
    z.custom<{ title: string }>(() => true),
    {
      migrations: { 2: (old) => old },
      jsonSchema: { title: 'Note' },
    },
  );
  await others.publish(Newer);
  ben.space.create({ type: '$type', name: 'odd', version: 1, schema: '{' });
  ben.space.create({ type: '$type', name: 5, version: 'x' });
  await sync();
  expect(mine.list).toMatchObject([
    { name: 'note', version: 2, jsonSchema: { title: 'Note' } },
    { name: 'odd', jsonSchema: undefined },
  ]);
  await mine.publish(Note);
  expect(mine.find('note')?.version).toBe(2);
});

test('a definition says what of a type is a text, a set or a relation, and one that does not say it yet goes on', async () => {
  const [mine, others] = [new SpaceTypes(ana.space), new SpaceTypes(ben.space)];
  const Lends = defineRelation('lends', z.object({ until: z.string() }));
  const about = { version: 1, texts: ['body'], sets: ['tags'], relation: false };
  ana.space.create({ type: '$type', name: 'note', version: 1, schema: '{"title":"Old"}' });
  ana.space.create({ type: '$type', name: 'odd', version: 1, texts: ['a', 5], sets: 'x', relation: 'yes' });
  expect(mine.list).toMatchObject([
    { name: 'note', jsonSchema: { title: 'Old' }, texts: [], sets: [], relation: false },
    { name: 'odd', texts: ['a'], sets: [], relation: false },
  ]);
  expect(await mine.publish(Note)).toMatchObject(about);
  await mine.publish(Lends);
  await sync();
  expect(others.find('note')).toMatchObject({ ...about, jsonSchema: { type: 'object' } });
  expect(others.find('lends')).toMatchObject({ texts: [], sets: [], relation: true });
  const before = ana.replica.written.length;
  await mine.publish(Note);
  await mine.publish(Lends);
  await sync();
  expect([ana.replica.written.length - before, mine.list.length]).toEqual([0, 3]);
});

test('what a batch does to sets, and whom it removes, is in its one entry, and gone when it throws', async () => {
  const [note, other] = [await db.add(Note, { title: 'Plan', tags: ['old'] }), await db.add({ type: 'other' })];
  await sync();
  const entries = ana.replica.written.length;
  const told: number[] = [];
  const cancel = db.query(Note).subscribe(([one]) => told.push(one?.tags.size ?? -1));
  const change = () => {
    note.title = 'Plans';
    note.tags.add('new', 'mistake');
    note.tags.delete('mistake', 'old');
    void db.remove(other);
    expect([...note.tags]).toEqual(['new']);
    note.tags.add('newer');
    expect(db.get(Note, note.id)?.title).toBe('Plans');
  };
  const failing = () => {
    change();
    throw new Error('on purpose');
  };
  expect(() => db.batch(failing)).toThrow('on purpose');
  expect([note.title, ...note.tags, db.query({ type: 'other' }).count]).toEqual(['Plan', 'old', 1]);
  db.batch(change);
  await sync();
  expect(ana.replica.written.length - entries).toBe(1);
  expect(told).toEqual([1, 2]);
  expect(theirs.get(Note, note.id)?.tags.values()).toEqual(['new', 'newer']);
  expect(theirs.query({ type: 'other' }).count).toBe(0);
  cancel();
});
