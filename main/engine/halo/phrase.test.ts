import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { CoveError } from '../errors.ts';
import { answersMatch, entropyOf, linkWords, phraseChallenge, phraseOf, safetyWords } from './phrase.ts';

beforeAll(ready);

/** The 128-bit vectors of BIP 39's reference implementation (trezor/python-mnemonic, vectors.json). */
const VECTORS = [
  ['00000000000000000000000000000000', `${'abandon '.repeat(11)}about`],
  ['7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f', 'legal winner thank year wave sausage worth useful legal winner thank yellow'],
  [
    '80808080808080808080808080808080',
    'letter advice cage absurd amount doctor acoustic avoid letter advice cage above',
  ],
  ['ffffffffffffffffffffffffffffffff', `${'zoo '.repeat(11)}wrong`],
  ['9e885d952ad362caeb4efe34a8e91bd2', 'ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic'],
  ['c0ba5a8e914111210f2bd131f3d5e08d', 'scheme spot photo card baby mountain device kick cradle pact join borrow'],
  ['23db8160a31d3e0dca3688ed941adbf3', 'cat swing flag economy stadium alone churn speed unique patch report train'],
  [
    'f30f8c1da665478f49b001d94c5fc452',
    'vessel ladder alter error federal sibling chat ability sun glass valve picture',
  ],
] as const;

test('BIP 39 vectors, both ways', () => {
  for (const [entropy, phrase] of VECTORS) {
    expect(phraseOf(fromHex(entropy)).join(' ')).toBe(phrase);
    expect(toHex(entropyOf(phrase))).toBe(entropy);
    expect(toHex(entropyOf(`  ${phrase.toUpperCase().replaceAll(' ', '\n ')} `))).toBe(entropy);
  }
});

test('a wrong word, order, count or check word is refused', () => {
  const words = phraseOf(fromHex(VECTORS[4][0]));
  const wrong = [
    '',
    words.slice(1).join(' '),
    [...words, 'zoo'].join(' '),
    [words[1], words[0], ...words.slice(2)].join(' '),
    ['ozonee', ...words.slice(1)].join(' '),
    [...words.slice(0, 11), 'zoo'].join(' '),
  ];
  for (const phrase of wrong) {
    expect(() => entropyOf(phrase), phrase).toThrow(expect.objectContaining({ type: 'phrase-invalid' }) as CoveError);
  }
});

describe('confirming', () => {
  const entropy = fromHex(VECTORS[4][0]);
  test('asks for three different words, any of the twelve', () => {
    let draw = 0;
    const random = { bytes: () => Uint8Array.of(draw++ & 255) };
    const asked = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const positions = phraseChallenge(random);
      expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
      expect(positions).toHaveLength(3);
      for (const each of positions) asked.add(each);
    }
    expect(asked.size).toBe(12);
  });

  test('accepts the right words at their places only', () => {
    expect(
      answersMatch(
        entropy,
        [0, 5, 11].map((position) => ({ position, word: phraseOf(entropy)[position]! })),
      ),
    ).toBe(true);
    const swapped = [
      { position: 0, word: 'drill' },
      { position: 1, word: 'ozone' },
      { position: 2, word: 'grab' },
    ];
    expect(answersMatch(entropy, swapped)).toBe(false);
    expect(answersMatch(entropy, [])).toBe(false);
    expect(
      answersMatch(
        entropy,
        [12, 13, 14].map((position) => ({ position, word: 'zoo' })),
      ),
    ).toBe(false);
  });
});

test('safety words are the same from both sides and differ between pairs; link words depend on all three parts', () => {
  const [a, b, c] = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill)) as [Uint8Array, Uint8Array, Uint8Array];
  expect(safetyWords(a, b)).toEqual(safetyWords(b, a));
  expect(safetyWords(a, b)).toHaveLength(6);
  expect(safetyWords(a, b)).not.toEqual(safetyWords(a, c));
  const all = [linkWords(a, b, c), linkWords(a, c, b), linkWords(b, a, c)].map((words) => words.join(' '));
  expect(new Set(all).size).toBe(3);
});
