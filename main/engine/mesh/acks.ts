/**
 * Which entries are known to be stored on which other device: the rows behind "Up to date with 2 devices". Kept in
 * memory and written a little later, all at once: losing the last second of it costs one repeated acknowledgement.
 */
import { fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { LogHead } from '../echo/replica.ts';
import type { Cancel, Clock, Storage } from '../ports.ts';
import type { Coverage } from './coverage.ts';
import { MESH } from './limits.ts';

type Seqs = Map<Hex, number>;

export class Acks {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #spaces = new Map<number, Map<Hex, Seqs>>();
  readonly #dirty = new Map<string, readonly [space: number, device: Hex, log: Hex]>();
  readonly #watched = new Map<number, Coverage>();
  #flush: Cancel | undefined;

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Tells it of every acknowledgement in the space: one per space. */
  watch(space: number, coverage: Coverage): Cancel {
    this.#watched.set(space, coverage);
    return () => {
      if (this.#watched.get(space) === coverage) this.#watched.delete(space);
    };
  }

  /** `device` says that it has stored `log` up to `seq`. True when that is more than it said before. */
  record(space: number, device: Hex, log: Hex, seq: number): boolean {
    const devices = this.#load(space);
    let logs = devices.get(device);
    if (!logs) devices.set(device, (logs = new Map()));
    if ((logs.get(log) ?? 0) >= seq) return false;
    this.#set(space, device, logs, log, seq);
    return true;
  }

  /** `device` says all that it has: where that is less than it said before, an older copy was put back there. */
  restate(space: number, device: Hex, has: (log: Hex) => number): void {
    const logs = this.#load(space).get(device);
    if (!logs) return;
    for (const [log, seq] of logs) if (has(log) < seq) this.#set(space, device, logs, log, has(log));
  }

  /** Up to where `device` has acknowledged `log`; 0: not at all. */
  seq(space: number, device: Hex, log: Hex): number {
    return this.#load(space).get(device)?.get(log) ?? 0;
  }

  /** Whether `device` has acknowledged every one of `heads`. */
  covers(space: number, device: Hex, heads: Iterable<LogHead>): boolean {
    const logs = this.#load(space).get(device);
    if (!logs) return false;
    for (const [logId, seq] of heads) if ((logs.get(toHex(logId)) ?? 0) < seq) return false;
    return true;
  }

  /** The space's copy here was deleted. */
  forget(space: number): void {
    this.#spaces.delete(space);
    for (const [key, [row]] of this.#dirty) if (row === space) this.#dirty.delete(key);
  }

  flush(): void {
    this.#flush?.();
    this.#flush = undefined;
    if (this.#dirty.size === 0) return;
    const statement = this.#storage.prepare(
      `INSERT INTO peer_ack (space, device_id, log_id, seq, at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET seq = excluded.seq, at = excluded.at`,
    );
    const now = this.#clock.now();
    this.#storage.transaction(() => {
      for (const [space, device, log] of this.#dirty.values()) {
        const seq = this.#spaces.get(space)?.get(device)?.get(log) ?? 0;
        statement.run(space, fromHex(device), fromHex(log), seq, now);
      }
    });
    this.#dirty.clear();
  }

  #set(space: number, device: Hex, logs: Seqs, log: Hex, seq: number): void {
    const from = logs.get(log) ?? 0;
    logs.set(log, seq);
    this.#watched.get(space)?.acknowledged(device, log, from, seq);
    this.#dirty.set(`${space}/${device}/${log}`, [space, device, log]);
    this.#flush ??= this.#clock.after(MESH.ackFlush, () => this.flush());
  }

  #load(space: number): Map<Hex, Seqs> {
    const loaded = this.#spaces.get(space);
    if (loaded) return loaded;
    const devices = new Map<Hex, Seqs>();
    this.#spaces.set(space, devices);
    for (const row of this.#storage.prepare('SELECT device_id, log_id, seq FROM peer_ack WHERE space = ?').all(space)) {
      const device = toHex(row['device_id'] as Uint8Array);
      let logs = devices.get(device);
      if (!logs) devices.set(device, (logs = new Map()));
      logs.set(toHex(row['log_id'] as Uint8Array), row['seq'] as number);
    }
    return devices;
  }
}
