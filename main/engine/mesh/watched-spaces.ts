/** The spaces of this device as the network follows them: each with its gathering, and told of when something changes. */
import type { Hex } from '../bytes.ts';
import type { Replica, Replicas } from '../echo/replica.ts';
import type { Cancel } from '../ports.ts';
import type { Acks } from './acks.ts';
import { Gathering } from './gathering.ts';

interface WatchedSpacesOptions {
  readonly replicas: Pick<Replicas, 'all'>;
  readonly acks: Acks;
  /** Members, roles, devices or epochs of a space changed. */
  readonly onAuthority: (space: Hex) => void;
  readonly onAdvance: (space: Hex) => void;
  readonly onGone: (replica: Replica) => void;
}

export class WatchedSpaces {
  readonly #options: WatchedSpacesOptions;
  readonly #gatherings = new Map<Hex, Gathering>();
  readonly #watched = new Map<Hex, Cancel>();

  constructor(options: WatchedSpacesOptions) {
    this.#options = options;
  }

  all(): readonly Replica[] {
    return this.#options.replicas.all();
  }

  get(space: Hex): Replica | undefined {
    return this.all().find((replica) => replica.key === space);
  }

  gathering(replica: Replica): Gathering {
    let gathering = this.#gatherings.get(replica.key);
    if (!gathering) this.#gatherings.set(replica.key, (gathering = new Gathering(replica, this.#options.acks)));
    return gathering;
  }

  /** After spaces came or went. */
  refresh(): void {
    const { onAuthority, onAdvance, onGone } = this.#options;
    const present = new Map(this.all().map((replica) => [replica.key, replica]));
    for (const [key, cancel] of this.#watched) if (!present.has(key)) cancel();
    for (const [key, replica] of present) {
      if (this.#watched.has(key)) continue;
      const cancels = [replica.onAuthority(() => onAuthority(key)), replica.onAdvance(() => onAdvance(key))];
      this.#watched.set(key, () => {
        for (const cancel of cancels) cancel();
        this.#watched.delete(key);
        this.#gatherings.get(key)?.close();
        this.#gatherings.delete(key);
        onGone(replica);
      });
    }
  }

  close(): void {
    for (const cancel of [...this.#watched.values()]) cancel();
    for (const gathering of this.#gatherings.values()) gathering.close();
    this.#gatherings.clear();
  }
}
