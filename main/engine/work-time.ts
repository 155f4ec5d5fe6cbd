/**
 * Turns of work that nobody waits for: what comes from all sessions, and the search index. Each takes some milliseconds,
 * and many may be due at once: after so much of it the event loop has its turn, in which somebody types, and then the
 * longest-waiting goes on.
 */
import type { Cancel, Clock } from './ports.ts';

/** Half of a frame on the screen, in ms; the last turn may take it beyond. */
const AT_ONCE = 8;

export class WorkTime {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #spent = 0;
  /** When the turn that is running began. */
  #since: number | undefined;
  #again: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the turn that is running should leave the rest of its work to another. */
  get over(): boolean {
    const running = this.#since === undefined ? 0 : this.#clock.monotonic() - this.#since;
    return this.#spent + running >= AT_ONCE;
  }

  /** Whether a turn would run now. */
  get free(): boolean {
    return this.#waiting.length === 0 && !this.over;
  }

  /** Runs the turn now, or as soon as it is its turn. What it throws reaches the caller only if it runs now. */
  run(turn: () => void): void {
    if (this.free) return this.#work(turn);
    this.#waiting.push(turn);
    this.#soon();
  }

  stop(): void {
    this.#again?.();
    this.#waiting = [];
  }

  #soon(): void {
    this.#again ??= this.#clock.after(0, () => {
      this.#again = undefined;
      this.#spent = 0;
      try {
        while (!this.over && this.#waiting.length > 0) this.#work(this.#waiting.shift() as () => void);
      } finally {
        if (this.#waiting.length > 0) this.#soon();
      }
    });
  }

  #work(turn: () => void): void {
    if (this.#since !== undefined) return turn(); // within another, and a part of its time
    const from = (this.#since = this.#clock.monotonic());
    try {
      turn();
    } finally {
      this.#since = undefined;
      this.#spent += this.#clock.monotonic() - from;
      // In the next turn of the loop there is time again, whether anybody waits or not.
      if (this.#spent >= AT_ONCE) this.#soon();
    }
  }
}
