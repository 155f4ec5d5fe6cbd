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
    return !this.#links.full || this.#dispensable(space) !== undefined || this.#inTurn(space, device) !== undefined;
  }

  /** Lets a session go where that is needed; false: there is no place. */
  make(space: Hex, device: Hex): boolean {
    if (!this.#links.full) return true;
    const dispensable = this.#dispensable(space);
    const gone = dispensable ?? this.#inTurn(space, device);
    if (gone === undefined) return false;
    if (gone !== dispensable) {
      this.#turnedAt = this.#clock.monotonic();
      remember(this.#gone, gone.device, this.#turnedAt, MESH.sessions);
    }
    gone.close('full');
    return true;
  }

  #dispensable(space: Hex): Session | undefined {
    if (this.#isConnected(space)) return undefined;
    return this.#links.sessions.find((session) => {
      const spaces = session.spaces();
      return spaces.length > 0 && spaces.every((one) => this.#links.inSpace(one).length > 1);
    });
  }

  #inTurn(space: Hex, device: Hex): Session | undefined {
    const now = this.#clock.monotonic();
    if (this.#isConnected(space) || now - this.#turnedAt < MESH.seatEvery) return undefined;
    if (now - (this.#gone.get(device) ?? -Infinity) < MESH.seatTurn) return undefined;
    const [first, ...others] = this.#links.sessions;
    if (first === undefined) return undefined;
    const longest = others.reduce((one, other) => (other.openedAt < one.openedAt ? other : one), first);
    return now - longest.openedAt >= MESH.seatTurn ? longest : undefined;
  }

  #isConnected(space: Hex): boolean {
    return this.#links.inSpace(space).length > 0;
  }
}
