/**
 * When each other device was last connected to this one: from authenticated sessions only, for a person to recognise a
 * device that is lost or no longer used. Kept in the database, written at most once a minute and device.
 */
import type { Hex } from '../bytes.ts';
import { Listeners } from '../listeners.ts';
import type { Clock, Log, Storage } from '../ports.ts';
import { readTime, writeTime } from './meta.ts';

const PRECISION = 60_000;

export class LastSeen {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #listeners: Listeners;
  readonly onChange: Listeners['add'];

  constructor(storage: Storage, clock: Clock, log: Log) {
    this.#storage = storage;
    this.#clock = clock;
    this.#listeners = new Listeners(log);
    this.onChange = this.#listeners.add;
  }

  /** A session with the device exists, or has just ended. */
  note(deviceId: Hex): void {
    const now = this.#clock.now();
    // A time to come is that of a clock that was set back since.
    if (Math.abs(now - (this.at(deviceId) ?? 0)) < PRECISION) return;
    writeTime(this.#storage, name(deviceId), now);
    this.#listeners.call();
  }

  /** ms since 1970; undefined: never. */
  at(deviceId: Hex): number | undefined {
    return readTime(this.#storage, name(deviceId));
  }
}

const name = (deviceId: Hex): string => `seen.${deviceId}`;
