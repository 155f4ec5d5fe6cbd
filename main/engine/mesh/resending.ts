/**
 * Frames under way that may be lost: each is sent again when its acknowledgement is late, ever later, or at once when
 * three that were sent after it have come. How long an acknowledgement takes is measured (RFC 6298, without its variance:
 * meeting points are slow and even), of frames that were sent once only (Karn).
 */
import type { Clock } from '../ports.ts';
import { MESH } from './limits.ts';
import type { RelayFrame } from './relay-frames.ts';

interface Sent {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly flags: number;
  readonly since: number;
  at: number;
  times: number;
  /** How many later ones have come. */
  overtaken: number;
}

const OVERTAKEN = 3;

export class Resending {
  readonly #clock: Clock;
  /** In order. */
  readonly #frames = new Map<number, Sent>();
  #last = 0;
  #bytes = 0;
  #trip: number = MESH.relayTrip;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of frames under way. */
  get bytes(): number {
    return this.#bytes;
  }

  get waiting(): boolean {
    return this.#frames.size > 0;
  }

  get room(): boolean {
    return this.#oldest === undefined || this.#last - this.#oldest.number < MESH.relayWindow - 1;
  }

  /** When the oldest of them was sent first. */
  get oldestSince(): number {
    return this.#oldest?.since ?? Infinity;
  }

  /** When one has to be sent again. */
  get dueAt(): number {
    let due = Infinity;
    for (const frame of this.#frames.values()) due = Math.min(due, this.#dueAt(frame));
    return due;
  }

  /** The number of a new frame, which is sent now. */
  add(bytes: Uint8Array, flags: number, now: number): number {
    const number = ++this.#last;
    this.#frames.set(number, { number, bytes, flags, since: now, at: now, times: 1, overtaken: 0 });
    this.#bytes += bytes.length;
    return number;
  }

  /** The oldest one that is due, counted as sent. */
  take(now: number): Sent | undefined {
    for (const frame of this.#frames.values()) {
      if (this.#dueAt(frame) > now) continue;
      frame.at = now;
      frame.times++;
      frame.overtaken = 0;
      return frame;
    }
    return undefined;
  }

  acknowledged({ next, seen }: RelayFrame): void {
    const now = this.#clock.monotonic();
    let came = 0;
    for (const frame of [...this.#frames.values()].reverse()) {
      const { number } = frame;
      const place = number - next - 1;
      const here = number < next || (place >= 0 && place < 32 && ((seen >>> place) & 1) === 1);
      if (!here) {
        // Those that it was sent again after say nothing.
        if (frame.times === 1) frame.overtaken += came;
        continue;
      }
      came++;
      this.#frames.delete(number);
      this.#bytes -= frame.bytes.length;
      if (frame.times === 1) this.#trip = 0.75 * this.#trip + 0.25 * (now - frame.at);
    }
  }

  get #oldest(): Sent | undefined {
    return this.#frames.values().next().value;
  }

  #dueAt({ at, times, overtaken }: Sent): number {
    if (overtaken >= OVERTAKEN) return at;
    const patience = Math.max(MESH.relayPatience, 2 * this.#trip) * 2 ** (times - 1);
    return at + Math.min(patience, MESH.relayLongest);
  }
}
