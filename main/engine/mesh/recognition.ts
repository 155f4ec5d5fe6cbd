/**
 * Whether anybody in a space knows this device as a member, by what its members have said. Bare words: a single member
 * who knows it outweighs all who say that they do not, for those may have put an older copy back. While all who were met
 * say so it is kept over restarts, until one of them knows this device, or there is proof that it is out.
 *
 *   meta "unknown <space row>"   device ids of those who said so, 32 bytes each, the latest of them
 */
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import { isDiskTrouble } from '../errors.ts';
import { dropMeta, readMeta, writeMeta } from '../halo/meta.ts';
import type { Storage } from '../ports.ts';
import { readIds, writeIds } from './device-ids.ts';

type Space = Pick<Replica, 'key' | 'row'>;
interface Words {
  readonly known: Set<Hex>;
  readonly refused: Set<Hex>;
}
/** So many of those who said so are kept: one is enough. */
const MOST = 32;

export class Recognition {
  readonly #storage: Storage;
  readonly #words = new Map<Hex, Words>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** The member's device tells this one what is in the space. */
  knows(space: Space, device: Hex): void {
    const { known, refused } = this.#of(space);
    if (known.has(device)) return;
    const unknown = this.isUnknown(space);
    known.add(device);
    refused.delete(device);
    if (unknown) this.#keep(space);
  }

  /** It says that this one is nobody there. */
  refuses(space: Space, device: Hex): void {
    const { known, refused } = this.#of(space);
    if (refused.has(device)) return;
    refused.add(device);
    known.delete(device);
    if (this.isUnknown(space)) this.#keep(space);
  }

  /** Proof has come that it is out: what was said counts no more, and a new admission begins without it. */
  settle(space: Space): void {
    const unknown = this.isUnknown(space);
    this.#words.set(space.key, { known: new Set(), refused: new Set() });
    if (unknown) this.#keep(space);
  }

  /** The space is watched no more; where its copy was deleted, what is kept went with it. */
  forget(space: Hex): void {
    this.#words.delete(space);
  }

  isUnknown(space: Space): boolean {
    const { known, refused } = this.#of(space);
    return refused.size > 0 && known.size === 0;
  }

  #of(space: Space): Words {
    const present = this.#words.get(space.key);
    if (present) return present;
    const ids = readMeta(this.#storage, keyOf(space)) ?? new Uint8Array(0);
    const words = { known: new Set<Hex>(), refused: new Set(readIds(ids)) };
    this.#words.set(space.key, words);
    return words;
  }

  /** What a full disk does not take will be said again. */
  #keep(space: Space): void {
    try {
      if (!this.isUnknown(space)) dropMeta(this.#storage, keyOf(space));
      else writeMeta(this.#storage, keyOf(space), writeIds(this.#of(space).refused, MOST));
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
    }
  }
}

const keyOf = ({ row }: Space): string => `unknown ${row}`;
