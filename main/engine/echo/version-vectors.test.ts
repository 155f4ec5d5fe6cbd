/** Packed version vectors: what they say, what they take of memory, and what of one is news after another. */
import { expect, test } from 'vitest';
import { toHex } from '../bytes.ts';
import { writeDeps } from './entry.ts';
import { eachNews, NOTHING, placesOf, Vectors } from './version-vectors.ts';
import type { Vector } from './version-vectors.ts';

const idOf = (n: number): Uint8Array => {
  const id = new Uint8Array(16).fill(7);
  new DataView(id.buffer).setUint16(13, n);
  return id;
};
const bytesOf = (seqs: Readonly<Record<number, number>>): Uint8Array =>
  writeDeps(Object.entries(seqs).map(([n, seq]) => ({ logId: idOf(Number(n)), log: toHex(idOf(Number(n))), seq })));

function news(vectors: Vectors, vector: Vector, before: Vector): [number, number][] {
  const told: [number, number][] = [];
  const logs = new Map(Array.from({ length: 900 }, (_, n) => [vectors.numberOf(toHex(idOf(n))), n]));
  eachNews(vector, before, (log, seq) => told.push([logs.get(log) as number, seq]));
  return told;
}

test('a packed vector says of each log what was written, beyond 32 bits too, and takes twelve bytes for it', () => {
  const vectors = new Vectors();
  // Numbers are not in the order of ids: those of the middle come first.
  vectors.pack(bytesOf({ 400: 1, 401: 1 }));
  const seqs = Object.fromEntries(Array.from({ length: 800 }, (_, n) => [n, n === 3 ? 2 ** 40 + 5 : 1 + (n % 90)]));
  const vector = vectors.pack(bytesOf(seqs));
  expect([placesOf(vector), vector.byteLength]).toEqual([800, 800 * 12]);
  for (const [n, seq] of Object.entries(seqs)) expect(vectors.seqOf(vector, toHex(idOf(Number(n))))).toBe(seq);
  const short = vectors.pack(bytesOf({ 3: 4, 700: 2 }));
  const seen = [2, 3, 5, 700, 701, 5_000].map((n) => vectors.seqOf(short, toHex(idOf(n))));
  expect(seen).toEqual([0, 4, 0, 2, 0, 0]);
  expect(vectors.seqOf(NOTHING, toHex(idOf(3)))).toBe(0);
});

test('a vector that says what the one before it says takes nothing', () => {
  const vectors = new Vectors();
  const before = vectors.pack(bytesOf({ 1: 1, 2: 9 }));
  expect(vectors.pack(bytesOf({ 1: 1, 2: 9 }), before)).toBe(before);
  expect(vectors.pack(bytesOf({}))).toBe(NOTHING);
  for (const other of [{ 1: 1 }, { 1: 1, 2: 10 }, { 1: 1, 3: 9 }, { 1: 1, 2: 9, 3: 1 }, {}]) {
    const vector = vectors.pack(bytesOf(other), before);
    const seqs = [1, 2, 3].map((n) => vectors.seqOf(vector, toHex(idOf(n))));
    expect(seqs).toEqual([1, 2, 3].map((n) => (other as Record<number, number>)[n] ?? 0));
  }
});

test('what is news in a vector is what has grown, and everything where something is gone', () => {
  const vectors = new Vectors();
  const pack = (seqs: Record<number, number>): Vector => vectors.pack(bytesOf(seqs));
  const before = pack({ 2: 5, 4: 5, 6: 5 });
  const after = (seqs: Record<number, number>): [number, number][] => news(vectors, pack(seqs), before);
  expect(after({ 2: 5, 4: 6, 6: 5 })).toEqual([[4, 6]]);
  expect(after({ 1: 1, 2: 5, 3: 2, 4: 5, 6: 2 ** 33, 9: 1 })).toEqual([
    [1, 1],
    [3, 2],
    [6, 2 ** 33],
    [9, 1],
  ]);
  expect(after({ 2: 5, 6: 5 })).toEqual([
    [2, 5],
    [6, 5],
  ]);
  expect(news(vectors, before, before)).toEqual([]);
});
