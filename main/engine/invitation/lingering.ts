/** Connections that are over but stay a moment, so that their last message is read before they go. */
import type { Clock } from '../ports.ts';
import { LIMITS } from './limits.ts';

export class Lingering {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #ends = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `close` in a little while; at once for the oldest when there are too many. */
  add(close: () => void): void {
    const end = (): void => {
      this.#ends.delete(end);
      cancel();
      close();
    };
    const cancel = this.#clock.after(LIMITS.linger, end);
    this.#ends.add(end);
    if (this.#ends.size > LIMITS.connections) [...this.#ends][0]?.();
  }

  close(): void {
    for (const end of [...this.#ends]) end();
  }
}
