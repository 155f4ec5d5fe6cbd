/**
 * The Clock port on the system's clocks. The engine never asks the system for the time itself,
 * so that a simulator can drive it.
 */

import type { Cancel, Clock } from '../main/engine/ports.ts';

/** setTimeout takes a signed 32-bit number of milliseconds and fires at once above it (about 24.8 days). */
const LONGEST_TIMER = 2 ** 31 - 1;

export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after: (ms, fn) => startTimer(ms, fn),
  };
}

function startTimer(ms: number, fn: () => void): Cancel {
  // Nothing to wait for: the event loop's next turn, where a timer would come a millisecond later.
  if (ms <= 0) {
    const next = setImmediate(fn);
    return () => clearImmediate(next);
  }
  const end = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    // Rounded up: Node truncates, and a timer must never run before its time.
    timer = setTimeout(due, Math.min(Math.max(0, Math.ceil(end - performance.now())), LONGEST_TIMER));
  };
  const due = (): void => (performance.now() < end ? arm() : fn());
  arm();
  return () => clearTimeout(timer);
}
