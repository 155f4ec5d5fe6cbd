/** Whom a KeyEpoch hands its key to, and how much of it: 33 bytes a device, for an epoch may have a thousand. */
import { compare, fromHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { WRAPPED_HALF_BYTES } from './epochs.ts';

const ID_BYTES = 32;

export class WrappedKeys {
  /** Of the devices, ascending. */
  readonly #ids: Uint8Array;
  readonly #whole: Uint8Array;

  constructor(wraps: readonly (readonly [device: Uint8Array, key: Uint8Array])[]) {
    // Of two for one device the later one, which comes last here, too.
    const sorted = wraps.toSorted(([one], [other]) => compare(one, other));
    this.#ids = new Uint8Array(sorted.length * ID_BYTES);
    this.#whole = new Uint8Array(sorted.length);
    for (const [i, [device, { length }]] of sorted.entries()) {
      this.#ids.set(device, i * ID_BYTES);
      this.#whole[i] = length === WRAPPED_HALF_BYTES ? 0 : 1;
    }
  }

  has(device: Hex): boolean {
    return this.#at(device) !== undefined;
  }

  /** Whether all of it, and not a keeper's half. */
  hasWhole(device: Hex): boolean {
    const at = this.#at(device);
    return at !== undefined && this.#whole[at] === 1;
  }

  #at(device: Hex): number | undefined {
    const id = fromHex(device);
    let [low, high] = [0, this.#whole.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#idAt(middle), id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && compare(this.#idAt(low - 1), id) === 0 ? low - 1 : undefined;
  }

  #idAt(index: number): Uint8Array {
    return this.#ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES);
  }
}
