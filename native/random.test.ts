import { randomFillSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { toHex } from '../main/engine/bytes.ts';
import { createSystemRandom } from './random.ts';

/** The system's generator, and the lengths that it was asked for. */
function counted() {
  const drawn: number[] = [];
  const random = createSystemRandom((bytes) => {
    drawn.push(bytes.length);
    return randomFillSync(bytes);
  });
  return { drawn, random };
}

test('identifiers come from what was drawn ahead, and none comes twice', () => {
  const { drawn, random } = counted();
  const identifiers = new Set(Array.from({ length: 300 }, () => toHex(random.identifier())));
  expect(identifiers.size).toBe(300);
  expect(drawn).toEqual([2_048, 2_048, 2_048]);
});

test('everything else is drawn when it is asked for, however short', () => {
  const { drawn, random } = counted();
  random.identifier();
  for (const length of [1, 3, 16, 24, 32, 64]) expect(random.bytes(length)).toHaveLength(length);
  expect(drawn).toEqual([2_048, 1, 3, 16, 24, 32, 64]);
});
