/**
 * Addresses that a person gave, where no beacon gets to: each is tried now and then while somebody is missing, ever less
 * often where nobody answers who shares a space.
 */
import type { Hex } from '../bytes.ts';
import type { Cancel, Clock, LanAddress } from '../ports.ts';
import { MESH } from './limits.ts';

/**
 * What came of an address. unreachable: nobody takes a connection there · closed: whoever does ends it without an answer, as
 * no Cove does, or one that takes none from where this device is · self: it is this device · stranger: a Cove, which looks
 * for nobody in a space where this device misses somebody · not-proven: whoever looks there could not prove to be a member
 */
export type KnockFault = 'unreachable' | 'closed' | 'self' | 'stranger' | 'not-proven';
/** Whom it led to, or why to nobody. */
export type Knock = { readonly device: Hex } | { readonly fault: KnockFault };
/** `last`: of the last time it was tried; undefined: nothing that holds now. */
export interface Knocked {
  readonly address: LanAddress;
  readonly last: Knock | undefined;
}

export interface KnockingOptions {
  readonly clock: Clock;
  /** Whether somebody is missing who may be there. */
  readonly wanted: () => boolean;
  readonly connected: (device: Hex) => boolean;
  /** undefined: not now, too much else goes on. Never rejects. */
  readonly knock: (address: LanAddress) => Promise<Knock | undefined>;
}

interface Door {
  readonly address: LanAddress;
  last: Knock | undefined;
  /** Whom it led to, whatever came of it since. */
  device: Hex | undefined;
  failures: number;
  knocking: boolean;
  next: Cancel;
}

export class Knocking {
  readonly #options: KnockingOptions;
  #doors: readonly Door[];
  #running = false;

  constructor(options: KnockingOptions, addresses: readonly LanAddress[]) {
    this.#options = options;
    this.#doors = addresses.map(doorTo);
  }

  /** Replaces all addresses; they are tried from `soon` on. */
  set(addresses: readonly LanAddress[]): void {
    this.stop();
    this.#doors = addresses.map(doorTo);
  }

  /** What came of each so far. */
  get knocked(): readonly Knocked[] {
    return this.#doors.map(({ address, last }) => ({ address, last }));
  }

  /** Somebody was lost, or may have come. */
  soon(): void {
    this.#running = true;
    for (const door of this.#doors) {
      door.failures = 0;
      if (!door.knocking) this.#later(door, 0);
    }
  }

  /** Until `soon`. */
  stop(): void {
    this.#running = false;
    for (const door of this.#doors) door.next();
  }

  async #turn(door: Door): Promise<void> {
    const { wanted, connected, knock } = this.#options;
    const here = door.device !== undefined && connected(door.device);
    if (here || !wanted()) {
      if (isPassing(door.last)) door.last = undefined;
      return this.#later(door, MESH.lanGivenLongest);
    }
    door.knocking = true;
    const came = await knock(door.address);
    door.knocking = false;
    door.last = came ?? door.last;
    const device = came !== undefined && 'device' in came ? came.device : undefined;
    door.device = device ?? door.device;
    door.failures = device === undefined ? door.failures + 1 : 0;
    this.#later(door, Math.min(MESH.lanFirst * 2 ** door.failures, MESH.lanGivenLongest));
  }

  #later(door: Door, ms: number): void {
    door.next();
    if (this.#running && this.#doors.includes(door))
      door.next = this.#options.clock.after(ms, () => void this.#turn(door));
  }
}

/** What need not be so any more where it is not tried again: whoever did not answer may be connected in another way. */
const isPassing = (knock: Knock | undefined): boolean =>
  knock !== undefined && 'fault' in knock && !['self', 'stranger'].includes(knock.fault);

const doorTo = (address: LanAddress): Door => ({
  ...{ address, last: undefined, device: undefined },
  ...{ failures: 0, knocking: false, next: () => undefined },
});
