/** Words of scripts without spaces: found in their middle, shown as they were, exact after every change, in older profiles too. */
import fc from 'fast-check';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDevice, type TestDevice } from '../../../test/objects/device.ts';
import { ready } from '../crypto/sodium.ts';
import { matchExpression, rejoined, separated } from './text-words.ts';

beforeAll(ready);
let device: TestDevice;
const open = (): TestDevice => (device = createTestDevice(1));
afterEach(() => device?.remove());

test('letters of such scripts stand apart, everything else stays as it is', () => {
  const apart = (text: string) => separated(text).replaceAll('\u0001', '|');
  expect(apart('Tokyo 2020, naïve façade 서울에서 नमस्ते')).toBe('Tokyo 2020, naïve façade 서울에서 नमस्ते');
  expect(apart('東京タワーでcoffeeを')).toBe('東|京|タ|ワ|ー|で|coffee|を');
  expect(apart('กิน 2本。はい')).toBe('กิ|น 2|本。は|い');
  expect(apart('𠮷野')).toBe('𠮷|野');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!/[\u0001\u0004]/.test(text));
      expect(rejoined(separated(text))).toBe(text);
    }),
  );
  expect(matchExpression('tea "green tea" ca')).toBe('"tea" "green tea" "ca"*');
});

test('two letters in the middle of Japanese text are found, marked, and shown as they stand there', () => {
  const { space } = open();
  const id = space.create(
    { type: 'note', title: '旅行の計画' },
    { body: '来年は家族と東京タワーへ行く。Coffee at 京都駅 after ภาษาไทย.' },
  );
  space.create({ type: 'note', title: '別の話' }, { body: '京の東にある' });
  const hits = (words: string) =>
    space.search(words, 9).map((hit) => [hit.id, hit.excerpt.filter((one) => one.hit).map(({ text }) => text)]);
  expect(hits('東京')).toEqual([[id, ['東京']]]);
  expect(hits('京都 coffee')).toEqual([[id, ['Coffee', '京都']]]);
  expect(hits('"タワーへ行く" cof')).toEqual([[id, ['タワーへ行く', 'Coffee']]]);
  expect(hits('駅')).toEqual([[id, ['駅']]]);
  expect(hits('ไทย')).toEqual([[id, ['ไทย']]]);
  expect(hits('東京駅')).toEqual([]);
  const [hit] = space.search('計画', 9);
  expect([hit?.title, hit?.snippet]).toEqual([
    '旅行の計画',
    '来年は家族と東京タワーへ行く。Coffee at 京都駅 after ภาษาไทย.\n',
  ]);
  const [whole] = space.query({ text: '東京', texts: true, excerpt: 8 });
  expect([whole?.texts?.['body'], whole?.excerpt]).toEqual([
    '来年は家族と東京タワーへ行く。Coffee at 京都駅 after ภาษาไทย.',
    '来年は家族と東京',
  ]);
});

test('a sign upon the last letter of a hit belongs to it', () => {
  const { space } = open();
  space.create({ type: 'note', memo: 'เรากินข้าว' });
  expect(space.search('กิน', 1)[0]?.excerpt.map(({ text }) => text)).toEqual(['เรา', 'กิน', 'ข้าว\n']);
  expect(space.search('กิ', 1)[0]?.excerpt.find((one) => one.hit)?.text).toBe('กิ');
});

test('decomposed Japanese and Korean are found by composed words and the reverse, and shown as they are', () => {
  const { space } = open();
  const texts = ['がぎぐ 한국어', '까마귀ガラス'].flatMap((text) => [text.normalize('NFD'), text]);
  const ids = texts.map((memo) => space.create({ type: 'note', title: 't' }, { body: memo }));
  const plain = space.create({ type: 'note' }, { body: 'かきく カラス' });
  const found = (text: string) => space.query({ text }).map(({ id }) => id);
  for (const form of ['NFC', 'NFD']) {
    for (const word of ['がぎぐ', 'ぎぐ', '한국어', '한국'])
      expect(found(word.normalize(form)), `${form} ${word}`).toEqual(ids.slice(0, 2));
    for (const word of ['까마귀', 'ガラ'])
      expect(found(word.normalize(form)), `${form} ${word}`).toEqual(ids.slice(2, 4));
  }
  expect(found('かきく')).toEqual([plain]);
  const shown = space.query({ type: 'note', texts: true }).map((one) => one.texts?.['body']);
  expect(shown).toEqual([...texts, 'かきく カラス']);
  for (const hit of space.search('ぎぐ', 9)) {
    expect(hit.snippet).toBe('がぎぐ 한국어\n');
    expect(hit.excerpt.filter((one) => one.hit).map(({ text }) => text)).toEqual(['ぎぐ']);
  }
  // As it was indexed before.
  device.storage.exec(`INSERT INTO text_search (text_search) VALUES ('delete-all');
    UPDATE text_index SET body = '${'meoli 한국어'.normalize('NFD')}' WHERE body LIKE '%가%' OR body LIKE '%한국%';
    INSERT INTO text_search (text_search) VALUES ('rebuild')`);
  expect(found('한국어 meoli'.normalize('NFD'))).toEqual(ids.slice(0, 2));
  expect(found('meoli 한국')).toEqual(ids.slice(0, 2));
  expect(found('meoli "한국어"')).toEqual(ids.slice(0, 2));
  const mixed = `${texts[0] as string}한국어${texts[2] as string}の\u3099が`;
  expect(rejoined(separated(mixed))).toBe(mixed);
  device.storage.exec("INSERT INTO text_search (text_search, rank) VALUES ('integrity-check', 1)");
});

const piece = fc.constantFrom('東', '京', '都', 'の', 'カ', 'ab', 'abc', 'b', ' ', '。', '\n');
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
const tokensOf = (of: string): string[] => of.match(/[東京都のカ]|[abc]+/g) ?? [];

/** As a plain look at each text: the words in a row, the last one perhaps unfinished. */
function contains(of: string, words: string): boolean {
  const [all, wanted] = [tokensOf(of), tokensOf(words)];
  return all.some((_, at) =>
    wanted.every((word, i) =>
      i === wanted.length - 1 ? all[at + i]?.startsWith(word) === true : all[at + i] === word,
    ),
  );
}

test('whatever is written, changed and removed, a search finds what a look at each text finds', () => {
  const { space } = open();
  const words = fc.array(fc.constantFrom('東', '京', '都', 'の', 'カ', 'ab', 'a'), { minLength: 1, maxLength: 3 });
  const step = fc.tuple(fc.constantFrom('create', 'change', 'change', 'remove', 'restore'), fc.nat(), text);
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 6 }),
      words.map((some) => some.join('')),
      (steps, asked) => {
        for (const [what, which, memo] of steps) {
          const all = space.query({ deleted: 'also' });
          const id = all[which % all.length]?.id;
          if (what === 'create' || id === undefined) space.create({ type: 'note', memo });
          else if (what === 'change') space.set(id, '/memo', memo);
          else if (what === 'remove') space.remove(id);
          else space.restore(id);
        }
        const expected = space
          .query({})
          .filter(({ fields }) => contains(String(fields['memo']), asked))
          .map(({ id }) => id);
        expect(space.query({ text: asked }).map(({ id }) => id)).toEqual(expected);
        found += expected.length;
      },
    ),
    { numRuns: 150 },
  );
  expect(found).toBeGreaterThan(50);
  device.storage.exec("INSERT INTO text_search (text_search, rank) VALUES ('integrity-check', 1)");
});

test('an older profile is indexed again in slices, from what is stored', () => {
  const { storage, space, clock } = open();
  const ids = Array.from({ length: 60 }, (_, i) => space.create({ type: 'note', memo: `第${i}回の東京旅行` }));
  const latin = space.create({ type: 'note', memo: 'plain words' });
  space.flush();
  space.query({ text: 'plain' });
  // As it was before.
  storage.exec(`INSERT INTO text_search (text_search) VALUES ('delete-all');
    UPDATE text_index SET title = replace(title, char(1), ''), body = replace(body, char(1), '');
    INSERT INTO text_search (text_search) VALUES ('rebuild');
    INSERT INTO text_separation SELECT 0, max(object) FROM text_index`);
  device.restart();
  const again = device.space;
  const found = (words: string) => again.query({ text: words }).map(({ id }) => id);
  expect([found('東京'), found('plain')]).toEqual([[], [latin]]);
  again.set(ids[3] as string, '/memo', '京都');
  expect(found('京都')).toEqual([ids[3]]);
  const heard: number[] = [];
  again.subscribe({ text: '東京' }, (objects) => heard.push(objects.length));
  clock.advance(3_000);
  expect(device.storage.prepare('SELECT * FROM text_separation').all()).toEqual([]);
  expect([found('東京').length, found('京都'), found('plain')]).toEqual([59, [ids[3]], [latin]]);
  expect([heard[0], heard.at(-1)]).toEqual([0, 59]);
  device.storage.exec("INSERT INTO text_search (text_search, rank) VALUES ('integrity-check', 1)");
});
