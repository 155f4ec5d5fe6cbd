/** Tells which spaces' status may have changed: a little later, each once. */
import type { Hex } from '../bytes.ts';
import type { Cancel, Clock } from '../ports.ts';

const DELAY_MS = 50;

export class StatusNews {
  readonly #clock: Clock;
  readonly #listeners = new Set<(space: Hex) => void>();
  readonly #changed = new Set<Hex>();
  #timer: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  on(fn: (space: Hex) => void): Cancel {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  changed(space: Hex): void {
    this.#changed.add(space);
    this.#timer ??= this.#clock.after(DELAY_MS, () => {
      this.#timer = undefined;
      const changed = [...this.#changed];
      this.#changed.clear();
      for (const key of changed) for (const fn of [...this.#listeners]) fn(key);
    });
  }

  stop(): void {
    this.#timer?.();
  }
}
