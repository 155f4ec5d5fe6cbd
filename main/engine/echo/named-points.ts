/**
 * Which list of meeting points holds of those that were named for everybody in a space. A function of the set of entries,
 * like the reducer: of the lists of those who managed the space when they made them, and still do, the one that had seen
 * the others. Of several that had not seen each other an owner's holds, then the one with the smaller hash.
 */
import type { Placed } from './authority.ts';
import { has } from './bits.ts';
import type { DeviceLayer } from './device-layer.ts';
import type { Reducer } from './reducer.ts';
import type { NamedMeetingPoints } from './replica.ts';

export class NamedPoints {
  readonly #entries: readonly Placed[];
  readonly #layer: DeviceLayer;
  readonly #reducer: () => Reducer;
  /** What was named, by the places of the entries that did, in a causal order. */
  readonly #named = new Map<number, readonly string[]>();

  constructor(entries: readonly Placed[], layer: DeviceLayer, reducer: () => Reducer) {
    this.#entries = entries;
    this.#layer = layer;
    this.#reducer = reducer;
  }

  add(index: number, urls: readonly string[]): void {
    this.#named.set(index, urls);
  }

  /** When its author's power ends, the list falls, and what it had taken the place of holds again. */
  counts(index: number): boolean {
    const { by, past } = this.#entries[index] as Placed;
    return this.#layer.isEligible(index) && this.#reducer().isManagerAt(by, { index, past });
  }

  inForce(): NamedMeetingPoints | undefined {
    const latest: (Placed & { readonly urls: readonly string[] })[] = [];
    for (const [index, urls] of [...this.#named].reverse()) {
      if (latest.some(({ past }) => has(past, index)) || !this.counts(index)) continue;
      latest.push({ ...(this.#entries[index] as Placed), urls });
    }
    const rank = ({ by, hash }: Placed): string => `${this.#reducer().isOwner(by) ? 0 : 1}${hash}`;
    const [first] = latest.sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
    return first && { urls: first.urls, by: first.by };
  }
}
