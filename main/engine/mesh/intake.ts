/**
 * What one session takes in: a budget of bytes and work for messages of every kind (protocol §6.6). A message beyond it
 * waits its turn, in order; so does one that may need an answer while the peer does not read ours. A peer that goes
 * on all the same sends more than any honest one, and the session ends.
 */
import type { Cancel, Clock } from '../ports.ts';
import type { WorkTime } from '../work-time.ts';
import type { Frame } from './frames.ts';
import { MESH } from './limits.ts';

export interface IntakeOptions {
  readonly clock: Clock;
  readonly time: Pick<WorkTime, 'run' | 'over' | 'free'>;
  /** Bytes of ours that the peer has not taken yet. */
  readonly buffered: () => number;
  readonly handle: (channel: number, message: Uint8Array) => void;
  /** The peer has sent more than may wait. Called once. */
  readonly overrun: () => void;
  /** A message that had waited was not taken in. */
  readonly failed: (error: unknown) => void;
}

/**
 * What a frame costs. One is about 50 µs of this device's time: a tag is compared with those of every epoch of every
 * space; a head costs a look into some maps.
 */
export function costOf(frame: Frame): number {
  switch (frame.type) {
    case 'space-open':
    case 'space-refuse':
      return 50;
    case 'notice': // a signature of each may have to be checked
      return 50 + frame.certs.length * 6;
    case 'tags':
      return 50 + frame.tags.length / 8;
    case 'have':
    case 'applied':
      return 1 + frame.heads.length / 8;
    case 'want':
      return 1 + frame.ranges.length / 8;
    case 'blob-want': // each is read from the disk
      return 1 + frame.hashes.length * 5;
    // To be opened here, or passed on: as many a second as are taken from a meeting point.
    case 'carried':
    case 'carry':
      return 20;
    case 'carry-open':
    case 'carry-close':
      return 1 + frame.topics.length / 8;
    default:
      return 1; // entries have a pace of their own, see inbound.ts
  }
}

export class Intake {
  readonly #options: IntakeOptions;
  #work: number = MESH.intakeWorkBurst;
  #bytes: number = MESH.intakeBytesBurst;
  #filledAt: number;
  #waiting: (readonly [channel: number, message: Uint8Array])[] = [];
  #waitingBytes = 0;
  #timer: Cancel | undefined;
  /** Waits for its turn among all that is taken in. */
  #due = false;
  #stopped = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#filledAt = options.clock.monotonic();
  }

  push(channel: number, message: Uint8Array): void {
    if (this.#stopped) return;
    if (this.#waiting.length === 0 && this.#options.time.free && this.#mayGoOn()) {
      return this.#options.time.run(() => this.#handle(channel, message));
    }
    this.#waiting.push([channel, message]);
    this.#waitingBytes += message.length;
    if (this.#waiting.length > MESH.intakeWaiting || this.#waitingBytes > MESH.intakeWaitingBytes) {
      this.stop();
      return this.#options.overrun();
    }
    this.#goOn();
  }

  /** What the message that is being handled turned out to cost beyond its bytes; it may leave a debt. */
  charge(work: number): void {
    this.#work -= work;
  }

  /** Bytes of the message that is being handled that were asked for: whoever asks sets the pace. */
  refund(bytes: number): void {
    this.#bytes += bytes;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.();
    this.#waiting = [];
  }

  /** In the next turn if the budget allows, and otherwise when it may. */
  #goOn(): void {
    if (this.#due || this.#timer) return;
    if (!this.#mayGoOn()) {
      this.#timer = this.#options.clock.after(MESH.outstandingWait, () => {
        this.#timer = undefined;
        this.#goOn();
      });
      return;
    }
    this.#due = true;
    this.#options.time.run(() => {
      this.#due = false;
      try {
        this.#turn();
      } catch (error) {
        this.stop();
        this.#options.failed(error);
      }
    });
  }

  #turn(): void {
    let done = 0;
    while (done < this.#waiting.length && this.#mayGoOn() && !(done > 0 && this.#options.time.over)) {
      const [channel, message] = this.#waiting[done++] as readonly [number, Uint8Array];
      this.#waitingBytes -= message.length;
      this.#handle(channel, message);
      if (this.#stopped) return;
    }
    this.#waiting = this.#waiting.slice(done);
    if (this.#waiting.length > 0) this.#goOn();
  }

  #handle(channel: number, message: Uint8Array): void {
    this.#bytes -= message.length;
    this.#options.handle(channel, message);
  }

  #mayGoOn(): boolean {
    const now = this.#options.clock.monotonic();
    const seconds = (now - this.#filledAt) / 1_000;
    this.#filledAt = now;
    this.#work = Math.min(MESH.intakeWorkBurst, this.#work + seconds * MESH.intakeWork);
    this.#bytes = Math.min(MESH.intakeBytesBurst, this.#bytes + seconds * MESH.inboundBytes);
    return this.#work >= 1 && this.#bytes >= 1 && this.#options.buffered() <= MESH.unread;
  }
}
