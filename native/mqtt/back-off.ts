/**
 * How long a broker is left alone after a connection to it was lost or refused. Many devices lose a broker at the same
 * moment, and none of them knows of the others: what keeps them from coming back at the same moment is chance alone.
 */
import type { Random } from '../../main/engine/ports.ts';

const FIRST_MS = 1_000;
/** For a public broker, which many share; and for one at home, which nobody minds asking and which people wait for. */
const LONGEST_MS = { far: 300_000, near: 4_000 };
/** Over so long the devices come back that lost a public broker when it was started anew, say. */
const SPREAD_MS = 10_000;
/** A connection that lasted so long starts the back-off anew. */
const STEADY_MS = 30_000;

export class BackOff {
  readonly #random: Random;
  readonly #far: boolean;
  #ceiling = FIRST_MS;

  constructor(random: Random, where: 'near' | 'far') {
    this.#random = random;
    this.#far = where === 'far';
  }

  /** Milliseconds until the next try. `lasted`: how long there was a connection; 0: there was none. */
  pause(lasted: number): number {
    if (lasted >= STEADY_MS) {
      this.forget();
      if (this.#far) {
        this.#ceiling = SPREAD_MS;
        return FIRST_MS / 2 + SPREAD_MS * this.#chance();
      }
    }
    const ceiling = this.#ceiling;
    this.#ceiling = Math.min(LONGEST_MS[this.#far ? 'far' : 'near'], ceiling * 2);
    // Half fixed, half random.
    return ceiling * (0.5 + this.#chance() / 2);
  }

  /** The network is another one, or somebody waits. */
  forget(): void {
    this.#ceiling = FIRST_MS;
  }

  #chance(): number {
    const [a, b] = this.#random.bytes(2) as unknown as [number, number];
    return (a * 256 + b) / 65_535;
  }
}
