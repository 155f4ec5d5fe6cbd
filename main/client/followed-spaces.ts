/** What goes on in each of some spaces, as they come and go. */
import type { Hex } from '../engine/bytes.ts';
import type { Cancel } from '../engine/ports.ts';
import type { Space } from './space.ts';

/** Begun in each space, and ended with it. */
export class FollowedSpaces {
  readonly #begin: (space: Space) => Cancel;
  readonly #followed = new Map<Hex, Cancel>();

  constructor(begin: (space: Space) => Cancel) {
    this.#begin = begin;
  }

  /** Begins in those that are new, and ends in those that are gone. */
  follow(spaces: readonly Space[]): void {
    const fresh = spaces.filter(({ key }) => !this.#followed.has(key));
    const gone = [...this.#followed.keys()].filter((key) => !spaces.some((space) => space.key === key));
    for (const key of gone) {
      this.#followed.get(key)?.();
      this.#followed.delete(key);
    }
    for (const space of fresh) this.#followed.set(space.key, this.#begin(space));
  }

  stop(): void {
    for (const stop of this.#followed.values()) stop();
  }
}
