/**
 * Entries on their way out to one peer: ranges of logs, worked off in turn in messages of at most 256 KiB, and
 * never more than 1 MiB ahead of the network or 8 MiB ahead of what the peer says it has stored (a fast network would
 * otherwise drown a slow disk). Reads from the database only what can be sent now.
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { LogRange, RawEntry } from '../echo/replica.ts';
import type { Cancel, Clock } from '../ports.ts';
import { MESH } from './limits.ts';
import type { LinkLimits } from './link-kind.ts';

export interface OutboundOptions {
  readonly clock: Clock;
  readonly limits: Pick<LinkLimits, 'outstanding' | 'entryBytes'>;
  readonly read: (range: LogRange, maxBytes: number) => readonly RawEntry[];
  readonly send: (entries: readonly RawEntry[]) => void;
  readonly buffered: () => number;
}

export class Outbound {
  readonly #options: OutboundOptions;
  /** What is still to be sent, per log; a Map keeps the order of asking. */
  readonly #ranges = new Map<Hex, { readonly logId: Uint8Array; from: number; to: number }>();
  /** Sent and not acknowledged yet, oldest first. */
  #unapplied: { readonly log: Hex; readonly to: number; readonly bytes: number; readonly at: number }[] = [];
  #unappliedBytes = 0;
  #timer: Cancel | undefined;

  constructor(options: OutboundOptions) {
    this.#options = options;
  }

  add([logId, from, to]: LogRange): void {
    const log = toHex(logId);
    const range = this.#ranges.get(log);
    if (range && from <= range.to + 1 && to >= range.from - 1) {
      range.from = Math.min(range.from, from);
      range.to = Math.max(range.to, to);
    } else this.#ranges.set(log, { logId, from, to }); // apart from the old one: what was asked last counts
    if (!this.#timer) this.#pump();
  }

  /** The peer has stored `log` up to `seq`. */
  applied(log: Hex, seq: number): void {
    this.#forget((sent) => sent.log === log && sent.to <= seq);
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#ranges.clear();
    this.#unapplied = [];
  }

  #pump(): void {
    const { clock, limits, read, send, buffered } = this.#options;
    this.#timer = undefined;
    while (this.#ranges.size > 0) {
      // What the peer could not take in yet (it lacks what it depends on) is not waited for without end.
      if (this.#unappliedBytes > MESH.unapplied) this.#forget(({ at }) => clock.monotonic() - at > MESH.unappliedWait);
      if (buffered() > limits.outstanding || this.#unappliedBytes > MESH.unapplied) {
        this.#timer = clock.after(MESH.outstandingWait, () => this.#pump());
        return;
      }
      const [log, range] = this.#ranges.entries().next().value as [
        Hex,
        { logId: Uint8Array; from: number; to: number },
      ];
      const to = Math.min(range.to, range.from + MESH.entriesPerMessage - 1);
      const entries = read([range.logId, range.from, to], limits.entryBytes);
      this.#ranges.delete(log);
      range.from += entries.length;
      // To the end of the queue: one long log does not hold up the others.
      if (entries.length > 0 && range.from <= range.to) this.#ranges.set(log, range);
      if (entries.length === 0) continue;
      const bytes = entries.reduce((sum, [header, payload]) => sum + header.length + (payload?.length ?? 0), 0);
      this.#unapplied.push({ log, to: range.from - 1, bytes, at: clock.monotonic() });
      this.#unappliedBytes += bytes;
      send(entries);
    }
  }

  #forget(done: (sent: { readonly log: Hex; readonly to: number; readonly at: number }) => boolean): void {
    this.#unapplied = this.#unapplied.filter((sent) => !done(sent));
    this.#unappliedBytes = this.#unapplied.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
