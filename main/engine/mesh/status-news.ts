/** Tells which spaces' status may have changed: a little later, each once. */
import type { Hex } from '../bytes.ts';
import { Listeners } from '../listeners.ts';
import type { Cancel, Clock } from '../ports.ts';

const DELAY_MS = 50;

export class StatusNews {
  readonly #clock: Clock;
  readonly #listeners = new Listeners<[space: Hex]>();
  readonly on = this.#listeners.add;
  readonly #changed = new Set<Hex>();
  #timer: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  changed(space: Hex): void {
    this.#changed.add(space);
    this.#timer ??= this.#clock.after(DELAY_MS, () => {
      this.#timer = undefined;
      const changed = [...this.#changed];
      this.#changed.clear();
      for (const key of changed) this.#listeners.call(key);
    });
  }

  stop(): void {
    this.#timer?.();
  }
}
