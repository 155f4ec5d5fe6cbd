/** Tells when the authority of one of some spaces changed, and when a space is gone. */
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import type { Cancel } from '../ports.ts';

export class AuthorityWatch {
  readonly #changed: (replica: Replica) => void;
  readonly #gone: (space: Hex) => void;
  readonly #cancels = new Map<Hex, Cancel>();

  constructor(changed: (replica: Replica) => void, gone: (space: Hex) => void) {
    this.#changed = changed;
    this.#gone = gone;
  }

  /** These are the spaces now. */
  watch(replicas: readonly Replica[]): void {
    const present = new Set(replicas.map((replica) => replica.key));
    for (const [key, cancel] of this.#cancels) {
      if (present.has(key)) continue;
      cancel();
      this.#cancels.delete(key);
      this.#gone(key);
    }
    for (const replica of replicas) {
      if (this.#cancels.has(replica.key)) continue;
      this.#cancels.set(
        replica.key,
        replica.onAuthority(() => this.#changed(replica)),
      );
    }
  }

  stop(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
