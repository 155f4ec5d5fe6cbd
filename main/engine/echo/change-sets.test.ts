/** The updates of a push, which are checked and made one, against each of them made by itself. */
import { ChangeSet, Text } from '@codemirror/state';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertFits, bringsPairs, fitting } from './change-sets.ts';
import { createFieldHistory } from './field-history.ts';
import type { DocumentUpdate } from './object-types.ts';

const text = fc
  .array(fc.constantFrom('a', 'bc', '\n', 'é', '🌱', '\ud83c'), { maxLength: 6 })
  .map((all) => all.join(''));
const well = text.filter((one) => one.isWellFormed());
/** Two places as parts of the text that is there then, rarely of one that is longer. */
const edit = fc.record({
  from: fc.nat(99),
  to: fc.nat(99),
  insert: fc.oneof({ weight: 9, arbitrary: well }, text),
  late: fc.nat(99),
});
const push = fc.record({ start: well, edits: fc.array(edit, { minLength: 1, maxLength: 8 }) });
type Push = typeof push extends fc.Arbitrary<infer T> ? T : never;

/** As a window makes them, each on the text that those before it lead to. */
function updatesOf({ start, edits }: Push): DocumentUpdate[] {
  let { length } = start;
  return edits.map(({ from, to, insert, late }) => {
    const [one = 0, other = 0] = [from, to].map((part) => Math.floor((part * length) / 99)).sort((a, b) => a - b);
    const changes = ChangeSet.of({ from: one, to: other, insert }, length + (late === 0 ? 1 : 0));
    length = changes.newLength;
    return { changes: changes.toJSON() as unknown, clientId: 'window' };
  });
}

function oneByOne(start: string, updates: readonly DocumentUpdate[]): string | undefined {
  let shown = Text.of(start.split('\n'));
  let hasPairs = /[\ud800-\udbff]/.test(start);
  try {
    for (const { changes: json } of updates) {
      const changes = ChangeSet.fromJSON(json);
      if (changes.length !== shown.length) return undefined;
      assertFits(shown, hasPairs, changes);
      hasPairs ||= bringsPairs(changes);
      shown = changes.apply(shown);
    }
    return shown.toString();
  } catch {
    return undefined;
  }
}

const tried = (start: string, updates: readonly DocumentUpdate[]) => {
  try {
    return fitting(
      createFieldHistory(start, () => undefined),
      updates,
    );
  } catch {
    return undefined;
  }
};

test('as one they are taken, refused and shown as one after the other', () => {
  let [taken, refused] = [0, 0];
  const same = fc.property(push, (one) => {
    const updates = updatesOf(one);
    const fits = tried(one.start, updates);
    const expected = oneByOne(one.start, updates);
    if (expected === undefined) refused++;
    else taken++;
    expect(fits?.text.toString()).toBe(expected);
    expect(fits?.changes.apply(Text.of(one.start.split('\n'))).toString()).toBe(expected);
    expect(fits?.updates.map(({ changes }) => changes.toJSON() as unknown)).toEqual(
      expected === undefined ? undefined : updates.map(({ changes }) => changes),
    );
  });
  fc.assert(same, { numRuns: 2_000, seed: 1 });
  expect(Math.min(taken, refused)).toBeGreaterThan(400);
});
