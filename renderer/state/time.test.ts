import { expect, test } from 'vitest';
import { ago, dayOf, lately, remaining } from './time.ts';

const NOW = new Date(2026, 10, 24, 15, 0).getTime();
const MINUTE = 60_000;

test('the recent past is told in minutes, and a clock that runs ahead shows no future', () => {
  expect([0, 59_000, 5 * MINUTE, -90_000].map((past) => ago(NOW - past, NOW))).toEqual(['now', 'now', '5 min', 'now']);
});

test('in a sentence a moment or minutes are said in full', () => {
  expect([0, 5 * MINUTE].map((past) => lately(NOW - past, NOW))).toEqual(['just now', '5 min ago']);
  expect(lately(new Date(2025, 10, 22).getTime(), NOW)).toBe(ago(new Date(2025, 10, 22).getTime(), NOW));
});

test('a time far in the future is shown as it is, not as now', () => {
  const later = new Date(2026, 10, 24, 18, 40).getTime();
  expect(ago(later, NOW)).toMatch(/40/);
  expect(ago(new Date(2026, 10, 26, 9, 0).getTime(), NOW)).toMatch(/26/);
  expect(ago(new Date(2027, 1, 3).getTime(), NOW)).toContain('2027');
});

test('earlier today is a time, earlier this week a day, before that a date', () => {
  const time = new Date(2026, 10, 24, 9, 5).getTime();
  expect(ago(time, NOW)).toMatch(/9[:.]05/);
  expect(ago(new Date(2026, 10, 22, 9, 0).getTime(), NOW)).not.toMatch(/\d/);
  expect(ago(new Date(2025, 10, 22).getTime(), NOW)).toContain('2025');
  expect(ago(new Date(2026, 1, 3).getTime(), NOW)).not.toContain('2026');
});

test('a day is told by its name, and by its date where another year is meant', () => {
  const words = { today: 'Today', yesterday: 'Yesterday' };
  const on = (...day: [number, number, number]) => dayOf(new Date(...day, 23, 59).getTime(), NOW, words);
  expect([on(2026, 10, 24), on(2026, 10, 23)]).toEqual(['Today', 'Yesterday']);
  expect(on(2026, 10, 22)).toMatch(/22/);
  expect(on(2026, 10, 22)).not.toMatch(/2026|Yesterday/);
  expect(on(2025, 10, 24)).toContain('2025');
});

test('what is left is told in the unit that fits, and the end as null', () => {
  expect(
    [30_000, 90 * MINUTE, 24 * 60 * MINUTE, 7 * 24 * 60 * MINUTE].map((left) => remaining(NOW + left, NOW)),
  ).toEqual(['in 1 minute', 'in 2 hours', 'in 24 hours', 'in 7 days']);
  expect(remaining(NOW, NOW)).toBeNull();
});
