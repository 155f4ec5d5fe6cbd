import { expect, test } from 'vitest';
import { Prng } from '../../../test/engine/net/prng.ts';
import { Ranges } from './ranges.ts';

const LAST = 60;
const upTo = (random: Prng, most: number): number => Math.floor(random.between(0, most + 1));

/** Random ranges, with the characters that are in them. */
function drawn(random: Prng): [Ranges, boolean[]] {
  const [ranges, members] = [new Ranges(), Array.from({ length: LAST }, () => false)];
  for (let i = upTo(random, 12); i > 0; i--) {
    const from = upTo(random, LAST - 1);
    const to = Math.min(LAST, from + 1 + upTo(random, 8));
    ranges.add(7, from, to);
    members.fill(true, from, to);
  }
  ranges.settle();
  return [ranges, members];
}

test('ranges are the set of what is in them, whatever order they came in', () => {
  const random = new Prng(5);
  for (let round = 0; round < 300; round++) {
    const [[ranges, members], [others, theirs]] = [drawn(random), drawn(random)];
    const left = ranges.without(others);
    for (const [set, expected] of [
      [ranges, members],
      [left, members.map((is, i) => is && theirs[i] !== true)],
    ] as const) {
      expect(expected.map((_, clock) => set.has(7, clock))).toEqual(expected);
      const from = upTo(random, LAST - 1);
      const to = from + 1 + upTo(random, LAST - from - 1);
      const [parts, cuts]: [number[], number[]] = [[], []];
      set.parts(7, from, to, parts);
      set.cuts(7, from, to, cuts);
      const bounds = expected.flatMap((is, i) => (i > from && i < to && is !== expected[i - 1] ? [i] : []));
      expect(cuts).toEqual(bounds);
      const ends = [...(expected[from] === true ? [from] : []), ...bounds, ...(expected[to - 1] === true ? [to] : [])];
      expect(parts).toEqual(ends);
    }
  }
});

test('clocks of gigabytes of text, and ranges longer than what is sorted as one', () => {
  const ranges = new Ranges();
  const [start, length] = [2 ** 31, 5_000_000];
  ranges.add(1, start + length + 1, start + length + 2);
  ranges.add(1, start, start + length);
  ranges.add(2, 0, 1);
  ranges.settle();
  const parts: number[] = [];
  ranges.parts(1, 0, 2 ** 32, parts);
  expect(parts).toEqual([start, start + length, start + length + 1, start + length + 2]);
  expect([ranges.has(1, start + length), ranges.has(2, 0), ranges.has(3, 0)]).toEqual([false, true, false]);
});
