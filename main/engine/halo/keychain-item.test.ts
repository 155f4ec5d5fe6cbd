import { base64urlnopad } from '@scure/base';
import { encode } from 'cborg';
import { describe, expect, test } from 'vitest';
import { CoveError } from '../errors.ts';
import { decodeItem, encodeItem } from './keychain-item.ts';
import type { KeychainItem } from './keychain-item.ts';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const item: KeychainItem = { dms: fill(32, 1), bootId: fill(16, 2), dbUuid: fill(16, 3), entropy: fill(16, 4) };
const { entropy: _, ...confirmed } = item;

const errorOf = (text: string): string => {
  try {
    decodeItem(text);
    return 'none';
  } catch (error) {
    return error instanceof CoveError ? error.type : String(error);
  }
};
const packed = (value: unknown) => base64urlnopad.encode(encode(value));

test('an item comes back whole, with and without the phrase, and stays small', () => {
  for (const each of [item, confirmed, { ...item, making: true as const }])
    expect(decodeItem(encodeItem(each))).toEqual(each);
  expect(encodeItem({ ...item, making: true }).length).toBeLessThan(300);
});

describe('strictness', () => {
  test('anything else is refused', () => {
    const bad = [
      '',
      'not base64!',
      encodeItem(item).slice(1),
      packed(1),
      packed(null),
      packed({ ...item }),
      packed({ v: 1, ...item, dms: fill(31, 1) }),
      packed({ v: 1, ...item, bootId: 'x' }),
      packed({ v: 1, ...item, making: false }),
      packed({ v: 1, ...item, other: 1 }),
      packed({ v: 0, ...item }),
      'A'.repeat(3000),
    ];
    expect(bad.map(errorOf)).toEqual(bad.map(() => 'wrong-key'));
  });
  test('a later version is named as such', () => {
    expect(errorOf(packed({ v: 2, secret: 1 }))).toBe('database-newer');
  });
});
