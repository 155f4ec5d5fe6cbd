/**
 * By way of which member a device is called, beside the meeting points: the one who brought first what it said last. All
 * members together would pass one call on a hundred times. A device that did not answer is called by way of some of them,
 * and of all when it did not answer once more.
 */
import type { Hex } from '../bytes.ts';
import type { CarriedBy } from '../ports.ts';
import { MESH } from './limits.ts';
import { remember } from './remember.ts';

export class Routes {
  /** By device: that member's device; null: nobody has brought anything of it, a meeting point did. */
  readonly #carriers = new Map<Hex, Hex | null>();
  /** How many calls of a device, or to it, came to nothing, one after the other. */
  readonly #silent = new Map<Hex, number>();

  /** It said something; `by`: the member's device that brought it. */
  heard(device: Hex, by: Hex | undefined): void {
    remember(this.#carriers, device, by ?? null, MESH.routes);
  }

  /** The same has come once more. */
  copy(device: Hex, by: Hex | undefined): void {
    if (by !== undefined && this.#carriers.get(device) === null) this.#carriers.set(device, by);
  }

  to(device: Hex): CarriedBy {
    const failed = this.#silent.get(device) ?? 0;
    const carrier = this.#carriers.get(device);
    if (failed > 1) return 'all';
    if (failed === 1 || carrier === undefined) return 'some';
    return carrier === null ? 'none' : { device: carrier };
  }

  /** A call of it, or to it, came to nothing. */
  failed(device: Hex): void {
    remember(this.#silent, device, (this.#silent.get(device) ?? 0) + 1, MESH.routes);
  }

  reached(device: Hex): void {
    this.#silent.delete(device);
  }
}
