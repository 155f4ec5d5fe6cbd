/**
 * Entries on their way in from one peer: a queue that is worked off in small turns, so that a peer's flood neither
 * blocks typing nor fills memory. The pace is a token bucket of bytes and entries (protocol §6.6).
 */
import type { RawEntry } from '../echo/replica.ts';
import type { Cancel, Clock } from '../ports.ts';
import type { WorkTime } from '../work-time.ts';
import { MESH } from './limits.ts';

export class Inbound {
  readonly #clock: Clock;
  readonly #time: Pick<WorkTime, 'run'>;
  readonly #work: (entries: readonly RawEntry[]) => void;
  #queue: RawEntry[] = [];
  #at = 0;
  #queuedBytes = 0;
  #entries: number = MESH.inboundEntries;
  #bytes: number = MESH.inboundBytes;
  #filledAt: number;
  #timer: Cancel | undefined;
  /** Waits for its turn among all that is taken in. */
  #waits = false;
  #stopped = false;

  constructor(clock: Clock, time: Pick<WorkTime, 'run'>, work: (entries: readonly RawEntry[]) => void) {
    this.#clock = clock;
    this.#time = time;
    this.#work = work;
    this.#filledAt = clock.monotonic();
  }

  /** False when the peer has sent more than may wait: it does not keep to what was asked. */
  push(entries: readonly RawEntry[]): boolean {
    for (const entry of entries) {
      this.#queue.push(entry);
      this.#queuedBytes += size(entry);
    }
    if (this.#queuedBytes > MESH.inboundQueue) return false;
    if (!this.#timer && !this.#waits) this.#ask();
    return true;
  }

  get empty(): boolean {
    return this.#at === this.#queue.length;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.();
    this.#queue = [];
    this.#at = 0;
  }

  #ask(): void {
    this.#timer = undefined;
    this.#waits = true;
    this.#time.run(() => this.#turn());
  }

  #turn(): void {
    this.#waits = false;
    if (this.#stopped || this.empty) return;
    this.#fill();
    if (this.#entries < 1 || this.#bytes < 1) return this.#later(20);
    const batch = this.#queue.slice(this.#at, this.#at + Math.min(MESH.entriesPerTurn, Math.ceil(this.#entries)));
    this.#at += batch.length;
    const bytes = batch.reduce((sum, entry) => sum + size(entry), 0);
    this.#queuedBytes -= bytes;
    this.#entries -= batch.length;
    this.#bytes -= bytes;
    if (this.empty || this.#at > 4 * MESH.entriesPerMessage) {
      this.#queue = this.#queue.slice(this.#at);
      this.#at = 0;
    }
    this.#later(0); // first: `work` may bring more in, which then waits for its turn
    this.#work(batch);
  }

  #later(ms: number): void {
    this.#timer = this.#clock.after(ms, () => this.#ask());
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#filledAt) / 1_000;
    this.#filledAt = now;
    this.#entries = Math.min(MESH.inboundEntries, this.#entries + seconds * MESH.inboundEntries);
    this.#bytes = Math.min(MESH.inboundBytes, this.#bytes + seconds * MESH.inboundBytes);
  }
}

function size([header, payload]: RawEntry): number {
  return header.length + (payload?.length ?? 0);
}
