/** The bits of a past. What the reducer decides is shown over random histories in test/proof/authority.test.ts. */
import { expect, test } from 'vitest';
import { has } from './bits.ts';

test('bits beyond the end of a past are not in it', () => {
  expect(has(Uint32Array.of(1), 0)).toBe(true);
  expect(has(Uint32Array.of(1), 1)).toBe(false);
  expect(has(new Uint32Array(0), 40)).toBe(false);
});
