import { expect, test } from 'vitest';
import { momentOf, placeOf } from './moment.ts';

const log = '0f'.repeat(16);

test.each([1, 255, 2 ** 32, Number.MAX_SAFE_INTEGER])('entry %d is found again by its moment', (seq) => {
  expect(momentOf({ log, seq })).toMatch(/^[0-9a-f]{48}$/);
  expect(placeOf(momentOf({ log, seq }))).toEqual({ log, seq });
});

test.each(['', log, `${log}${'0'.repeat(16)}`, `${log}${'f'.repeat(16)}`, `${log}${'g'.repeat(16)}`, '0'.repeat(64)])(
  '"%s" is no moment',
  (text) => {
    expect(placeOf(text)).toBeUndefined();
  },
);
