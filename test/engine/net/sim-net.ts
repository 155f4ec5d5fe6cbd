/**
 * A simulated network for any number of peers: virtual clocks, seeded randomness, a meeting point and data channels
 * with delay, loss, duplication, reordering, partitions and a man in the middle. One seed replays a run exactly.
 *
 *   const net = new SimNet({ seed: 7, loss: 0.2 });
 *   const alice = new Client({ clock: net.clock('alice'), random: net.random('alice'), rendezvous: net.rendezvous('alice'), … });
 *   await net.runUntil(() => alice.synced, 60_000);
 *
 * A peer is a name. Signals (rendezvous) may be lost, doubled and reordered; channels are reliable and ordered, as
 * WebRTC's are, but stall in a partition and break.
 */

import { createHash } from 'node:crypto';
import type {
  Channel,
  Clock,
  Lan,
  Random,
  Rendezvous,
  Transport,
  TransportSignal,
} from '../../../main/engine/ports.ts';
import { Prng } from './prng.ts';
import { SimLan } from './sim-lan.ts';
import { SimMeetingPoint, type Publication } from './sim-rendezvous.ts';
import { SimSwitch } from './sim-transport.ts';
import { Timeline } from './timeline.ts';

/** How one direction of a link behaves. */
export interface LinkQuality {
  /** One-way delay in virtual milliseconds, uniform between the two. */
  readonly delayMs: readonly [number, number];
  /** Signals only: probabilities. */
  readonly loss: number;
  readonly duplicate: number;
  /** Signals only: true lets a later one overtake. */
  readonly reorder: boolean;
  /** Channels: bytes per virtual millisecond. */
  readonly bytesPerMs: number;
  /** Channels: the probability that one message breaks the channel instead of arriving. */
  readonly breakage: number;
}

export interface SimNetOptions extends Partial<LinkQuality> {
  readonly seed: number;
  /** Wall-clock time at the start, milliseconds since 1970. */
  readonly startsAt?: number;
  /** A stalled channel breaks after so long (WebRTC: consent expires after 30 s at most). */
  readonly consentMs?: number;
  /** Whether `published` grows: not in a run of many days. Default: true. */
  readonly keepsPublished?: boolean;
  /** What each side of a connection says: so many candidates, and a description of at least so many bytes. Default: one, and short. */
  readonly candidates?: number;
  readonly descriptionBytes?: number;
}

/** What a test may do to the traffic. Set the fields of `net.intercept`. */
export interface Intercept {
  /** A hostile meeting point: what subscribers get instead of this publication (none, several, altered). */
  publish?: (publication: Publication) => readonly Uint8Array[];
  /** Alters what a peer's transport says; undefined drops it. A changed fingerprint makes the connection fail, as DTLS would. */
  signal?: (from: string, signal: TransportSignal) => TransportSignal | undefined;
  /** Terminates every new connection in the middle: each side has a channel to the attacker, with his fingerprints. */
  channel?: (middle: ManInTheMiddle) => void;
}
export interface ManInTheMiddle {
  readonly initiator: string;
  readonly listener: string;
  /** The attacker's end of his connection with the initiator, and with the listener. */
  readonly towardsInitiator: Channel;
  readonly towardsListener: Channel;
}

/** What a part of a killed process throws when it goes on all the same: nobody is there to hear it. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

const GOOD: LinkQuality = {
  delayMs: [1, 20],
  loss: 0,
  duplicate: 0,
  reorder: false,
  bytesPerMs: 10_000,
  breakage: 0,
};

export class SimNet {
  readonly seed: number;
  readonly keepsPublished: boolean;
  readonly candidates: number;
  readonly descriptionBytes: number;
  readonly intercept: Intercept = {};
  /** Bytes of all messages over channels so far. */
  channelBytes = 0;
  readonly #prng: Prng;
  readonly #timeline: Timeline;
  readonly #meetingPoint: SimMeetingPoint;
  readonly #switch: SimSwitch;
  readonly #lan: SimLan;
  readonly #trace = createHash('sha256');
  readonly #randoms = new Map<string, Prng>();
  readonly #skews = new Map<string, number>();
  readonly #lives = new Map<string, number>();
  readonly #links = new Map<string, Partial<LinkQuality>>();
  readonly #startsAt: number;
  #quality: LinkQuality;
  #groups: readonly (readonly string[])[] = [];
  /** Directions in which nothing gets through. */
  readonly #cuts = new Set<string>();
  /** Who has no network. */
  readonly #unplugged = new Set<string>();
  /** Who sleeps, and what each does first when it wakes. */
  readonly #asleep = new Map<string, (() => void)[]>();

  constructor(options: SimNetOptions) {
    const {
      seed,
      startsAt = Date.UTC(2026, 0, 1, 12),
      consentMs = 15_000,
      keepsPublished = true,
      candidates = 1,
      descriptionBytes = 0,
      ...quality
    } = options;
    this.seed = seed;
    this.keepsPublished = keepsPublished;
    this.candidates = candidates;
    this.descriptionBytes = descriptionBytes;
    this.#startsAt = startsAt;
    this.#quality = { ...GOOD, ...quality };
    this.#prng = new Prng(seed);
    this.#timeline = new Timeline(this.#prng);
    this.#meetingPoint = new SimMeetingPoint(this);
    this.#switch = new SimSwitch(this, consentMs);
    this.#lan = new SimLan(this, this.#switch);
  }

  // The ports of a peer.

  clock(peer: string): Clock {
    const alive = this.lifeOf(peer);
    return {
      now: () => Math.floor(this.#startsAt + this.time + (this.#skews.get(peer) ?? 0)),
      monotonic: () => this.time,
      after: (ms, fn) => this.after(ms, `${peer} timer`, () => this.whenAwake(peer, () => alive() && fn())),
    };
  }

  random(peer: string): Random {
    const prng = this.#randoms.get(peer) ?? new Prng(`${this.seed} ${peer}`);
    this.#randoms.set(peer, prng);
    return prng;
  }

  rendezvous(peer: string): Rendezvous {
    return this.#meetingPoint.rendezvous(peer);
  }

  transport(peer: string): Transport {
    return this.#switch.transport(peer);
  }

  /** Not among a peer's ports: whoever wants a network without any meeting point adds it. */
  lan(peer: string): Lan {
    return this.#lan.lan(peer);
  }

  /** All that a peer has of the world. */
  ports(peer: string) {
    return {
      clock: this.clock(peer),
      random: this.random(peer),
      rendezvous: this.rendezvous(peer),
      transport: this.transport(peer),
    };
  }

  // What happens to the network.

  /** Changes every link (what is not given stays). */
  setQuality(quality: Partial<LinkQuality>): void {
    this.#quality = { ...this.#quality, ...quality };
  }

  /** Changes the link between two peers, one way. */
  setLink(from: string, to: string, quality: Partial<LinkQuality>): void {
    this.#links.set(`${from}\n${to}`, quality);
  }

  /** Peers reach only those of their own group; a peer in no group reaches nobody. `heal` undoes it. */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#groups = groups;
    this.#switch.reachabilityChanged();
  }

  /** From now on nothing of `from` reaches `to`; the other way goes on. `heal` undoes it. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from}\n${to}`);
    this.#switch.reachabilityChanged();
  }

  heal(): void {
    this.#cuts.clear();
    this.partition();
  }

  /** Takes the meeting point down or up again. Messages sent meanwhile are lost. */
  setMeetingPoint(online: boolean): void {
    this.#meetingPoint.setOnline(online);
  }

  /** Publishes as the meeting point itself or a stranger would. */
  inject(topic: string, bytes: Uint8Array): void {
    this.#meetingPoint.publish('', topic, bytes);
  }

  /** Everything the meeting point has seen. */
  get published(): readonly Publication[] {
    return this.#meetingPoint.published;
  }

  /** Breaks every channel between two peers, or all of one peer. */
  breakChannels(one: string, other?: string): void {
    this.#switch.breakChannels(one, other);
  }

  /** With whom a peer has open channels, each as often as it has one. */
  channelsOf(peer: string): readonly string[] {
    return this.#switch.channelsOf(peer);
  }

  /** How many channel ends are open. */
  get openChannels(): number {
    return this.#switch.openChannels;
  }

  /** Moves a peer's wall clock. */
  setSkew(peer: string, ms: number): void {
    this.#skews.set(peer, ms);
  }

  /** No network at all, until it is plugged in again. */
  unplug(peer: string): void {
    this.#unplugged.add(peer);
    this.#switch.reachabilityChanged(peer);
  }

  plug(peer: string): void {
    this.#unplugged.delete(peer);
    this.#switch.reachabilityChanged(peer);
  }

  /** In another network at once: its channels of before carry nothing, and nobody is told. New ones do, and so do meeting points. */
  move(peer: string): void {
    this.#switch.move(peer);
  }

  /** The lid is closed: no timer fires, nothing arrives, channels break after a while. */
  sleep(peer: string): void {
    if (this.#asleep.has(peer)) return;
    this.#asleep.set(peer, []);
    this.#switch.reachabilityChanged(peer);
  }

  /** Timers that were due meanwhile fire now, in their order. */
  wake(peer: string): void {
    const due = this.#asleep.get(peer);
    if (due === undefined) return;
    this.#asleep.delete(peer);
    this.#switch.reachabilityChanged(peer);
    for (const [i, run] of due.entries()) this.after(i / 1_000, `${peer} wakes`, run);
  }

  /** kill -9: timers never fire, channels break for the others, subscriptions are gone. Take new ports to restart. */
  crash(peer: string): void {
    this.#lives.set(peer, (this.#lives.get(peer) ?? 0) + 1);
    this.#asleep.delete(peer);
    this.#meetingPoint.forget(peer);
    this.#switch.crash(peer);
  }

  // Time.

  /** Virtual milliseconds since the start. */
  get time(): number {
    return this.#timeline.now;
  }

  /**
   * Runs events until `predicate` holds (it is asked after each). Rejects after `maxVirtualMs`, or when nothing is left
   * to happen. Promises of the code under test are settled between events; it must not wait for anything real.
   */
  async runUntil(predicate: () => boolean, maxVirtualMs: number): Promise<void> {
    const deadline = this.time + maxVirtualMs;
    for (;;) {
      await settled();
      if (predicate()) return;
      const next = this.#timeline.next();
      if (next === undefined) throw new Error(`seed ${this.seed}: nothing left to happen at ${this.time} ms`);
      if (next > deadline) {
        this.#timeline.advanceTo(deadline);
        throw new Error(`seed ${this.seed}: not so within ${maxVirtualMs} virtual ms`);
      }
      this.#step();
    }
  }

  /** Runs everything due in the next `ms` virtual milliseconds. */
  async run(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    while ((this.#timeline.next() ?? Infinity) <= end) {
      this.#step();
      await settled();
    }
    this.#timeline.advanceTo(end);
  }

  /** Settles a promise of the code under test while time passes; rejects as it does, or after `maxVirtualMs`. */
  async complete<T>(promise: Promise<T>, maxVirtualMs: number): Promise<T> {
    let done = false;
    const mark = (): void => void (done = true);
    promise.then(mark, mark);
    await this.runUntil(() => done, maxVirtualMs);
    return promise;
  }

  /** Makes something that a test did or saw part of the digest. */
  note(text: string): void {
    this.#trace.update(`${this.time} ${text}\n`);
  }

  /** How many events are due, cancelled ones included: grows without end only if somebody never stops a timer. */
  get due(): number {
    return this.#timeline.size;
  }

  /** A digest of all events so far: equal seeds and equal code give equal digests. */
  traceHash(): string {
    return this.#trace.copy().digest('hex');
  }

  // For the parts of the network.

  get prng(): Prng {
    return this.#prng;
  }

  after(ms: number, label: string, run: () => void): () => void {
    return this.#timeline.after(ms, label, run);
  }

  quality(from: string, to: string): LinkQuality {
    return { ...this.#quality, ...this.#links.get(`${from}\n${to}`) };
  }

  delay(from: string, to: string): number {
    return this.#prng.between(...this.quality(from, to).delayMs);
  }

  /** '' is nobody's name: the meeting point's own voice, or a man in the middle. Everybody hears them. */
  reachable(from: string, to: string): boolean {
    if (this.#asleep.has(from) || this.#asleep.has(to)) return false;
    if (from !== to && (this.#unplugged.has(from) || this.#unplugged.has(to))) return false;
    if (from === to || from === '' || to === '') return true;
    if (this.#cuts.has(`${from}\n${to}`)) return false;
    return this.#groups.length === 0 || this.#groups.some((group) => group.includes(from) && group.includes(to));
  }

  /** Runs it now, or when this peer wakes. */
  whenAwake(peer: string, run: () => void): void {
    const waiting = this.#asleep.get(peer);
    if (waiting) waiting.push(run);
    else run();
  }

  /** A function that says whether the peer still lives the life it lives now. */
  lifeOf(peer: string): () => boolean {
    const life = this.#lives.get(peer) ?? 0;
    return () => (this.#lives.get(peer) ?? 0) === life;
  }

  #step(): void {
    let label: string | undefined = 'death';
    try {
      label = this.#timeline.step();
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
    }
    this.#trace.update(`${this.time} ${label}\n`);
  }
}

/** A turn of the real event loop: every microtask queued so far, and those they queue, have run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
