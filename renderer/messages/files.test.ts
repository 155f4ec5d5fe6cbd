import { expect, test } from 'vitest';
import { files } from './files.ts';

test('an archive says what is not in it', () => {
  const said = (lacking: number): string => files.exported({ changes: 3, bytes: 2_000_000, lacking });
  expect(said(0)).toBe('The archive is saved: 3 changes, 2.0 MB. It opens with the password only.');
  expect(said(1)).toMatch(/\. One file is not in it: this device does not have it\.$/);
  expect(said(1200)).toMatch(/\. 1,200 files are not in it: this device does not have them\.$/);
});
