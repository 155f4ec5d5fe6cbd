/** The pace at which entries of one peer are taken in. */
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { WorkTime } from '../work-time.ts';
import { Inbound } from './inbound.ts';

test('of one peer 5,000 entries are taken in at once and 5,000 in each second after that, however small', () => {
  const clock = createVirtualClock();
  let taken = 0;
  const inbound = new Inbound(clock, new WorkTime(clock), (entries) => (taken += entries.length));
  expect(inbound.push(Array.from({ length: 30_000 }, () => [new Uint8Array(1), null]))).toBe(true);
  const after: number[] = [];
  for (let second = 0; second < 4; second++) {
    clock.advance(second === 0 ? 1 : 1_000);
    after.push(taken);
  }
  // Fewer than a turn's entries more or less: a turn is as large as what is left, rounded up.
  for (const [second, entries] of after.entries()) {
    expect(Math.abs(entries - 5_000 * (second + 1)), `${entries} after ${second} s`).toBeLessThan(200);
  }
  expect(inbound.empty).toBe(false);
  inbound.stop();
});
