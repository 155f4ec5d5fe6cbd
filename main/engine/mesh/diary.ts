/**
 * What happened lately on the way to each device, so that somebody can say why two are not connected. In memory only:
 * it is about now. Times are the wall clock's, in milliseconds.
 */
import type { Hex } from '../bytes.ts';
import type { Clock } from '../ports.ts';

/** The steps towards a connection, in order; each with the time it happened last. */
export const STEPS = ['announced', 'tried', 'reached', 'refused', 'connected', 'ended'] as const;
/**
 * announced: it was heard at a meeting point · tried: a connection was begun · reached: the network carried it ·
 * refused: who answered could not prove to be it · connected: a session began · ended: that session was lost
 */
export type Step = (typeof STEPS)[number];
export type Steps = Readonly<Partial<Record<Step, number>>>;

/** A space has at most so many devices. */
const DEVICES = 1_000;

export class Diary {
  readonly #clock: Clock;
  readonly #devices = new Map<Hex, Partial<Record<Step, number>>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(device: Hex, step: Step): void {
    const steps = this.#devices.get(device) ?? {};
    this.#devices.delete(device);
    this.#devices.set(device, { ...steps, [step]: this.#clock.now() });
    for (const oldest of this.#devices.keys()) {
      if (this.#devices.size <= DEVICES) return;
      this.#devices.delete(oldest);
    }
  }

  of(device: Hex): Steps {
    return this.#devices.get(device) ?? {};
  }
}
