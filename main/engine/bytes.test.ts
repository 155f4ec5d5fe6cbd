/** UTF-8 of short and long texts, as the platform's encoder has it. */
import { expect, test } from 'vitest';
import { utf8 } from './bytes.ts';

test('text of every kind and length is what the encoder makes of it', () => {
  const encoder = new TextEncoder();
  const signs = ['a', '~', '\u0000', '\u007f', '\u0080', 'ß', '€', '😀', '\ud800'];
  for (const length of [0, 1, 31, 63, 64, 65, 200]) {
    for (const sign of signs) {
      for (const text of [sign.repeat(length), 'x'.repeat(length) + sign, sign + 'x'.repeat(length)])
        expect([text, [...utf8(text)]]).toEqual([text, [...encoder.encode(text)]]);
    }
  }
});
