import { expect, test } from 'vitest';
import { files } from './files.ts';

test('an archive says what is not in it', () => {
  const said = (lacking: number): string => files.exported({ changes: 3, bytes: 2_000_000, lacking });
  expect(said(0)).toBe('The archive is saved: 3 changes, 2.0 MB. It opens with the password only.');
  expect(said(1)).toMatch(/\. One file is not in it: this device does not have it\.$/);
  expect(said(1200)).toMatch(/\. 1,200 files are not in it: this device does not have them\.$/);
});

test('JSON says how many files it names and does not hold', () => {
  expect(files.savedJson(1, 0)).toBe('The JSON file is saved: 1 object.');
  expect(files.savedJson(7, 1)).toMatch(
    /7 objects\. One file that it names is not in it: an archive takes it along\.$/,
  );
  expect(files.savedJson(7, 1200)).toMatch(
    /\. 1,200 files that it names are not in it: an archive takes them along\.$/,
  );
});
