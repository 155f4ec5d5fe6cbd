/**
 * When a device may be made an offer: two soon after one another, and one per 5 s over time, whatever it announces. The
 * first of two may be lost with nobody to blame: an announce that the network has held back draws it to a connection that
 * is no more. An announce that comes too early waits, the latest one of each device; one that comes together with the last
 * is no newer, and does not take the second offer for itself.
 */
import type { Hex } from '../bytes.ts';
import type { Cancel, Clock } from '../ports.ts';
import { MESH } from './limits.ts';
import { Pace } from './pace.ts';
import { remember } from './remember.ts';

interface Offered {
  readonly pace: Pace;
  at: number;
}

const RATE = { perSecond: 1_000 / MESH.offerEvery, burst: MESH.offerBurst };
/** Devices, of each the latest offer. */
const REMEMBERED = 256;

export class Offers {
  readonly #clock: Clock;
  readonly #offered = new Map<Hex, Offered>();
  readonly #waiting = new Map<Hex, Cancel>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until this device may be made an offer; 0: now. */
  wait(device: Hex): number {
    const offered = this.#offered.get(device);
    if (offered === undefined) return 0;
    return Math.max(0, offered.pace.wait(), offered.at + MESH.offerAgain - this.#clock.monotonic());
  }

  /** Whether what comes from it now has come together with what it was made the last offer to. */
  together(device: Hex): boolean {
    const offered = this.#offered.get(device);
    return offered !== undefined && this.#clock.monotonic() - offered.at < MESH.offerTogether;
  }

  took(device: Hex): void {
    this.#drop(device);
    const pace = this.#offered.get(device)?.pace ?? new Pace(this.#clock, RATE);
    pace.took();
    remember(this.#offered, device, { pace, at: this.#clock.monotonic() }, REMEMBERED);
  }

  /** In place of what waited for this device before. */
  later(device: Hex, ms: number, offer: () => void): void {
    this.#drop(device);
    const cancel = this.#clock.after(ms, () => {
      this.#waiting.delete(device);
      offer();
    });
    this.#waiting.set(device, cancel);
  }

  /** Forgets the pauses. */
  forgive(): void {
    this.#offered.clear();
  }

  stop(): void {
    for (const device of [...this.#waiting.keys()]) this.#drop(device);
  }

  #drop(device: Hex): void {
    this.#waiting.get(device)?.();
    this.#waiting.delete(device);
  }
}
