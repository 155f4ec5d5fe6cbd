/**
 * Addresses that a person gave, where no beacon gets to: each is tried now and then while somebody is missing, ever less
 * often where nobody answers who shares a space.
 */
import type { Hex } from '../bytes.ts';
import type { Cancel, Clock, LanAddress } from '../ports.ts';
import { MESH } from './limits.ts';

export interface KnockingOptions {
  readonly clock: Clock;
  /** Whether somebody is missing who may be there. */
  readonly wanted: () => boolean;
  readonly connected: (device: Hex) => boolean;
  /** Whom it led to; undefined: to nobody. Never rejects. */
  readonly knock: (address: LanAddress) => Promise<Hex | undefined>;
}

interface Door {
  readonly address: LanAddress;
  device: Hex | undefined;
  failures: number;
  knocking: boolean;
  next: Cancel;
}

export class Knocking {
  readonly #options: KnockingOptions;
  #doors: readonly Door[] = [];

  constructor(options: KnockingOptions) {
    this.#options = options;
  }

  /** Replaces all addresses. */
  set(addresses: readonly LanAddress[]): void {
    this.stop();
    this.#doors = addresses.map((address) => {
      return { address, device: undefined, failures: 0, knocking: false, next: () => undefined };
    });
    this.soon();
  }

  /** Somebody was lost, or may have come. */
  soon(): void {
    for (const door of this.#doors) {
      door.failures = 0;
      if (!door.knocking) this.#later(door, 0);
    }
  }

  stop(): void {
    for (const door of this.#doors) door.next();
    this.#doors = [];
  }

  async #turn(door: Door): Promise<void> {
    const { wanted, connected, knock } = this.#options;
    if (!wanted() || (door.device !== undefined && connected(door.device)))
      return this.#later(door, MESH.lanGivenLongest);
    door.knocking = true;
    const device = await knock(door.address);
    door.knocking = false;
    door.device = device ?? door.device;
    door.failures = device === undefined ? door.failures + 1 : 0;
    this.#later(door, Math.min(MESH.lanFirst * 2 ** door.failures, MESH.lanGivenLongest));
  }

  #later(door: Door, ms: number): void {
    door.next();
    if (this.#doors.includes(door)) door.next = this.#options.clock.after(ms, () => void this.#turn(door));
  }
}
