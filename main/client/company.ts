/**
 * Which spaces this device talks about with others: all of them, and once it was revoked only those that its person's
 * devices alone share. Nobody else talks to it then, and it has nothing to say to them. But who revoked it may have been
 * revoked before, by a device above both, and then the revocation counts for nothing: of that those devices tell it.
 */
import type { Replica, Replicas } from '../engine/echo/replica.ts';
import type { Identity } from '../engine/halo/identity.ts';
import { Listeners } from '../engine/listeners.ts';
import type { Cancel, Clock, Log } from '../engine/ports.ts';

interface Source {
  readonly identity: Pick<Identity, 'revoked' | 'onChange'>;
  readonly replicas: Pick<Replicas, 'halos' | 'all' | 'onChange'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class Company {
  readonly #source: Source;
  readonly #turned: Listeners;
  #revoked: boolean;
  /** After this device was revoked, or turned out not to be. */
  readonly onTurn: Listeners['add'];

  constructor(source: Source) {
    const { identity, clock, log } = source;
    this.#source = source;
    this.#turned = new Listeners(log);
    this.onTurn = this.#turned.add;
    this.#revoked = identity.revoked();
    // Not in the middle of whatever brought the news.
    identity.onChange(() => void clock.after(0, () => this.#look()));
  }

  get revoked(): boolean {
    return this.#revoked;
  }

  all(): readonly Replica[] {
    const { replicas } = this.#source;
    return this.#revoked ? replicas.halos() : [...replicas.halos(), ...replicas.all()];
  }

  /** After the spaces became others. */
  onChange(fn: () => void): Cancel {
    const cancels = [this.#source.replicas.onChange(fn), this.#turned.add(fn)];
    return () => cancels.forEach((cancel) => cancel());
  }

  #look(): void {
    if (this.#revoked === this.#source.identity.revoked()) return;
    this.#revoked = !this.#revoked;
    this.#turned.call();
  }
}
