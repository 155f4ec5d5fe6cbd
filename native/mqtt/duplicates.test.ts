import { expect, test } from 'vitest';
import type { Clock } from '../../main/engine/ports.ts';
import { Duplicates } from './duplicates.ts';
import { TokenBucket } from './token-bucket.ts';

const message = Uint8Array.of(1, 2, 3);

test('copies over several brokers are one message, and sending again is another', () => {
  const duplicates = new Duplicates();
  const admitted = ['a', 'b', 'c', 'b', 'a', 'a', 'c'].map((broker) => duplicates.admit(broker, 't', message));
  expect(admitted).toEqual([true, false, false, true, false, true, false]);
});

test('equal bytes on another topic are another message', () => {
  const duplicates = new Duplicates();
  expect([duplicates.admit('a', 't', message), duplicates.admit('b', 'u', message)]).toEqual([true, true]);
});

test('what is remembered is bounded', () => {
  const duplicates = new Duplicates();
  duplicates.admit('a', 't', message);
  for (let i = 0; i < 5_000; i++) duplicates.admit('a', 't', Uint8Array.of(i & 255, i >> 8));
  expect(duplicates.admit('b', 't', message)).toBe(true);
});

test('a token bucket lets a burst pass and then so many per second', () => {
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
  const bucket = new TokenBucket(clock, { perSecond: 10, burst: 5 });
  const taken = (): number => Array.from({ length: 50 }, () => bucket.take()).filter(Boolean).length;
  expect(taken()).toBe(5);
  now += 300;
  expect(taken()).toBe(3);
  now += 3_600_000;
  expect(taken()).toBe(5);
});
