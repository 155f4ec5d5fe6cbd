/** The warm-up: it goes all the way, a little at a time, and ends. */
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { ready } from '../crypto/sodium.ts';
import { warmUp } from './warm-up.ts';

test('it takes forty short turns after a second, and can be stopped', async () => {
  await ready();
  const clock = createVirtualClock();
  let turns = 0;
  const counting = {
    ...clock,
    after: (ms: number, fn: () => void) =>
      clock.after(ms, () => {
        turns++;
        fn();
      }),
  };
  const stop = warmUp(counting);
  clock.advance(999);
  expect(turns).toBe(0);
  clock.advance(60_000); // a keystroke that did not pass every check would throw
  expect(turns).toBe(40);
  stop();
  warmUp(counting)();
  clock.advance(60_000);
  expect(turns).toBe(40);
});
