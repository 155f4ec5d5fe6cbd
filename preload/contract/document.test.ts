import { expect, test } from 'vitest';
import { documentRequest, LONGEST_PUSH } from './document.ts';

const push = (changes: readonly unknown[]) =>
  documentRequest.safeParse({ type: 'push', version: 0, updates: [{ changes, clientId: 'x' }] }).success;

test('what an update brings is bounded: its changes, their lines and the length of each', () => {
  expect(push([3, [0, 'one', 'two'], [2]])).toBe(true);
  expect(push([[0, ...new Array<string>(1_000_000).fill('')]])).toBe(true);
  expect(push([[0, ...new Array<string>(1_400_000).fill('')]])).toBe(false);
  expect(push([[0, 'x'.repeat(LONGEST_PUSH)]])).toBe(true);
  expect(push([[0, 'x'.repeat(LONGEST_PUSH + 1)]])).toBe(false);
  expect(push(new Array<number>(200_001).fill(1))).toBe(false);
});
