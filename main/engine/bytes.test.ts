/** UTF-8 of short and long texts, as the platform's encoder has it, and hexadecimal of any length. */
import { expect, test } from 'vitest';
import { fromHex, toHex, utf8 } from './bytes.ts';

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

test('bytes of every length are their two digits each, and come back', () => {
  for (const length of [0, 1, 32, 255, 4_095, 4_096, 4_097, 300_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i);
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(toHex(bytes) === digits).toBe(true);
    expect(fromHex(digits)).toEqual(bytes);
  }
});
