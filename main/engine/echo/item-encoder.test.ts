/** Own bytes of items against a library's: other devices, and signatures, know only one encoding. */
import { encode } from 'cborg';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../bytes.ts';
import { encodeItems } from './item-encoder.ts';
import type { DataItem } from './replica.ts';

const number = fc.oneof(
  fc.constantFrom(0, -0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, -1, -24, -25, -(2 ** 32), 0.5, 1e300),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const text = fc.oneof(
  { weight: 20, arbitrary: fc.string({ maxLength: 30 }) },
  { weight: 5, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 5, arbitrary: fc.constantFrom('', 'ä', '\u007f', '\u0080', '😀', '\ud800') },
  { weight: 1, arbitrary: fc.constantFrom(250, 256, 65_535, 65_536).map((length) => 'x'.repeat(length)) },
);
const bytes = fc.uint8Array({ maxLength: 300 });
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(text, number, fc.boolean(), fc.constant(null), bytes),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }),
  ),
}));

test('items have the bytes that cborg gives them', () => {
  const registers = fc.dictionary(
    text,
    value.map((operand) => [0, operand] as const),
    { maxKeys: 8 },
  );
  const item = fc.tuple(bytes, fc.option(registers), fc.option(bytes));
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), (items) => {
      expect(toHex(encodeItems(items as unknown as DataItem[]))).toBe(toHex(encode(items)));
    }),
    { numRuns: 200 },
  );
});
