/** How many objects of a type a space has: counted once, and again after one came, went, or is of another type. */
import type { Storage } from '../ports.ts';
import type { ObjectQuery } from './object-types.ts';

/** Counts of a space that are kept; a program may ask for any type. */
const MOST = 32;

/**
 * Whoever writes a row that changes one calls `changed` before the transaction around it ends; what is counted in a
 * transaction is not kept.
 */
export class KeptCounts {
  readonly #storage: Storage;
  readonly #kept = new Map<number, Map<string, number>>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** `count` is asked where the query looks into objects, and where the count is not known. */
  of(space: number, { type, deleted = false, where, filter, text }: ObjectQuery, count: () => number): number {
    if (where !== undefined || filter !== undefined || text !== undefined) return count();
    const key = `${deleted} ${type ?? ''}${type === undefined ? '' : '.'}`;
    const known = this.#kept.get(space)?.get(key);
    if (known !== undefined) return known;
    const counted = count();
    if (!this.#storage.inTransaction) this.#keep(space, key, counted);
    return counted;
  }

  changed(space: number): void {
    this.#kept.delete(space);
  }

  #keep(space: number, key: string, count: number): void {
    let kept = this.#kept.get(space);
    if (kept === undefined || kept.size >= MOST) this.#kept.set(space, (kept = new Map<string, number>()));
    kept.set(key, count);
  }
}
