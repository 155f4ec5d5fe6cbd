/** A map that holds so many: what came last is there, and what came first goes. */
import { expect, test } from 'vitest';
import { forgetOldest, remember } from './remember.ts';

test('what was remembered last is there, and never more than an eighth too many', () => {
  const map = new Map<number, number>();
  for (let i = 0; i < 1_000; i++) {
    remember(map, i, -i, 64);
    expect(map.size).toBeLessThanOrEqual(72);
    for (let j = Math.max(0, i - 63); j <= i; j++) expect(map.get(j)).toBe(-j);
  }
  expect(map.get(0)).toBeUndefined();
});

test('said again it is the latest', () => {
  const map = new Map<string, number>();
  for (const key of ['a', 'b', 'c']) remember(map, key, 1, 8);
  remember(map, 'a', 2, 8);
  expect([...map]).toEqual([
    ['b', 1],
    ['c', 1],
    ['a', 2],
  ]);
  forgetOldest(map, 1);
  expect([...map.keys()]).toEqual(['a']);
  forgetOldest(map, 1);
  expect(map.size).toBe(1);
});
