/**
 * What one peer is asked for: what it has and is missing here, at this device's own pace, and of each log only what
 * nobody else was asked for meanwhile.
 */
import { fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { LogRange, Replica } from '../echo/replica.ts';
import type { Clock } from '../ports.ts';
import type { Gathering, Link } from './gathering.ts';
import { MESH } from './limits.ts';
import type { LinkLimits } from './link-kind.ts';

/** Entries of one log that are asked for at once, however many other logs are behind. */
const FAIR_SHARE = 64;

export interface WantsOptions {
  readonly replica: Pick<Replica, 'frozenAfter'>;
  readonly gathering: Gathering;
  /** Which of the gathering's links the peer is at. */
  readonly link: Link;
  readonly limits: Pick<LinkLimits, 'want' | 'window'>;
  readonly clock: Clock;
  readonly send: (ranges: readonly LogRange[]) => void;
}

interface Asked {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

export class Wants {
  readonly #options: WantsOptions;
  /** Ranges asked of this peer, until they are here. */
  readonly #asked = new Map<Hex, Asked>();
  readonly #gaps = new Map<Hex, Asked>();

  constructor(options: WantsOptions) {
    this.#options = options;
  }

  /** Whether something that is wanted of a log is missing here, of which the peer has so much: mostly nothing is. */
  lacks(log: Hex, theirs: number): boolean {
    const head = this.#options.gathering.head(log);
    return theirs > head && this.#end(log, theirs) > head;
  }

  /** Asks for what of these heads of the peer's is missing here. Whether anything is, asked for or not. */
  ask(theirs: ReadonlyMap<Hex, number>): boolean {
    const { clock, gathering, limits, link, send } = this.#options;
    const now = clock.monotonic();
    let room: number = limits.window;
    for (const [log, { to, at }] of this.#asked) {
      const open = to - gathering.head(log);
      if (open <= 0 || now - at > limits.want) this.#asked.delete(log);
      else room -= open;
    }
    const ranges: LogRange[] = [];
    const lacking: (readonly [log: Hex, theirs: number])[] = [];
    for (const [log, seq] of theirs) if (this.lacks(log, seq)) lacking.push([log, this.#end(log, seq)]);
    // Logs depend on each other, and only so much of one may wait for another: all move on together.
    const share = Math.max(FAIR_SHARE, Math.floor(limits.window / Math.max(1, lacking.length)));
    for (const [log, end] of lacking) {
      if (room <= 0 || ranges.length === MESH.ranges) break;
      if (this.#asked.has(log)) continue;
      const from = gathering.head(log) + 1;
      const to = Math.min(end, from + Math.min(room, share) - 1);
      if (!gathering.claim(log, to, link, now)) continue;
      room -= to - from + 1;
      this.#asked.set(log, { from, to, at: now });
      ranges.push([fromHex(log), from, to]);
    }
    if (ranges.length > 0) send(ranges);
    return lacking.length > 0;
  }

  /** Gaps and dependencies that `receive` found: asked at once, though the peer may not have announced them. */
  askFor(missing: readonly LogRange[]): void {
    const { clock, gathering, limits, link, send } = this.#options;
    const now = clock.monotonic();
    const ranges = missing.slice(0, MESH.ranges).filter(([logId, from, to]) => {
      const log = toHex(logId);
      // Where a log is forked, what is wanted next lies before what was asked.
      const asked = this.#asked.get(log);
      if (asked && asked.from <= from && asked.to >= to && now - asked.at < limits.want) return false;
      // The same gap again, although it was answered (a frozen fork, say): once per wait, or two peers would never rest.
      const gap = this.#gaps.get(log);
      if (gap?.from === from && gap.to === to && now - gap.at < limits.want) return false;
      if (!gathering.claim(log, to, link, now)) return false;
      this.#asked.set(log, { from, to, at: now });
      this.#gaps.set(log, { from, to, at: now });
      return true;
    });
    if (ranges.length > 0) send(ranges);
  }

  /** Entries of a log came from the peer, up to this one. */
  came(log: Hex, seq: number): void {
    const asked = this.#asked.get(log);
    // All of it came: what did not fit in yet may be asked again in a second, not only after the whole wait.
    if (asked && seq >= asked.to) this.#asked.set(log, { ...asked, at: asked.at - this.#options.limits.want + 1_000 });
  }

  /** Up to where the peer, which has so much of it, has what is wanted of a log. */
  #end(log: Hex, theirs: number): number {
    return Math.min(theirs, this.#options.replica.frozenAfter(log) ?? Infinity);
  }
}
