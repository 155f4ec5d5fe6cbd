/**
 * Turns of work that comes from outside, of all sessions and spaces together. Each takes some milliseconds, and many may
 * be due at once: after so much of it the event loop has its turn, in which somebody types, and then the longest-waiting
 * goes on.
 */
import type { Cancel, Clock } from '../ports.ts';

/** Half of a frame on the screen, in ms; the last turn may take it beyond. */
const AT_ONCE = 8;

export class WorkTime {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #spent = 0;
  #again: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs the turn now, or as soon as it is its turn. */
  run(turn: () => void): void {
    if (this.#waiting.length > 0 || this.#spent >= AT_ONCE) this.#waiting.push(turn);
    else this.#work(turn);
    if (this.#spent >= AT_ONCE || this.#waiting.length > 0) this.#soon();
  }

  stop(): void {
    this.#again?.();
    this.#waiting.length = 0;
  }

  #soon(): void {
    this.#again ??= this.#clock.after(0, () => {
      this.#again = undefined;
      this.#spent = 0;
      try {
        while (this.#spent < AT_ONCE && this.#waiting.length > 0) this.#work(this.#waiting.shift() as () => void);
      } finally {
        if (this.#waiting.length > 0) this.#soon();
      }
    });
  }

  #work(turn: () => void): void {
    const from = this.#clock.monotonic();
    try {
      turn();
    } finally {
      this.#spent += this.#clock.monotonic() - from;
    }
  }
}
