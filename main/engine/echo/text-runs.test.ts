/** Past texts without their document: what was folded beside the checkpoint says the same as the document does. */
import { beforeAll, expect, test } from 'vitest';
import * as Y from 'yjs';
import { body, two, type } from '../../../test/engine/log/two.ts';
import { Prng } from '../../../test/engine/net/prng.ts';
import { ready } from '../crypto/sodium.ts';
import { runsBetween, shownIn, textOf } from './history-text.ts';
import { foldTexts, textsOf, unfoldTexts } from './text-runs.ts';
import type { Texts } from './text-runs.ts';

beforeAll(ready);

test('a past text is read without its document, and with it where it has more than was folded', () => {
  const { a, here, there, exchange } = two();
  const note = here.create({ title: 'Plan' }, { body: '\ufeffstart', aside: 'beside it' });
  exchange();
  const random = new Prng(11);
  const moments: string[] = [];
  const texts: string[] = [];
  for (let i = 0; i < 560; i++) {
    const space = upTo(random, 2) === 0 ? there : here;
    const { length } = body(space, note);
    const at = upTo(random, length);
    const insert = upTo(random, 3) === 0 ? '' : `<${i}>`.repeat(1 + upTo(random, 1));
    type(space, note, at, Math.min(upTo(random, 5), length - at), insert);
    if (i % 7 === 0) exchange();
    if (i % 35 > 0) continue;
    exchange();
    moments.push(here.history.now() as string);
    texts.push(body(here, note));
  }
  const read = (most: number) =>
    moments.slice(0, most).map((moment) => ({
      texts: here.history.object(note, moment)?.texts,
      difference: here.history.difference(note, moments[0] as string, moment),
      authors: here.history.authors(note, 'body', moment),
    }));
  const document = here.document(note, 'body'); // as long as it is open, it is what is read
  const expected = read(Infinity);
  document.close();
  expect(expected.map((one) => one.texts)).toEqual(texts.map((text) => ({ body: text, aside: 'beside it' })));

  expect(read(Infinity)).toEqual(expected);
  const folded = a.storage.prepare('SELECT count(*) AS n FROM text_update WHERE bytes IS NOT NULL').get()?.['n'];
  expect(folded, 'some updates came after the checkpoint').toBeGreaterThan(0);
  a.storage.exec('DELETE FROM text_checkpoint; DELETE FROM text_update'); // nothing is left to build a document from
  expect(read(12)).toEqual(expected.slice(0, 12));
  expect(read(Infinity)).not.toEqual(expected);
});

test('texts are the same unfolded, in fewer runs', () => {
  const random = new Prng(3);
  const docs = [1, 2, 2 ** 53 - 1].map((client) => {
    const doc = new Y.Doc({ gc: false });
    doc.clientID = client;
    if (client === 1) doc.getText('t:body').insert(0, '\ufeff');
    return doc;
  });
  for (let round = 0; round < 40; round++) {
    for (const doc of docs) {
      const text = doc.getText(upTo(random, 2) === 0 ? 't:title' : 't:body');
      const at = upTo(random, text.length);
      if (upTo(random, 2) === 0) text.delete(at, Math.min(upTo(random, 4), text.length - at));
      else text.insert(at, ['x', 'some words', 'ü', '😀', '\ufeff'][upTo(random, 4)] as string);
    }
    if (round % 3 > 0) continue;
    for (const from of docs) for (const to of docs) Y.applyUpdate(to, Y.encodeStateAsUpdate(from));
  }
  for (const doc of docs) {
    const [before, after] = [textsOf(doc), unfoldTexts(foldTexts(doc))];
    expect([...after.fields].sort()).toEqual(['body', 'title']);
    for (const field of after.fields) {
      expect(unitsOf(after, field)).toEqual(unitsOf(before, field));
      expect([...after.runs(field)].length).toBeLessThan([...before.runs(field)].length);
    }
    const state = new Map([...doc.store.clients.keys()].map((client) => [client, Y.getState(doc.store, client)]));
    expect(after.reach(state)).toBe(true);
    for (const [client, clock] of state) expect(after.reach(new Map([[client, clock + 1]]))).toBe(false);
    expect(after.reach(new Map([[77, 1]]))).toBe(false);
  }
});

test('half of a character shows as Yjs replaces it', () => {
  const all = [{ client: 1, clock: 0, text: 'a😀b' }];
  const shown = (deletes: readonly number[]) =>
    shownIn({ entries: 1, inserted: [{ log: '', clock: 4 }], deletes }, () => 1);
  const text = (deletes: readonly number[]) => textOf(all, shown(deletes));
  expect([text([]), text([1, 2, 1]), text([1, 1, 2])]).toEqual(['a😀b', 'a\ufffdb', 'ab']);
  expect(runsBetween(all, shown([]), shown([1, 2, 1]))).toEqual([
    { kind: 'same', text: 'a\ufffd' },
    { kind: 'deleted', text: '\ufffd' },
    { kind: 'same', text: 'b' },
  ]);
});

/** A number in [0, most]. */
const upTo = (random: Prng, most: number): number => Math.floor(random.between(0, most + 1));

/** Each UTF-16 unit with whose it is. */
const unitsOf = (texts: Texts, field: string): string[] =>
  [...texts.runs(field)].flatMap(({ client, clock, text }) =>
    text.split('').map((unit, i) => `${client} ${clock + i} ${unit}`),
  );
