import { expect, test } from 'vitest';
import { Diary } from './diary.ts';

test('what happened is as long ago as it was, whether the clock was set or the computer slept', () => {
  let wall = Date.UTC(2026, 5, 1);
  let monotonic = 0;
  const diary = new Diary({ now: () => wall, monotonic: () => monotonic, after: () => () => undefined });
  const ago = () => wall - (diary.of('ab').announced ?? Number.NaN);
  diary.note('ab', 'announced');
  wall += 20_000;
  monotonic += 20_000;
  expect(ago()).toBe(20_000);
  wall -= 3 * 3_600_000;
  expect(ago(), 'the clock was set back').toBe(20_000);
  wall += 11 * 3_600_000;
  expect(ago(), 'the computer slept').toBe(8 * 3_600_000 + 20_000);
});
