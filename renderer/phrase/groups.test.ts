import { expect, test } from 'vitest';
import { groups } from './groups.ts';

test('a share is its beginning and ten groups of five, and nothing of it is lost', () => {
  const share = 'coveshare1zq3sznff3j2pvctenpaa5ccy03u8097k4a6xznwuju0sfxv3g4';
  expect(groups(share).map(({ length }) => length)).toEqual([10, ...Array.from({ length: 10 }, () => 5)]);
  expect(groups(share).join('')).toBe(share);
});
