/**
 * When this device announces itself in which space: at once where somebody is missing, then ever less often. Whoever is
 * missing from many spaces is called in one of them at a time, and all spaces together keep a pace.
 */
import { fraction } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import type { Cancel, Clock, Random } from '../ports.ts';
import { MESH } from './limits.ts';
import { Pace } from './pace.ts';
import { remember } from './remember.ts';

interface TurnsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly replicas: () => readonly Replica[];
  /** Whether this device wants more links in this space. */
  readonly looks: (replica: Replica) => boolean;
  /** Whom it has none with. */
  readonly missing: (replica: Replica) => readonly Hex[];
  /** Whom it has one with. */
  readonly connected: (replica: Replica) => readonly Hex[];
  /** `again`: it was said some times before. Milliseconds until it may be said, where it may not now; 0: it was said. */
  readonly announce: (replica: Replica, again: boolean) => number;
}

/**
 * What a device announces itself for, each with those before it: links that it wants; somebody whom it has none with and
 * could do without, for the others may not hear of each other; those it is connected with, who may have to look whether
 * they still are.
 */
type Reason = 'wanted' | 'missing' | 'connected';
const RANK = { wanted: 0, missing: 1, connected: 2 } as const;

interface Turn {
  /** Pause after it. */
  readonly delay: number;
  readonly reason: Reason;
  readonly at: number;
  readonly cancel: Cancel;
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #turns = new Map<Hex, Turn>();
  readonly #pace: Pace;
  /** Where and when each device that is missing was called last. */
  readonly #called = new Map<Hex, { readonly in: Hex; readonly at: number }>();

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock, MESH.announceRate);
  }

  get size(): number {
    return this.#turns.size;
  }

  stop(): void {
    for (const { cancel } of this.#turns.values()) cancel();
    this.#turns.clear();
  }

  /** After spaces came or went. */
  refresh(): void {
    const keys = new Set(this.#options.replicas().map((replica) => replica.key));
    for (const [key, turn] of this.#turns) {
      if (keys.has(key)) continue;
      turn.cancel();
      this.#turns.delete(key);
    }
    for (const key of keys) if (!this.#turns.has(key)) this.soon(key);
  }

  /** The back-off begins anew. */
  soon(space: Hex, reason: Reason = 'wanted'): void {
    this.#plan(space, this.#jitter(MESH.announceJitter), { delay: MESH.announceFirst, reason });
  }

  /** The network may be another one: the back-offs begin anew, and everybody connected hears of this device in one space. */
  moved(): void {
    const told = new Set<Hex>();
    for (const replica of this.#options.replicas()) {
      const more = this.#options.connected(replica).filter((device) => !told.has(device));
      for (const device of more) told.add(device);
      this.soon(replica.key, more.length > 0 ? 'connected' : 'missing');
    }
  }

  /** Now, and then as it would have been. */
  once(space: Hex, reason: Reason = 'wanted'): void {
    const next = this.#turns.get(space);
    if (next) this.#plan(space, this.#jitter(MESH.announceJitter), { delay: next.delay, reason });
  }

  /** The earlier one of two turns stays, with the shorter pause of both. */
  #plan(space: Hex, ms: number, turn: Pick<Turn, 'delay' | 'reason'>): void {
    const { clock } = this.#options;
    const old = this.#turns.get(space);
    const delay = Math.min(turn.delay, old?.delay ?? Infinity);
    const reason = old !== undefined && RANK[old.reason] > RANK[turn.reason] ? old.reason : turn.reason;
    const at = clock.monotonic() + ms;
    if (old && old.at <= at) return void this.#turns.set(space, { ...old, delay, reason });
    old?.cancel();
    this.#turns.set(space, { delay: turn.delay, reason, at, cancel: clock.after(ms, () => this.#due(space)) });
  }

  #due(space: Hex): void {
    const { delay = MESH.announceFirst, reason = 'wanted' } = this.#turns.get(space) ?? {};
    this.#turns.delete(space);
    const { replicas, clock } = this.#options;
    const replica = replicas().find((candidate) => candidate.key === space);
    if (!replica) return;
    if (this.#hasReason(reason, replica, delay)) {
      const wait = this.#pace.wait();
      // By then the connection that another space has brought may do.
      if (wait > 0) return this.#plan(space, wait + this.#jitter(wait), { delay, reason });
      const unsaid = this.#options.announce(replica, delay >= MESH.announceAgain);
      if (unsaid > 0) return this.#plan(space, unsaid, { delay, reason });
      this.#pace.took();
      for (const device of this.#options.missing(replica))
        remember(this.#called, device, { in: space, at: clock.monotonic() }, MESH.nonceCount);
    }
    // Removed: asked for now and then only, for the case that the removal did not count.
    const pause = replica.ownRole() === undefined ? MESH.announceLongest : delay;
    const after = { delay: Math.min(pause * 2, MESH.announceLongest), reason: 'wanted' } as const;
    this.#plan(space, pause + this.#jitter(pause / 2), after);
  }

  #hasReason(reason: Reason, replica: Replica, delay: number): boolean {
    const { looks, missing, clock } = this.#options;
    if (reason === 'connected') return true;
    const gone = missing(replica);
    if (!looks(replica)) return reason === 'missing' && gone.length > 0;
    // The first time in each, for he may be in one of them only by what he knows.
    if (delay <= MESH.announceFirst || gone.length === 0) return true;
    const now = clock.monotonic();
    return gone.some((device) => {
      const last = this.#called.get(device);
      return last === undefined || last.in === replica.key || now - last.at >= delay / 2;
    });
  }

  #jitter(most: number): number {
    return Math.floor(most * fraction(this.#options.random.bytes(2)));
  }
}
