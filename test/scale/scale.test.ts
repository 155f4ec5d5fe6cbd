/** docs/scale.md shows what the program makes of its figures, and the figures are still those of this Cove. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { readDocument } from '../docs/documents.ts';
import { readFigures } from './figures.ts';
import { CROWDS, growth } from './memory.ts';
import type { Crowd } from './memory.ts';
import { ACCEPTS, PLANS, play, playReturn } from './plays.ts';
import type { Share } from './plays.ts';
import { bytes, said, withTables } from './tables.ts';

beforeAll(ready);

const figures = readFigures();
const document = readDocument('docs/scale.md');

test('the tables of docs/scale.md are what the arithmetic makes of the figures', () => {
  expect(withTables(document, figures)).toBe(document);
});

test('another figure, or a table less, is noticed', () => {
  const plays = { ...figures.plays, '16 members': { ...(figures.plays['16 members'] as Share), delivered: 1 } };
  expect(withTables(document, { ...figures, plays })).not.toBe(document);
  expect(() => withTables(document, { ...figures, plays: {} })).toThrow();
  expect(() => withTables(document.replace('<!-- scale: spaces -->', ''), figures)).toThrow('no place for spaces');
});

test('every play has its figures, and no other has', () => {
  expect(Object.keys(figures.plays).sort()).toEqual(Object.keys(PLANS).sort());
  expect(figures.returns.map(({ accepts }) => accepts)).toEqual([...ACCEPTS]);
});

/** What changes how devices look for each other changes these by more: `npm run scale` then. */
const DRIFT = 0.25;
const TENTH = 10;
const near = (value: number, other: number): boolean => Math.abs(value - other) <= DRIFT * other;

for (const name of ['2 members', '4 members', 'apart', 'midnight']) {
  test(`${name}: a day still costs what docs/scale.md is made of`, async () => {
    const [found, kept] = [await play(name), figures.plays[name] as Share];
    const keys = ['published', 'delivered', 'deliveredBytes', 'subscribed', 'topics', 'busiest'] as const;
    expect(keys.filter((key) => !near(found[key], kept[key])).map((key) => [key, found[key], kept[key]])).toEqual([]);
  });
}

test('a broker that makes too few connections a second is not come back to, as docs/scale.md says', async () => {
  for (const accepts of [0, 200]) {
    const kept = figures.returns.find((one) => one.accepts === accepts);
    const { peak, back } = await playReturn(accepts, TENTH);
    expect(near(peak, kept?.peak ?? 0)).toBe(true);
    expect(near(back ?? 0, kept?.back ?? Infinity)).toBe(true);
  }
  expect((await playReturn(Math.min(...ACCEPTS.filter((accepts) => accepts > 0)), TENTH)).back).toBeNull();
});

test.runIf(process.platform === 'linux')('a mosquitto still takes as much memory for topics, and for TLS', async () => {
  for (const [at, clients] of [
    [1, 400],
    [3, 200],
  ] as const) {
    const found = await growth({ ...(CROWDS[at] as Crowd), clients });
    expect(near(found, figures.memory[at]?.bytes ?? 0), `${found} bytes`).toBe(true);
  }
});

test('figures are said with three digits', () => {
  expect([0, 0.04, 1.26, 9.96, 12.34, 99_960, 1_234_567].map(said)).toEqual([
    '0',
    '0',
    '1.3',
    '10',
    '12',
    '100,000',
    '1,230,000',
  ]);
  expect([0, 730, 1_500, 19_900_000_000].map(bytes)).toEqual(['0 bytes', '730 bytes', '1.5 kB', '20 GB']);
  expect(() => said(NaN)).toThrow('npm run scale');
});
