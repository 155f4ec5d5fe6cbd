/** A Clock that a test turns by hand. */
import type { Cancel, Clock } from '../../main/engine/ports.ts';

export interface VirtualClock extends Clock {
  /** Runs everything that falls due within `ms`, in order of time. */
  advance(ms: number): void;
}

export function createVirtualClock(start = 1_790_000_000_000): VirtualClock {
  let time = 0;
  let order = 0;
  const timers = new Map<number, { at: number; fn: () => void }>();
  const next = () => [...timers].sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  return {
    now: () => start + time,
    monotonic: () => time,
    after(ms, fn): Cancel {
      const id = ++order;
      timers.set(id, { at: time + ms, fn });
      return () => void timers.delete(id);
    },
    advance(ms) {
      const until = time + ms;
      for (let timer = next(); timer !== undefined && timer[1].at <= until; timer = next()) {
        timers.delete(timer[0]);
        time = Math.max(time, timer[1].at);
        timer[1].fn();
      }
      time = until;
    },
  };
}
