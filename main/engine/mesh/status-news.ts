/** Tells of which spaces the status may have changed: a little later, of all at once. */
import type { Hex } from '../bytes.ts';
import { Listeners } from '../listeners.ts';
import type { Cancel, Clock, Log } from '../ports.ts';

const DELAY_MS = 50;

export class StatusNews {
  readonly #clock: Clock;
  readonly #listeners: Listeners<[spaces: ReadonlySet<Hex>]>;
  readonly on: Listeners<[spaces: ReadonlySet<Hex>]>['add'];
  #changed = new Set<Hex>();
  #timer: Cancel | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#listeners = new Listeners(log);
    this.on = this.#listeners.add;
  }

  changed(space: Hex): void {
    this.#changed.add(space);
    this.#timer ??= this.#clock.after(DELAY_MS, () => {
      this.#timer = undefined;
      const changed = this.#changed;
      this.#changed = new Set();
      this.#listeners.call(changed);
    });
  }

  stop(): void {
    this.#timer?.();
  }
}
