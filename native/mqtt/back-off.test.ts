import { expect, test } from 'vitest';
import { BackOff } from './back-off.ts';

const drawing = (value: number) => ({ bytes: (length: number) => new Uint8Array(length).fill(value) });
const [least, most] = [drawing(0), drawing(255)];

test('who loses a steady connection to a public broker comes back at once or ten seconds later, as chance has it', () => {
  expect([new BackOff(least, 'far').pause(60_000), new BackOff(most, 'far').pause(60_000)]).toEqual([500, 10_500]);
});

test('one at home is asked within a second, for nobody else is there to be kept waiting', () => {
  expect([new BackOff(least, 'near').pause(60_000), new BackOff(most, 'near').pause(60_000)]).toEqual([500, 1_000]);
});

test('each pause is twice the one before, up to five minutes; at home up to four seconds', () => {
  const pauses = (where: 'near' | 'far', lasted: number): number[] => {
    const backOff = new BackOff(most, where);
    return [lasted, 0, 0, 0, 0, 0, 0, 0, 0, 0].map((ms) => backOff.pause(ms));
  };
  expect(pauses('far', 0)).toEqual([
    ...[1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000],
  ]);
  expect(pauses('far', 30_000)).toEqual([
    ...[10_500, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000, 300_000],
  ]);
  expect(pauses('near', 0)).toEqual([1_000, 2_000, ...Array.from({ length: 8 }, () => 4_000)]);
});

test('a connection that did not last changes nothing, and another network begins anew', () => {
  const backOff = new BackOff(most, 'far');
  backOff.pause(0);
  expect(backOff.pause(29_999)).toBe(2_000);
  backOff.forget();
  expect(backOff.pause(0)).toBe(1_000);
});
