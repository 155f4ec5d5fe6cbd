/**
 * What goes out over a link, as much at a time as its channel takes, and how long is waited for what comes in. On a slow
 * way, as through a meeting point, a long message takes longer than one may: while it moves, it is not late.
 */
import type { Cancel, Clock } from '../ports.ts';
import { LIMITS } from './limits.ts';
import type { Link } from './link.ts';
import { encodeMessage } from './messages.ts';
import type { Message } from './messages.ts';
import { sendEncoded } from './wire.ts';

/** How far both directions were at one moment. */
export interface Mark {
  readonly received: number;
  /** Bytes that are not away yet. */
  readonly unsent: number;
}

export class Flow {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #waiting: Uint8Array[] = [];
  #cancel: Cancel = () => undefined;

  constructor(link: Link, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  send(message: Message): void {
    this.#waiting.push(encodeMessage(message));
    if (this.#waiting.length === 1) this.#pump();
  }

  mark(): Mark {
    const { secure } = this.#link;
    const waiting = this.#waiting.reduce((sum, { length }) => sum + length, 0);
    return { received: secure.received, unsent: waiting + secure.buffered() };
  }

  /**
   * Whether anything has come since, or was taken by the other side. Only through a meeting point is it known that it was:
   * elsewhere what is away may still be lost.
   */
  movedSince({ received, unsent }: Mark): boolean {
    const now = this.mark();
    return now.received > received || (this.#link.kind === 'relayed' && now.unsent < unsent);
  }

  /** Calls `late` after `ms`; where the next message may be long (`slow`), only after `ms` in which nothing moved. */
  wait(ms: number, slow: () => boolean, late: (mark: Mark) => void): Cancel {
    let cancel: Cancel = () => undefined;
    const round = (left: number): void => {
      const mark = this.mark();
      cancel = this.#clock.after(ms, () =>
        left > 0 && slow() && this.movedSince(mark) ? round(left - 1) : late(mark),
      );
    };
    round(LIMITS.slow);
    return () => cancel();
  }

  /** Sends nothing more. */
  end(): void {
    this.#cancel();
    this.#waiting.length = 0;
  }

  #pump(): void {
    const { secure } = this.#link;
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      if (secure.buffered() >= LIMITS.outstanding) break;
      this.#waiting.shift();
      sendEncoded(secure, next);
    }
    this.#cancel = this.#clock.after(LIMITS.outstandingWait, () => this.#pump());
  }
}
