/** What a search finds of objects that came from another device: written as they come where that is simple, and else later. */
import { beforeAll, expect, test } from 'vitest';
import * as Y from 'yjs';
import { device, invite, person, sync } from '../../../test/engine/log/fixture.ts';
import { fullDevice } from '../../../test/engine/log/full-device.ts';
import { fromHex } from '../bytes.ts';
import { yjsClientId } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { Rejected } from './replica.ts';
import { newDocument } from './text.ts';

beforeAll(ready);

function two() {
  const [alice, bob] = [person('alice'), person('bob')];
  const [a, b] = [fullDevice(alice, 'a'), fullDevice(bob, 'b')];
  const here = a.replicas.create();
  return { a, b, here, there: invite(a, here, b, bob) };
}

/** An update as no window writes it. */
function written(logId: Uint8Array, write: (text: Y.Text) => void): Uint8Array {
  const doc = newDocument();
  doc.clientID = yjsClientId(logId);
  doc.transact(() => write(doc.getText('t:body')));
  return Y.encodeStateAsUpdate(doc);
}

/** Several structs of text, and one deleted again. */
const manifold = (logId: Uint8Array): Uint8Array =>
  written(logId, (text) => {
    text.insert(0, 'the gate');
    text.insert(4, 'green ');
    text.delete(0, 4);
  });

test('what comes with one entry is found as if its document had been read, and at once where none is needed', () => {
  const { a, b, here, there } = two();
  const space = a.objects.space(here);
  const simple = [
    space.create({ type: 'note', title: 'Plan 日本', colour: 'red' }, { body: 'a fence\rof 木材\n' }),
    space.create({ type: 'note' }, { body: 'one', aside: 'two' }),
    space.create({ type: 'note', name: 'No text' }),
    space.create({ type: 'note', title: 'Nothing' }, { body: '' }),
    space.create({ type: 'note', title: 'Proto' }, { __proto__x: 'seen', ['__proto__']: 'seen too' }),
  ];
  const long = space.create({ type: 'note', title: 'Long' }, { body: 'compost '.repeat(1_000) });
  const wide = space.create({ type: 'note', title: 'Wide', abstract: 'compost '.repeat(1_000) }, { body: 'one' });
  space.flush();
  const id = 'ab'.repeat(16);
  here.append([[fromHex(id), { '/title': [0, 'Manifold'] }, manifold(here.logId)]]);
  const returned = 'cd'.repeat(16);
  const carriage = written(here.logId, (text) => text.insert(0, 'post\roffice'));
  here.append([[fromHex(returned), { '/title': [0, 'Return'] }, carriage]]);
  sync(here, there);
  const { storage } = b;
  const dirty = storage.prepare('SELECT object_id FROM object WHERE space = ? AND text_dirty = 1').all(there.row);
  const known = [...simple, returned].map((one) =>
    storage.prepare('SELECT text_dirty FROM object WHERE object_id = ?').get(fromHex(one)),
  );
  expect(known).toEqual(known.map(() => ({ text_dirty: 0 })));
  expect(dirty.map((row) => row['object_id'])).toEqual([long, wide, id].map(fromHex));

  const indexed = storage.prepare(
    'SELECT title, body, spans FROM text_index t JOIN object o ON o.id = t.object WHERE space = ? ORDER BY t.object',
  );
  const found = b.objects.space(there).search('木材', 5).length;
  const before = indexed.all(there.row);
  storage.prepare(`UPDATE object SET text_dirty = 1`).run();
  expect([
    found,
    b.objects
      .space(there)
      .search('green', 5)
      .map((one) => one.title),
  ]).toEqual([1, ['Manifold']]);
  expect(indexed.all(there.row)).toEqual(before);
  expect(b.objects.space(there).search('木材', 5)).toHaveLength(1);
});

test('an entry that is refused where it was written leaves nothing to be found', () => {
  const { a, b, here, there } = two();
  const space = a.objects.space(here);
  space.create({ type: 'note', title: 'Good' }, { body: 'fence' });
  space.flush();
  const [one, other] = [fromHex('ab'.repeat(16)), fromHex('cd'.repeat(16))];
  const text = manifold(here.logId);
  text[2] = (text[2] as number) ^ 1; // of another client
  const { storage } = a;
  expect(() =>
    here.append([
      [one, { '/title': [0, 'Bad fence'] }, null],
      [other, null, text],
    ]),
  ).toThrow();
  expect(storage.prepare('SELECT count(*) AS n FROM text_index WHERE title = ?').get('Bad fence')).toEqual({ n: 0 });
  sync(here, there);
  expect(
    b.objects
      .space(there)
      .search('fence', 5)
      .map((found) => found.title),
  ).toEqual(['Good']);
});

test('an entry that is refused where it arrives leaves nothing to be found, whatever was written of it by then', () => {
  const [alice, bob] = [person('alice'), person('bob')];
  const a = device(alice, 'a'); // applies anything
  const titles = () => b.storage.prepare('SELECT title FROM text_index ORDER BY object').all().flatMap(Object.values);
  const rows = () => {
    const words = b.storage.prepare("SELECT count(*) AS n FROM text_search WHERE text_search MATCH 'fence'").get();
    return { titles: titles(), words: words?.['n'] };
  };
  const during: unknown[] = [];
  const b = fullDevice(bob, 'b', {
    sink: (objects) => ({
      ...objects,
      apply(entry, items) {
        objects.apply(entry, items);
        if (items[0]?.[1]?.['/refused'] === undefined) return;
        during.push(rows());
        throw new Rejected('what an object layer of another time does not take');
      },
    }),
  });
  const here = a.replicas.create();
  const there = invite(a, here, b, bob);
  const fence = () => written(here.logId, (text) => text.insert(0, 'a fence'));
  const foreign = manifold(here.logId);
  foreign[2] = (foreign[2] as number) ^ 1; // of another client
  const id = (n: number) => new Uint8Array(16).fill(n);
  here.append([[id(1), { '/title': [0, 'Good'] }, fence()]]);
  here.append([[id(2), { '/title': [0, 'Refused'], '/refused': [0, true] }, fence()]]);
  here.append([
    [id(3), { '/title': [0, 'Beside bad text'] }, fence()],
    [id(4), null, foreign],
  ]);
  here.append([[id(5), { '/title': [0, 'Later'] }, fence()]]); // with the number of a row that was undone
  sync(here, there);
  expect(during).toEqual([{ titles: ['Good', 'Refused'], words: 2 }]);
  expect(rows()).toEqual({ titles: ['Good', 'Later'], words: 2 });
  const found = b.objects.space(there).search('fence', 5);
  expect(found.map((one) => one.title).sort()).toEqual(['Good', 'Later']);
  expect(b.storage.prepare('SELECT count(*) AS n FROM quarantine').get()).toEqual({ n: 2 });
});
