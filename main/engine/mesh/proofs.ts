/**
 * Where a device that a space does not know may show, in one session, what admits it there: in the space whose keys
 * brought the two together, and in any other whose clean epoch it knows, as nobody who was removed does. Once for each
 * space, and not for long.
 */
import { equal } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import type { Cancel, Clock } from '../ports.ts';
import { MESH } from './limits.ts';

export class Proofs {
  readonly #clock: Clock;
  /** The space whose keys brought the two together. */
  readonly #first: Hex;
  /** Time is over in this space. */
  readonly #over: (space: Hex) => void;
  readonly #running = new Map<Hex, Cancel>();
  readonly #begun = new Set<Hex>();

  constructor(clock: Clock, first: Hex, over: (space: Hex) => void) {
    this.#clock = clock;
    this.#first = first;
    this.#over = over;
  }

  /** Whether a space may be opened for it, under the epoch with this discovery key. */
  mayOpen(replica: Replica, discovery: Uint8Array): boolean {
    if (this.#running.has(replica.key)) return true;
    if (replica.key === this.#first || this.#begun.has(replica.key)) return false;
    return replica.epochHead() !== undefined && equal(replica.epoch().discovery, discovery);
  }

  begin(space: Hex): void {
    if (this.#begun.has(space)) return;
    this.#begun.add(space);
    const over = (): void => {
      this.#running.delete(space);
      this.#over(space);
    };
    this.#running.set(space, this.#clock.after(MESH.proof, over));
  }

  end(space: Hex): void {
    this.#running.get(space)?.();
    this.#running.delete(space);
  }

  stop(): void {
    for (const space of [...this.#running.keys()]) this.end(space);
  }
}
