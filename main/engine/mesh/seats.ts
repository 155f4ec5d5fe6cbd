/**
 * How many connections there are in all. Where all places are taken, somebody in whose space nobody is connected gets one
 * nevertheless, for nothing reaches him by way of others: that of a device without which each of its spaces is connected
 * still, or else of who has had his longest, who comes back in his turn.
 */
import type { Hex } from '../bytes.ts';
import type { Clock } from '../ports.ts';
import { MESH } from './limits.ts';
import type { Links } from './links.ts';
import { remember } from './remember.ts';
import type { Session } from './session.ts';

export class Seats {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #links: Pick<Links, 'full' | 'sessions' | 'inSpace'>;
  #turnedAt = -Infinity;
  /** Who had to go, and when: his turn comes after that of those who wait. */
  readonly #gone = new Map<Hex, number>();

  constructor(clock: Pick<Clock, 'monotonic'>, links: Pick<Links, 'full' | 'sessions' | 'inSpace'>) {
    this.#clock = clock;
    this.#links = links;
  }

  /** Whether there is one for a device that was found in this space. */
  hasFor(space: Hex, device: Hex): boolean {
    return !this.#links.full || this.#spare(space, device) !== undefined;
  }

  /** Lets a session go where that is needed; false: there is no place. */
  make(space: Hex, device: Hex): boolean {
    if (!this.#links.full) return true;
    const spare = this.#spare(space, device);
    if (spare === undefined) return false;
    if (spare.inTurn) {
      this.#turnedAt = this.#clock.monotonic();
      remember(this.#gone, spare.session.device, this.#turnedAt, MESH.sessions);
    }
    spare.session.close('full');
    return true;
  }

  #spare(space: Hex, device: Hex): { readonly session: Session; readonly inTurn: boolean } | undefined {
    if (this.#links.inSpace(space).length > 0) return undefined;
    const dispensable = this.#dispensable();
    if (dispensable !== undefined) return { session: dispensable, inTurn: false };
    const session = this.#inTurn(device);
    return session && { session, inTurn: true };
  }

  #dispensable(): Session | undefined {
    return this.#links.sessions.find((session) => {
      const spaces = session.spaces();
      return spaces.length > 0 && spaces.every((one) => this.#links.inSpace(one).length > 1);
    });
  }

  #inTurn(device: Hex): Session | undefined {
    const now = this.#clock.monotonic();
    if (now - this.#turnedAt < MESH.seatEvery) return undefined;
    if (now - (this.#gone.get(device) ?? -Infinity) < MESH.seatTurn) return undefined;
    const [first, ...others] = this.#links.sessions;
    if (first === undefined) return undefined;
    const longest = others.reduce((one, other) => (other.openedAt < one.openedAt ? other : one), first);
    return now - longest.openedAt >= MESH.seatTurn ? longest : undefined;
  }
}
