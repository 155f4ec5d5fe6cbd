/** What turns one text into another does so, touches little, and ends soon. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differences, differencesWithin } from './text-difference.ts';
import type { Splice } from './text.ts';

const applied = (text: string, splices: readonly Splice[]): string =>
  splices.reduce((now, { at, remove, insert }) => now.slice(0, at) + insert + now.slice(at + remove), text);
const told = (before: string, after: string) =>
  differences(before, after).map(({ at, remove, insert }) => [at, remove, insert]);

test('words that change are told apart, and what is between them is not touched', () => {
  expect(told('one two three four five', 'one TWO three four FIVE')).toEqual([
    [4, 3, 'TWO'],
    [19, 4, 'FIVE'],
  ]);
  expect(told('a\nb\nc\nd\ne\n', 'a\nB1\nc\nd\ne\nf\n')).toEqual([
    [2, 1, 'B1'],
    [10, 0, '\nf'],
  ]);
  expect(told('the red, round house', 'the big, blue house')).toHaveLength(1); // nothing but a comma is between
  expect([told('same', 'same'), told('', 'x'), told('x', '')]).toEqual([[], [[0, 0, 'x']], [[0, 1, '']]]);
  expect(told('🌿 a 🌿', '🌱 a 🌱').every(([, , insert]) => String(insert).isWellFormed())).toBe(true);
});

test('of a part, what is outside of its words stays as it is', () => {
  const text = fc.array(fc.constantFrom('one', 'two', 'three', ' ', '\n', ', ', '🌿', 'x'), { maxLength: 30 });
  fc.assert(
    fc.property(text, text, fc.nat(60), fc.nat(60), (old, now, a, b) => {
      const [before, after] = [old.join(''), now.join('')];
      // Where a word begins or ends.
      const places = [...before.matchAll(/[a-z]+|[^a-z]/gu)].map(({ index }) => index).concat(before.length);
      const [start, end] = [a, b].map((n) => places[n % places.length] as number).sort((x, y) => x - y) as [
        number,
        number,
      ];
      const made = applied(before, differencesWithin(before, after, { start, end }));
      if (end - start === before.length) expect(made).toBe(after);
      expect([made.slice(0, start), made.slice(made.length - before.length + end)]).toEqual([
        before.slice(0, start),
        before.slice(end),
      ]);
    }),
    { numRuns: 2000 },
  );
});

test('they make of any text any other one, without cutting a character', () => {
  const word = fc.constantFrom('one', 'two', 'three', ' ', '\n', ', ', '🌿', '🌱', '水', '\n\n', 'x');
  const text = fc.array(word, { maxLength: 40 }).map((words) => words.join(''));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const splices = differences(before, after);
      expect(applied(before, splices)).toBe(after);
      for (const [i, { at }] of splices.entries()) {
        expect(at).toBeGreaterThan((splices[i - 1]?.at ?? -1) + (splices[i - 1]?.insert.length ?? 0));
        expect(applied(before, splices.slice(0, i + 1)).isWellFormed()).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

test('of megabytes with a few changes it finds these, and of two that have nothing in common one', () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `Line ${i} of a text that is quite long, with some words.\n`);
  const changed = lines.map((line, i) => (i % 400 === 7 ? line.replace('quite', 'very') : line));
  const [before, after] = [lines.join(''), changed.join('')];
  const splices = differences(before, after);
  expect(splices).toHaveLength(100);
  expect(splices[0]).toMatchObject({ remove: 5, insert: 'very' });
  expect(applied(before, splices)).toBe(after);
  let seed = 1;
  const random = (): string => ((seed = (seed * 48_271) % 2_147_483_647) % 100_000).toString(36);
  const unlike = (): string => Array.from({ length: 300_000 }, random).join(' ');
  const [one, other] = [unlike(), unlike()];
  const found = differences(one, other);
  expect(found).toHaveLength(1);
  expect(applied(one, found)).toBe(other);
});
