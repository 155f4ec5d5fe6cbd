/** Bare words about this device: one who knows it outweighs all who do not. */
import { expect, test } from 'vitest';
import { Recognition } from './recognition.ts';

test('a device is unknown where all that were met say so, and not where one of them knows it', () => {
  const recognition = new Recognition();
  const seen: boolean[] = [];
  const look = (): void => void seen.push(recognition.isUnknown('garden'));
  look();
  recognition.refuses('garden', 'ada');
  look();
  recognition.knows('garden', 'bob');
  look();
  recognition.refuses('garden', 'cy');
  look();
  recognition.refuses('garden', 'bob');
  look();
  recognition.knows('garden', 'ada');
  look();
  expect(seen).toEqual([false, true, false, false, true, false]);
});

test('what is said of one space says nothing of another, and is forgotten with it', () => {
  const recognition = new Recognition();
  recognition.refuses('garden', 'ada');
  expect([recognition.isUnknown('garden'), recognition.isUnknown('kitchen')]).toEqual([true, false]);
  recognition.forget('garden');
  expect(recognition.isUnknown('garden')).toBe(false);
});
