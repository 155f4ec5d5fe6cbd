import { expect, test } from 'vitest';
import { personalName } from '../../preload/contract/operation.ts';
import { isName, nameProblem, tidyName } from './name.ts';

test('what counts as a name here is what the contract takes', () => {
  const typed = [
    'Garden',
    '  Garden  ',
    'Garden\tand\nyard',
    'x'.repeat(64),
    ` ${'x'.repeat(64)} `,
    'x'.repeat(65),
    '',
    ' \n ',
    '\u202E',
    'Gar\u202Eden',
  ];
  expect(typed.map(isName)).toEqual(typed.map((name) => personalName.safeParse(tidyName(name)).success));
  expect(typed.map(isName)).toEqual([true, true, true, true, true, false, false, false, false, true]);
});

test('what turns round the words beside a name is left out of it; marks of direction stay', () => {
  expect(tidyName('Gar\u202Eden\u2066')).toBe('Garden');
  expect(tidyName('\u200Fחנה')).toBe('\u200Fחנה');
});

test('a name that is too long says by how much', () => {
  expect(nameProblem('x'.repeat(64))).toBeNull();
  expect(nameProblem(' '.repeat(9) + 'x'.repeat(65))).toBe('That is 1 character too long: a name has 64 at most.');
  expect(nameProblem('x'.repeat(100))).toBe('That is 36 characters too long: a name has 64 at most.');
});
