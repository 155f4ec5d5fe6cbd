/**
 * How many proofs this device still sends for one invitation (protocol §3.3). Each proof lets whoever answers test one
 * guess, and after a swapped code that is the attacker: so the count is the guest's own, in its row before the proof
 * leaves, and goes on over connections, restarts and a code that is pasted again. The host's word can only lower what
 * is shown.
 */
import type { Log } from '../ports.ts';
import { persist } from './guest-store.ts';
import type { GuestStore } from './guest-store.ts';
import { LIMITS } from './limits.ts';

/** The count as a conversation sees it. */
export interface GuestLedger {
  left(): number;
  /** Takes one attempt, durably; false when there is none. Throws when it cannot be stored: then no proof may go out. */
  spend(): boolean;
  /** The host proved the code: there was nothing to guess. */
  refund(): void;
}

export class GuestAttempts implements GuestLedger {
  readonly #store: Pick<GuestStore, 'spend' | 'refund'>;
  readonly #invId: Uint8Array;
  readonly #log: Log;
  #own: number;
  #host: number = LIMITS.fails;

  constructor(store: Pick<GuestStore, 'spend' | 'refund'>, invId: Uint8Array, own: number, log: Log) {
    this.#store = store;
    this.#invId = invId;
    this.#own = own;
    this.#log = log;
  }

  left(): number {
    return this.#own;
  }

  /** For the person: the lower of both counts. */
  get shown(): number {
    return Math.min(this.#own, this.#host);
  }

  spend(): boolean {
    if (this.#own === 0 || !this.#store.spend(this.#invId)) return false;
    this.#own--;
    return true;
  }

  refund(): void {
    this.#own++;
    // Where it cannot be stored, it costs an attempt after a restart.
    persist(this.#log, () => this.#store.refund(this.#invId));
  }

  /** What the host says is left. */
  told(left: number): void {
    this.#host = left;
  }
}
