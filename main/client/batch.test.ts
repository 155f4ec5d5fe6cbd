/** Batches with texts and references: one entry, one notification, and nothing of one that throws. */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDevice, exchange, type TestDevice } from '../../test/objects/device.ts';
import { body, clock, two, type as typed } from '../../test/engine/log/two.ts';
import { ready } from '../engine/crypto/sodium.ts';
import { Database } from './database.ts';
import { LiveText } from './live-text.ts';
import { isRef, ref, type Ref } from './refs.ts';
import { defineRelation, defineType } from './types.ts';

const Note = defineType(
  'note',
  z.object({ title: z.string(), tags: z.array(z.string()).default([]), next: z.custom<Ref>(isRef).optional() }),
  { texts: ['body', 'aside'], sets: ['tags'] },
);

let ana: TestDevice;
let ben: TestDevice;
let db: Database;
let theirs: Database;
beforeAll(ready);
beforeEach(() => {
  ana = createTestDevice(1);
  ben = createTestDevice(2, ana.clock);
  [db, theirs] = [new Database(ana.space), new Database(ben.space)];
});
afterEach(() => [ana, ben].forEach((device) => device.remove()));

async function sync(): Promise<void> {
  await Promise.all([db.flush(), theirs.flush()]);
  exchange(ana, ben);
  ana.clock.advance(10_000);
}

const entries = () => ana.replica.written.length;
const failing = (change: () => void) => () =>
  db.batch(() => {
    change();
    throw new Error('on purpose');
  });
/** As a window does it. */
function keyed(device: TestDevice, id: string, at: number, insert: string) {
  const document = device.space.document(id, 'body');
  const left = document.text().length - at;
  const changes = [...(at > 0 ? [at] : []), [0, ...insert.split('\n')], ...(left > 0 ? [left] : [])];
  document.push(document.version, [{ changes, clientId: 'window' }]);
  return document;
}

test('texts are in the one entry of a batch, are read in it, and are told of once', async () => {
  const [note, other] = [await db.add(Note, { title: 'Plan', body: 'one three' }), await db.add(Note, { title: 'B' })];
  await sync();
  const told: string[][] = [[], []];
  const cancels = [note.body, other.body].map((text, i) => text.subscribe((now) => told[i]?.push(now)));
  const found: string[] = [];
  const cancel = db.query(Note).subscribe((all) => found.push(all.map(({ body: text }) => String(text)).join('|')));
  const before = entries();
  const made = db.batch(() => {
    note.title = 'Plans';
    note.body.insert(4, 'two ');
    expect([String(note.body), note.body.length, String(note.aside)]).toEqual(['one two three', 13, '']);
    note.body.append(' four');
    note.body.delete(0, 4);
    note.tags.add('red');
    other.body.assign('line\r\nbreak');
    note.aside.assign('aside');
    expect([String(note.body), String(other.body), note.body.toJSON()]).toEqual([
      'two three four',
      'line\nbreak',
      'two three four',
    ]);
    const id = ana.space.create({ type: 'note', title: 'New' }, { body: 'seed' });
    const text = new LiveText(ana.space, id, 'body');
    expect(String(text)).toBe('seed');
    text.append('ling');
    text.insert(0, 'a ');
    new LiveText(ana.space, id, 'aside').assign('from the batch');
    expect([String(text), ana.space.get(id, { texts: true })?.texts]).toEqual([
      'a seedling',
      { body: 'a seedling', aside: 'from the batch' },
    ]);
    return id;
  });
  expect(entries() - before).toBe(1);
  await sync();
  expect(entries() - before).toBe(1);
  expect([told, found]).toEqual([
    [
      ['one three', 'two three four'],
      ['', 'line\nbreak'],
    ],
    ['one three|', 'two three four|line\nbreak|a seedling'],
  ]);
  for (const here of [db, theirs]) {
    const texts = [note.id, other.id, made].map((id) => here.get(Note, id)).map((one) => [one?.body, one?.aside]);
    expect(texts.map((some) => some.map(String))).toEqual([
      ['two three four', 'aside'],
      ['line\nbreak', ''],
      ['a seedling', 'from the batch'],
    ]);
  }
  expect([ana.replica.rejected, ben.replica.rejected]).toEqual([[], []]);
  expect(db.search('seedling').map(({ object }) => object.id)).toEqual([made]);
  [...cancels, cancel].forEach((end) => end());
});

test('nothing of the texts in a batch that throws is left, and what was typed before it is', async () => {
  const note = await db.add(Note, { title: 'Plan', body: 'one three' });
  await sync();
  const told: string[] = [];
  const cancel = note.body.subscribe((text) => told.push(text));
  const open = keyed(ana, note.id, 3, ' two');
  keyed(ana, note.id, 0, '> ').close(); // within the frame: in memory only
  expect(ana.space.pendingCount()).toBe(1);
  const changes = () => {
    note.body.append(' four');
    note.aside.assign('x');
    const id = ana.space.create({ type: 'note', title: 'gone' }, { body: 'gone' });
    new LiveText(ana.space, id, 'body').append(' too');
    expect(String(note.body)).toBe('> one two three four');
  };
  expect(failing(changes)).toThrow('on purpose');
  expect([String(note.body), open.text(), String(note.aside)]).toEqual(['> one two three', '> one two three', '']);
  expect(db.query({ title: 'gone' }).count).toBe(0);
  await sync();
  expect(String(theirs.get(Note, note.id)?.body)).toBe('> one two three');
  expect(told).not.toContain('> one two three four');
  // The next ones go on from there.
  note.body.append('.');
  keyed(ana, note.id, 0, '!').close();
  await sync();
  expect([String(note.body), String(theirs.get(Note, note.id)?.body)]).toEqual(Array(2).fill('!> one two three.'));
  expect(ben.replica.rejected).toEqual([]);
  open.close();
  cancel();
});

test('a batch that throws within another one takes back its own texts', async () => {
  const note = await db.add(Note, { title: 'Plan', body: 'one' });
  await sync();
  const before = entries();
  db.batch(() => {
    note.body.append(' two');
    const id = ana.space.create({ type: 'note' }, { body: 'new' });
    const made = new LiveText(ana.space, id, 'body');
    expect(
      failing(() => {
        note.body.append(' three');
        note.aside.assign('x');
        made.append('er');
        expect([String(note.body), String(made)]).toEqual(['one two three', 'newer']);
      }),
    ).toThrow('on purpose');
    expect([String(note.body), String(note.aside), String(made)]).toEqual(['one two', '', 'new']);
    note.body.append(' four');
    made.append('!');
  });
  await sync();
  expect(entries() - before).toBe(1);
  expect(theirs.query(Note).objects.map((one) => String(one.body))).toEqual(['one two four', 'new!']);
});

test('an editor that has the text open gets what a batch writes beneath its unsaved typing', async () => {
  const note = await db.add(Note, { title: 'Plan', body: 'one\ntwo' });
  await sync();
  const first = keyed(ana, note.id, 3, '!');
  const second = keyed(ana, note.id, 8, '?');
  const news: string[] = [];
  second.subscribe((change) => news.push(change.type === 'updates' ? `updates ${change.version}` : change.type));
  const before = entries();
  const at = second.version;
  db.batch(() => {
    note.body.insert(4, ' 1');
    note.body.append(' 2');
  });
  expect([second.text(), second.pull(at)]).toEqual([
    'one! 1\ntwo? 2',
    [{ changes: [4, [0, ' 1'], 5, [0, ' 2']], clientId: '' }],
  ]);
  expect(news.slice(-2)).toEqual([`updates ${at}`, 'saved']);
  expect(entries() - before).toBe(2); // what was typed is no part of the batch
  await sync();
  expect(String(theirs.get(Note, note.id)?.body)).toBe('one! 1\ntwo? 2');
  [first, second].forEach((one) => one.close());
});

test('places outside and halves of characters are refused in a batch as elsewhere', async () => {
  const note = await db.add(Note, { title: 'Plan', body: '🌿' });
  db.batch(() => {
    expect(() => note.body.insert(3, 'x')).toThrow(expect.objectContaining({ type: 'argument-invalid' }));
    expect(() => note.body.insert(1, 'x')).toThrow(expect.objectContaining({ type: 'bad-request' }));
    expect(() => new LiveText(ana.space, 'ab'.repeat(16), 'body').append('x')).toThrow(
      expect.objectContaining({ type: 'object-not-found' }),
    );
    note.body.append('🌿');
    note.body.delete(0, 2);
  });
  expect(String(note.body)).toBe('🌿');
  ana.replica.role = 'reader';
  const before = entries();
  expect(() => db.batch(() => note.body.append('x'))).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  expect([String(note.body), entries()]).toEqual(['🌿', before]);
});

test('reading single objects and their references in a batch leaves it one entry', async () => {
  const [book, other] = [await db.add({ type: 'book', name: 'Sea' }), await db.add({ type: 'book', name: 'Sky' })];
  const note = await db.add(Note, { title: 'Plan', next: ref(book) });
  await sync();
  const before = entries();
  const told: unknown[] = [];
  const cancel = db.query({ type: 'book' }).subscribe((all) => told.push(all.map((one) => one['name'])));
  const gone = db.batch(() => {
    book['name'] = 'Sea, second';
    expect(note.next?.target?.['name']).toBe('Sea, second');
    note.next = ref(other);
    expect([note.next.target?.id, db.get(Note, note.id)?.next?.target?.['name']]).toEqual([other.id, 'Sky']);
    const id = ana.space.create({ type: 'book', name: 'Land' });
    note.next = ref({ id });
    const target = note.next.target;
    expect([target?.id, target?.['name']]).toEqual([id, 'Land']);
    void db.remove({ id });
    expect(note.next.target).toBeUndefined();
    void db.restore(id);
    expect(note.next.target?.['name']).toBe('Land');
    void db.remove(other);
    expect(ana.space.get(other.id)?.deleted).toBe(true);
    expect(ana.space.spaceFields()).toEqual({});
    ana.space.setSpaceField('name', 'Home');
    expect([ana.space.spaceFields(), ana.space.lamportOf(id)]).toEqual([{ name: 'Home' }, undefined]);
    expect(ana.space.lamportOf(note.id)).toBeUndefined();
    return other.id;
  });
  expect(entries() - before).toBe(1);
  await sync();
  expect(told).toEqual([
    ['Sea', 'Sky'],
    ['Sea, second', 'Land'],
  ]);
  expect(theirs.get(Note, note.id)?.next?.target?.['name']).toBe('Land');
  expect(ben.space.get(gone)?.deleted).toBe(true);
  expect(entries() - before).toBe(1);
  cancel();
});

test('an object that is read in a batch is what it is after it', async () => {
  const old = await db.add({ type: 'book', name: 'Sea' });
  await sync();
  const read = db.batch(() => {
    const id = ana.space.create({ type: 'book', name: 'Sky', tags: 1 }, { body: 'text' });
    ana.space.unset(id, '/tags');
    ana.space.set(old.id, '/name', 'Seas');
    ana.space.changeText(old.id, 'body', (text) => ({ at: text.length, remove: 0, insert: 'new' }));
    return [id, old.id].flatMap((one) => [ana.space.get(one), ana.space.get(one, { texts: true })]);
  });
  expect(read).toEqual(read.map((one, i) => ana.space.get(one?.id ?? '', { texts: i % 2 === 1 })));
  expect(read.map((one) => one?.texts)).toEqual([undefined, { body: 'text' }, undefined, { body: 'new' }]);
});

test('a query in a batch writes what was before it, texts too; what comes after it is another entry', async () => {
  const note = await db.add(Note, { title: 'Plan', body: 'one' });
  await sync();
  const before = entries();
  const changes = () => {
    note.body.append(' two');
    expect(db.query({ title: 'Plan' }).count).toBe(1);
    note.body.append(' three');
    note.title = 'Plans';
  };
  expect(failing(changes)).toThrow('on purpose');
  expect([String(note.body), note.title, entries() - before]).toEqual(['one two', 'Plan', 1]);
  db.batch(changes);
  expect([String(note.body), note.title, entries() - before]).toEqual(['one two two three', 'Plans', 3]);
});

test('a batch that does not find room leaves texts, fields and open editors as they were', async () => {
  const note = await db.add(Note, { title: 'Plan', body: 'one' });
  const open = ana.space.document(note.id, 'body');
  await sync();
  const version = open.version;
  const change = () => {
    note.title = 'Plans';
    note.body.append(' two');
    ana.space.create({ type: 'note', title: 'New' }, { body: 'new' });
  };
  ana.storage.exec(`CREATE TEMP TRIGGER full BEFORE INSERT ON text_update BEGIN SELECT RAISE(ABORT, 'full'); END`);
  expect(() => db.batch(change)).toThrow();
  ana.storage.exec('DROP TRIGGER full');
  expect([note.title, String(note.body), open.text(), open.version]).toEqual(['Plan', 'one', 'one', version]);
  expect(db.query(Note).count).toBe(1);
  db.batch(change);
  await sync();
  expect([String(note.body), open.text()]).toEqual(['one two', 'one two']);
  expect(theirs.query(Note).objects.map(({ title }) => title)).toEqual(['Plans', 'New']);
  expect(ben.replica.rejected).toEqual([]);
  open.close();
});

test('a batch that is larger than an entry is several, an object whole in one where it fits', async () => {
  const note = await db.add(Note, { title: 'Plan', body: 'one' });
  await sync();
  const before = entries();
  db.batch(() => {
    for (let n = 0; n < 6; n++) {
      const id = ana.space.create({ type: 'note', title: `${n}` }, { body: String(n).repeat(20_000) });
      new LiveText(ana.space, id, 'body').append(String(n).repeat(20_000));
      ana.space.set(id, '/tail', n);
    }
    note.body.append('x'.repeat(300_000));
    note.body.delete(0, 3);
  });
  expect(entries() - before).toBe(3);
  const written = ana.replica.itemsOf(ana.replica.written.slice(before));
  for (const { items } of written) {
    for (const [, registers, text] of items) if (registers?.['/tail'] !== undefined) expect(text).not.toBeNull();
  }
  await sync();
  expect(theirs.query(Note).objects.map((one) => one.body.length)).toEqual([300_000, ...Array<number>(6).fill(40_000)]);
  expect(ben.replica.rejected).toEqual([]);
});

test('as many small changes of a text as no entry would hold are several updates', async () => {
  const places = 10_000;
  const note = await db.add(Note, { title: 'Plan', body: '-'.repeat(places) });
  await sync();
  db.batch(() => {
    for (let n = 0; n < places; n++) note.body.insert(2 * n, 'ä');
  });
  await sync();
  expect(String(theirs.get(Note, note.id)?.body)).toBe('ä-'.repeat(places));
  expect(ben.replica.rejected).toEqual([]);
});

test('a batch is one step also where it changed texts alone, apart from what was typed around it', () => {
  const { here, there, exchange } = two();
  const [a, b] = [here.create({ n: 1 }, { body: 'a' }), here.create({}, { body: 'b' })];
  clock.advance(10_000);
  const all = () => [body(here, a), body(here, b), here.fields(a)?.['n']];
  const append = (id: string, text: string) => new LiveText(here, id, 'body').append(text);
  typed(here, a, 1, 0, '1');
  here.batch(() => {
    append(a, '2');
    append(b, '2');
    append(a, '3');
  });
  typed(here, a, 4, 0, '4');
  here.batch(() => {
    append(a, '5');
    here.set(a, '/n', 2);
  });
  expect(all()).toEqual(['a12345', 'b2', 2]);
  const steps = [
    ['a1234', 'b2', 1],
    ['a123', 'b2', 1],
    ['a1', 'b', 1],
    ['a', 'b', 1],
  ];
  for (const step of steps) expect([here.steps.undo(), all()]).toEqual([true, step]);
  for (const step of [...steps.slice(0, -1).reverse(), ['a12345', 'b2', 2]]) {
    expect([here.steps.redo(), all()]).toEqual([true, step]);
  }
  exchange();
  expect([body(there, a), body(there, b), there.fields(a)?.['n']]).toEqual(all());
  here.batch(() => {
    here.set(b, '/n', 1);
    append(b, 'x'.repeat(300_000));
  });
  // Of a batch that is larger than an entry each one is a step.
  expect([here.steps.undo(), body(here, b).length > 100_000, here.fields(b)?.['n']]).toEqual([true, true, 1]);
  expect([here.steps.undo(), body(here, b), here.fields(b)?.['n']]).toEqual([true, 'b2', undefined]);
});

test('an object made in a batch is referred to, written and related in the same entry', async () => {
  const Needs = defineRelation('needs', z.object({ amount: z.number() }));
  const Later = defineType('later', {
    '~standard': { version: 1, vendor: 'own', validate: async () => ({ value: {} }) },
  });
  const before = entries();
  const change = () => {
    const book = db.create({ type: 'book', name: 'Sea' });
    const note = db.create(Note, { title: 'Plan', body: 'one', tags: ['red'], next: ref(book) });
    note.body.append(' two');
    note.tags.add('blue');
    expect(note.next?.target?.['name']).toBe('Sea');
    void db.relate(Needs, note, book, { amount: 2 });
    return note;
  };
  expect(failing(() => void change())).toThrow('on purpose');
  expect(() => db.batch(() => [change(), db.create(Note, { title: 5 } as never)])).toThrow(
    expect.objectContaining({ type: 'value-refused' }) as Error,
  );
  expect([entries() - before, db.query({}).count]).toEqual([0, 0]);
  const note = db.batch(change);
  await sync();
  expect(entries() - before).toBe(1);
  const theirNote = theirs.get(Note, note.id);
  expect([theirNote?.title, String(theirNote?.body), theirNote?.tags.values()]).toEqual([
    'Plan',
    'one two',
    ['blue', 'red'],
  ]);
  expect(theirNote?.next?.target?.['name']).toBe('Sea');
  expect(theirs.relations(Needs, { from: note }).objects.map(({ to }) => to.target?.['name'])).toEqual(['Sea']);
  const invalid = (argument: string) =>
    expect.objectContaining({ type: 'argument-invalid', detail: { argument } }) as Error;
  expect(() => db.create(Later, {})).toThrow(invalid('schema'));
  expect(() => db.create(Needs, { amount: 1 })).toThrow(invalid('type'));
  expect(() => db.create(Note, 'text' as never)).toThrow(invalid('fields'));
});

test('of a text that was assigned a selection is brought back by itself', () => {
  const { here } = two();
  const note = here.create({}, { body: 'one two three four' });
  here.flush();
  const moment = here.history.now() as string;
  new LiveText(here, note, 'body').assign('one TWO three FOUR');
  here.history.restoreText(note, 'body', moment, { start: 0, end: 8 });
  expect(body(here, note)).toBe('one two three FOUR');
});
