import { expect, test } from 'vitest';
import { sheetName, sheetOf } from './share-sheet.ts';

const SHARE = 'coveshare1zq3synff3j2f2sg437yvzczdmc30w625vhz6lcypdfwsmhuwwr';
const note = { index: 2, shares: 3, threshold: 2, set: '4a698ca0' };

test('a sheet says whose share it is, which, how it is used, and holds nothing but that one share', () => {
  const sheet = sheetOf(SHARE, note, 'Ada');
  expect(sheet.split('\n').slice(0, 4)).toEqual([
    'Recovery share 2 of 3 of Ada',
    'Set 4a698ca0',
    '',
    'coveshare1 zq3sy nff3j 2f2sg 437yv zczdm c30w6 25vhz 6lcyp dfwsm huwwr',
  ]);
  expect(sheet.replaceAll(' ', '').split(SHARE)).toHaveLength(2);
  expect(sheet).toContain('Any 2 of the 3 shares of this set bring Ada’s notes back');
  expect(sheetName(note)).toBe('Cove recovery share 2 of 3.txt');
});
