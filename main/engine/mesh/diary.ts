/**
 * What happened lately on the way to each device, so that somebody can say why two are not connected. In memory only:
 * it is about now. Times are the wall clock's, in milliseconds, and as long ago as they really were: that clock may have
 * been set since, and the monotonic one stands still while the computer sleeps, so of the two the longer time counts.
 */
import type { Hex } from '../bytes.ts';
import type { Clock } from '../ports.ts';

/** The steps towards a connection, in order; each with the time it happened last. */
export const STEPS = ['announced', 'tried', 'named', 'told', 'reached', 'refused', 'connected', 'ended'] as const;
/**
 * announced: it was heard at a meeting point · tried: a connection was begun · named: this device told it an address
 * (a candidate) · told: it told one · reached: the network carried the connection ·
 * refused: who answered could not prove to be it · connected: a session began · ended: that session was lost
 */
export type Step = (typeof STEPS)[number];
/** When each step towards a connection was last taken, ms since 1970. */
export type Steps = Readonly<Partial<Record<Step, number>>>;

interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** A space has at most so many devices. */
const DEVICES = 1_000;

export class Diary {
  readonly #clock: Clock;
  readonly #devices = new Map<Hex, Partial<Record<Step, Moment>>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(device: Hex, step: Step): void {
    const steps = this.#devices.get(device) ?? {};
    this.#devices.delete(device);
    const moment: Moment = { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
    this.#devices.set(device, { ...steps, [step]: moment });
    for (const oldest of this.#devices.keys()) {
      if (this.#devices.size <= DEVICES) return;
      this.#devices.delete(oldest);
    }
  }

  of(device: Hex): Steps {
    const wall = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const steps = Object.entries(this.#devices.get(device) ?? {});
    return Object.fromEntries(
      steps.map(([step, at]) => [step, wall - Math.max(wall - at.wall, monotonic - at.monotonic)]),
    );
  }
}
