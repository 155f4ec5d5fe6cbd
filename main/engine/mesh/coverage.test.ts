/** Who has everything: the same as by looking at all, for the price of what has changed. */
import { expect, test } from 'vitest';
import { fromHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { LogHead } from '../echo/replica.ts';
import { Prng } from '../../../test/engine/net/prng.ts';
import { Coverage } from './coverage.ts';

const name = (n: number): Hex => n.toString(16).padStart(32, '0');

/** So many devices and logs, where each has acknowledged everything; `looks` counts what was looked at. */
function space(devices: number, logs: number) {
  const heads = new Map<Hex, LogHead>();
  const acks = new Map<string, number>();
  let looks = 0;
  const coverage = new Coverage(heads, (device, log) => {
    looks++;
    return acks.get(`${device}/${log}`) ?? 0;
  });
  const move = (log: number, seq: number): void => {
    const key = name(log);
    coverage.moved(key, heads.get(key)?.[1] ?? 0);
    heads.set(key, [fromHex(key), seq, new Uint8Array(32)]);
  };
  const acknowledge = (device: number, log: number, seq: number): void => {
    const key = `${name(device)}/${name(log)}`;
    const from = acks.get(key) ?? 0;
    acks.set(key, seq);
    coverage.acknowledged(name(device), name(log), from, seq);
  };
  for (let log = 0; log < logs; log++) move(log, 1);
  for (let device = 0; device < devices; device++) {
    for (let log = 0; log < logs; log++) acknowledge(device, log, 1);
  }
  const all = Array.from({ length: devices }, (_, device) => name(device));
  const complete = (): number => all.filter((device) => coverage.complete(device)).length;
  const has = (device: Hex): boolean =>
    heads.size > 0 && [...heads].every(([log, [, seq]]) => (acks.get(`${device}/${log}`) ?? 0) >= seq);
  const slowly = (): number => all.filter(has).length;
  /** What a question to all of them looked at. */
  const cost = (): number => {
    const before = looks;
    complete();
    return looks - before;
  };
  return { move, acknowledge, complete, slowly, cost };
}

test('of 200 devices and 300 logs all are looked at once, and then what has moved', () => {
  const { move, acknowledge, complete, cost } = space(200, 300);
  expect(cost()).toBe(200 * 300);
  expect(cost()).toBe(0);
  for (let seq = 2; seq < 50; seq++) move(7, seq);
  expect(cost()).toBe(200);
  expect(complete()).toBe(0);
  for (let device = 0; device < 150; device++) acknowledge(device, 7, 49);
  expect(cost()).toBe(0);
  expect(complete()).toBe(150);
});

test('whatever moves in whatever order, the answer is that of looking at all', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const prng = new Prng(seed);
    const { move, acknowledge, complete, slowly } = space(seed % 5, seed % 3);
    const some = (most: number): number => prng.u32() % most;
    for (let step = 0; step < 300; step++) {
      const [log, seq] = [some(4), some(4)];
      // Back as well: a log that tells two stories ends where they part, and an older copy may be put back.
      if (prng.chance(0.3)) move(log, seq);
      else acknowledge(some(5), log, seq);
      if (prng.chance(0.5)) expect([seed, step, complete()]).toEqual([seed, step, slowly()]);
    }
  }
});
