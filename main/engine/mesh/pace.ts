/** How often something may be done: `burst` times at once, `perSecond` from then on. */
import type { Clock } from '../ports.ts';

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export class Pace {
  readonly #clock: Clock;
  readonly #rate: Rate;
  #left: number;
  #at: number;

  constructor(clock: Clock, rate: Rate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = clock.monotonic();
  }

  /** Milliseconds until it may be done; 0: now. */
  wait(): number {
    const now = this.#clock.monotonic();
    const { perSecond, burst } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1_000) * perSecond);
    this.#at = now;
    return this.#left >= 1 ? 0 : Math.ceil(((1 - this.#left) / perSecond) * 1_000);
  }

  took(): void {
    this.#left -= 1;
  }
}
