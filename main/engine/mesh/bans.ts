/** Peers that broke a rule, and until when they are not talked to: a minute at first, doubled up to an hour. */
import type { Hex } from '../bytes.ts';
import type { Clock } from '../ports.ts';
import { MESH } from './limits.ts';

const REMEMBERED = 1_000;

export class Bans {
  readonly #clock: Clock;
  readonly #devices = new Map<Hex, { readonly until: number; readonly strikes: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(device: Hex): void {
    const strikes = (this.#devices.get(device)?.strikes ?? 0) + 1;
    const pause = Math.min(MESH.banFirst * 2 ** (strikes - 1), MESH.banLongest);
    this.#devices.set(device, { strikes, until: this.#clock.monotonic() + pause });
    if (this.#devices.size > REMEMBERED) this.#devices.delete(this.#devices.keys().next().value as Hex);
  }

  has(device: Hex): boolean {
    return (this.#devices.get(device)?.until ?? -Infinity) > this.#clock.monotonic();
  }

  clear(): void {
    this.#devices.clear();
  }
}
