/** The Lan port with a switch: while it is off nothing is said, heard or listened on, and nobody has to know. */
import type { Beacon, Cancel, Channel, HeardBeacon, Lan, LanAddress, LanHealth, Log } from '../engine/ports.ts';
import { Listeners } from '../engine/listeners.ts';
import { oneAtATime } from '../engine/one-at-a-time.ts';

/** How it is while nothing is said or heard. */
export const NOTHING_HEARD: LanHealth = { addresses: [], heard: 0, ways: { beacon: { heard: 0 }, mdns: { heard: 0 } } };

export class SwitchedLan implements Lan {
  readonly #open: () => Promise<Lan>;
  readonly #log: Log;
  readonly #alone = oneAtATime();
  readonly #beacons: Listeners<[heard: HeardBeacon]>;
  readonly #channels: Listeners<[channel: Channel]>;
  readonly #moves: Listeners;
  #wanted = false;
  #closed = false;
  #inner: Lan | undefined;
  #beacon: Beacon | undefined;
  /** Why it could not be opened the last time. */
  #error: string | undefined;

  constructor(open: () => Promise<Lan>, log: Log) {
    this.#open = open;
    this.#log = log;
    this.#beacons = new Listeners(log);
    this.#channels = new Listeners(log);
    this.#moves = new Listeners(log);
  }

  /** What was asked for last; where no port can be had it stays without effect, and the log says so. */
  get on(): boolean {
    return this.#wanted;
  }

  /** Resolves when it is so. */
  set(on: boolean): Promise<void> {
    this.#wanted = on;
    return this.#alone(() => this.#settle());
  }

  announce(beacon: Beacon): void {
    this.#beacon = beacon;
    this.#inner?.announce(beacon);
  }

  ask(): void {
    this.#inner?.ask();
  }

  onBeacon(fn: (heard: HeardBeacon) => void): Cancel {
    return this.#beacons.add(fn);
  }

  onChannel(fn: (channel: Channel) => void): Cancel {
    return this.#channels.add(fn);
  }

  onMove(fn: () => void): Cancel {
    return this.#moves.add(fn);
  }

  dial(address: LanAddress): Promise<Channel> {
    return this.#inner?.dial(address) ?? Promise.reject(new Error('not looked for on this network'));
  }

  health(): LanHealth {
    const failed = this.#error === undefined ? {} : { error: this.#error };
    return this.#inner?.health() ?? { ...NOTHING_HEARD, ...failed };
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.set(false);
  }

  async #settle(): Promise<void> {
    if (this.#wanted && !this.#closed && this.#inner === undefined) await this.#begin();
    if (this.#wanted || this.#inner === undefined) return;
    const inner = this.#inner;
    this.#inner = undefined;
    await inner.close();
  }

  async #begin(): Promise<void> {
    try {
      const inner = await this.#open();
      this.#error = undefined;
      // It may have been switched off elsewhere.
      this.#moves.call();
      inner.onMove(() => this.#moves.call());
      inner.onBeacon((heard) => this.#beacons.call(heard));
      inner.onChannel((channel) => {
        if (this.#channels.size === 0) return channel.close();
        this.#channels.call(channel);
      });
      this.#inner = inner;
      if (this.#beacon !== undefined) inner.announce(this.#beacon);
    } catch (error) {
      this.#error = String((error as NodeJS.ErrnoException).code ?? 'unknown');
      this.#log('lan.unavailable', { reason: this.#error });
    }
  }
}
