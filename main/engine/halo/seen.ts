/**
 * When each other device was last connected to this one, members' and one's own: from authenticated sessions only, for a
 * person to recognise a device that is lost or no longer used, and to see since when two have not met. Kept in the database;
 * written when a device comes and when it goes, and every quarter of an hour for all that are there, as nobody says when a
 * process ends.
 */
import type { Hex } from '../bytes.ts';
import { Listeners } from '../listeners.ts';
import type { Cancel, Clock, Log, Storage } from '../ports.ts';
import { dropMeta, namedTimes, writeTime } from './meta.ts';

/** Who comes and goes all the time is not written each time. */
const PRECISION = 60_000;
const EVERY = 15 * 60_000;
/** A space has at most so many devices; of more, those seen last are remembered. */
const MOST = 1_000;

export interface LastSeenOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  /** A device that is not forgotten for others. */
  readonly own: (device: Hex) => boolean;
}

export class LastSeen {
  readonly #options: LastSeenOptions;
  readonly #listeners: Listeners;
  readonly onChange: Listeners['add'];
  /** As written, the earliest first. */
  readonly #at: Map<Hex, number>;
  /** Who is connected, in each space. */
  readonly #present = new Map<Hex, ReadonlySet<Hex>>();
  #next: Cancel;

  constructor(options: LastSeenOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.log);
    this.onChange = this.#listeners.add;
    this.#at = new Map([...namedTimes(options.storage, PREFIX)].sort(([, a], [, b]) => a - b));
    this.#next = this.#later();
  }

  /** Who is connected in a space now; call when that may have changed. */
  connected(space: Hex, devices: readonly Hex[]): void {
    const before = this.#present.get(space) ?? NOBODY;
    const present = new Set(devices);
    if (present.size === 0) this.#present.delete(space);
    else this.#present.set(space, present);
    const gone = [...before].filter((device) => !present.has(device));
    this.#note([...devices.filter((device) => !before.has(device)), ...gone]);
  }

  /** ms since 1970, as of when it was written; undefined: never, or long ago and forgotten. */
  at(device: Hex): number | undefined {
    return this.#at.get(device);
  }

  /** A space is not here any more: what is known of devices that are `elsewhere` stays. */
  left(space: Hex, elsewhere: (device: Hex) => boolean): void {
    this.#present.delete(space);
    this.#drop([...this.#at.keys()].filter((device) => !elsewhere(device)));
  }

  stop(): void {
    this.#next();
    this.#note(this.#everybody());
    this.#present.clear();
  }

  #later(): Cancel {
    return this.#options.clock.after(EVERY, () => {
      this.#next = this.#later();
      this.#note(this.#everybody());
    });
  }

  #everybody(): Hex[] {
    return [...new Set([...this.#present.values()].flatMap((devices) => [...devices]))];
  }

  #note(devices: readonly Hex[]): void {
    const { storage, clock } = this.#options;
    const now = clock.now();
    // A time to come is that of a clock that was set back since.
    const due = devices.filter((device) => Math.abs(now - (this.#at.get(device) ?? 0)) >= PRECISION);
    if (due.length === 0) return;
    storage.transaction(() => {
      for (const device of due) writeTime(storage, PREFIX + device, now);
    });
    for (const device of due) {
      this.#at.delete(device);
      this.#at.set(device, now);
    }
    const others = [...this.#at.keys()].filter((device) => !this.#options.own(device));
    this.#drop(others.slice(0, Math.max(0, others.length - MOST)));
    this.#listeners.call();
  }

  #drop(devices: readonly Hex[]): void {
    const { storage } = this.#options;
    if (devices.length === 0) return;
    storage.transaction(() => {
      for (const device of devices) dropMeta(storage, PREFIX + device);
    });
    for (const device of devices) this.#at.delete(device);
  }
}

const PREFIX = 'seen.';
const NOBODY: ReadonlySet<Hex> = new Set();
