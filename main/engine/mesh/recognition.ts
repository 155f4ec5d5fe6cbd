/**
 * Whether anybody in a space knows this device as a member, by what its members have said in this run. Bare words: a
 * single member who knows it outweighs all who say that they do not, for those may have put an older copy back.
 */
import type { Hex } from '../bytes.ts';

export class Recognition {
  readonly #known = new Map<Hex, Set<Hex>>();
  readonly #refused = new Map<Hex, Set<Hex>>();

  /** The member's device tells this one what is in the space. */
  knows(space: Hex, device: Hex): void {
    noted(this.#known, space).add(device);
    this.#refused.get(space)?.delete(device);
  }

  /** It says that this one is nobody there. */
  refuses(space: Hex, device: Hex): void {
    noted(this.#refused, space).add(device);
    this.#known.get(space)?.delete(device);
  }

  forget(space: Hex): void {
    this.#known.delete(space);
    this.#refused.delete(space);
  }

  isUnknown(space: Hex): boolean {
    return (this.#refused.get(space)?.size ?? 0) > 0 && (this.#known.get(space)?.size ?? 0) === 0;
  }
}

function noted(sets: Map<Hex, Set<Hex>>, space: Hex): Set<Hex> {
  const set = sets.get(space) ?? new Set<Hex>();
  sets.set(space, set);
  return set;
}
