/** Which entries are known to be stored on which other devices: what those said in sessions, and in files they signed. */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { LogHead } from '../echo/replica.ts';
import type { Acks } from './acks.ts';
import { otherDevices } from './status.ts';
import type { WatchedSpaces } from './watched-spaces.ts';

export class Holdings {
  readonly #acks: Acks;
  readonly #spaces: WatchedSpaces;
  readonly #self: Hex;
  readonly #changed: (space: Hex) => void;

  constructor(acks: Acks, spaces: WatchedSpaces, self: Hex, changed: (space: Hex) => void) {
    this.#acks = acks;
    this.#spaces = spaces;
    this.#self = self;
    this.#changed = changed;
  }

  /** Whether everything that this device wrote into the space is stored on one other device at least. */
  isHeld(space: Hex): boolean {
    const replica = this.#spaces.get(space);
    return replica?.ownLogs().every((head) => this.holders(space, [head]).size > 0) ?? false;
  }

  /** Devices of others that have acknowledged all of these heads. */
  holders(space: Hex, heads: readonly LogHead[]): ReadonlySet<Hex> {
    const replica = this.#spaces.get(space);
    if (!replica) return new Set();
    const others = otherDevices(replica, this.#self).map(({ device }) => device.deviceId);
    return new Set(others.filter((device) => this.#acks.covers(replica.row, device, heads)));
  }

  /** Up to where a device is known to have a log; 0: nothing is known. */
  reach(space: Hex, device: Hex, log: Hex): number {
    const replica = this.#spaces.get(space);
    return replica ? this.#acks.seq(replica.row, device, log) : 0;
  }

  /** A device has shown to have these, as far as they are here too. */
  note(space: Hex, device: Hex, heads: readonly LogHead[]): void {
    const replica = this.#spaces.get(space);
    if (!replica) return;
    const gathering = this.#spaces.gathering(replica);
    for (const [logId, seq] of heads) {
      const here = Math.min(seq, gathering.head(toHex(logId)));
      if (here > 0) this.#acks.record(replica.row, device, toHex(logId), here);
    }
    this.#changed(space);
  }
}
