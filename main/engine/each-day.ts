/** What changes with the day, by UTC. */
import type { Cancel, Clock } from './ports.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Calls `fn` a second after each day has begun, by a clock that is `late` milliseconds late, and after every hour without one:
 * the wall clock may jump, a computer may sleep.
 */
export function eachDay(clock: Clock, fn: () => void, late = 0): Cancel {
  let cancel: Cancel = () => undefined;
  const wait = (): void => {
    const untilNext = DAY - ((clock.now() - late) % DAY);
    cancel = clock.after(Math.min(untilNext + 1_000, HOUR), () => {
      fn();
      wait();
    });
  };
  wait();
  return () => cancel();
}
