/**
 * Finding members on the same network, without any meeting point (protocol §7): says the tags of its spaces to
 * everybody, recognises the tags of others, and dials whom it misses. The dialer's first message names the tag it
 * matched, which tells the listener under which epoch the two prove who they are:
 *
 *   nonce of the listener's beacon 8 B ‖ tag 6 B ‖ nonce of the dialer's own 8 B
 *
 * Where a person gave the address, no beacon has been heard: the dialer's first message is empty, and the listener answers
 * it on the same connection with what it says to everybody, nonce ‖ tags.
 *
 * Of two who hear each other the one with the lower nonce dials at once and the other one only if nothing came of it: by
 * the nonce that the dialer names it knows whose beacon it need not follow any more.
 */
import { equal, concat, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { lanTag } from '../crypto/keys.ts';
import { eachDay } from '../each-day.ts';
import type { MeetingKeys, Replica } from '../echo/replica.ts';
import type { Cancel, Channel, Clock, HeardBeacon, Lan, LanAddress, Log, Random } from '../ports.ts';
import { Knocking } from './knocking.ts';
import type { Knock, KnockFault, Knocked } from './knocking.ts';
import { MESH } from './limits.ts';
import { Neighbour } from './neighbour.ts';
import { Pace } from './pace.ts';
import type { Pairs } from './pairs.ts';
import { remember } from './remember.ts';

/** A space and the epoch, or pair, under whose keys two devices met. */
export interface Nearby {
  readonly replica: Replica;
  readonly epoch: MeetingKeys;
}

export interface NeighboursOptions {
  readonly lan: Lan;
  /** Where to look for members besides. */
  readonly lanAddresses?: readonly LanAddress[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly replicas: () => readonly Replica[];
  readonly pairs: Pick<Pairs, 'of' | 'behind'>;
  /** Whether somebody of this space is missing. */
  readonly looks: (replica: Replica) => boolean;
  /** Whether one more member of it may be connected. */
  readonly room: (replica: Replica) => boolean;
  readonly connected: (device: Hex) => boolean;
  /** It looks for us though we have a session with it. */
  readonly doubt: (device: Hex) => void;
  /** Handshakes that run: what strangers can make us hold is bounded. */
  readonly shakingHands: () => number;
  /** `ended`: who it was, or undefined when nobody was accepted. */
  readonly onChannel: (
    channel: Channel,
    initiator: boolean,
    nearby: Nearby,
    ended: (device: Hex | undefined) => void,
  ) => void;
}

const DAY = 86_400_000;
const NONCE = 8;
const TAG = 6;
const PREFACE = NONCE + TAG + NONCE;

export class Neighbours {
  readonly #options: NeighboursOptions;
  /** By the nonce of its beacon. */
  readonly #known = new Map<Hex, Neighbour>();
  /** Who has dialled and proven who it is, by the nonce that it named. */
  readonly #dialledBy = new Map<Hex, Hex>();
  /** Not by anything that lasts: changed with the day and the network, and the one before is still answered. */
  #nonces: readonly Uint8Array[] = [];
  #refreshing: Cancel | undefined;
  #day = 0;
  #said = '';
  #saying: readonly Uint8Array[] = [];
  readonly #knocking: Knocking;
  /** Of tags: what strangers say costs so much. */
  readonly #comparing: Pace;
  readonly #renewing: Pace;
  #waiting = 0;
  /** Whom beacons led to: connections on their way to being sessions. */
  #dialling = 0;
  #cancel: Cancel[] = [];
  #running = false;

  constructor(options: NeighboursOptions) {
    this.#options = options;
    this.#comparing = new Pace(options.clock, MESH.lanTagsCompared);
    this.#renewing = new Pace(options.clock, { perSecond: 1_000 / MESH.lanRenewal, burst: MESH.lanRenewals });
    this.#knocking = new Knocking(
      {
        clock: options.clock,
        wanted: () => this.#running && this.#saying.length > 0,
        connected: options.connected,
        knock: (address) => this.#knock(address),
      },
      options.lanAddresses ?? [],
    );
  }

  start(): void {
    this.#running = true;
    const { clock, lan } = this.#options;
    this.#cancel = [
      lan.onBeacon((heard) => this.#heard(heard)),
      lan.onChannel((channel) => this.#dialled(channel)),
      lan.onMove(() => this.#moved()),
      // Nobody else may be heard meanwhile, and nothing change.
      eachDay(clock, () => this.refresh()),
    ];
    this.refresh();
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    for (const cancel of this.#cancel) cancel();
    this.#knocking.stop();
    this.#refreshing?.();
    this.#refreshing = undefined;
    this.#options.lan.announce({ nonce: this.#nonce, tags: [] });
    this.#said = '';
  }

  /** Says what others are to recognise now; call when spaces, epochs or members changed. */
  refresh(): void {
    if (!this.#running) return;
    const { lan } = this.#options;
    const day = this.#today();
    if (this.#nonces.length === 0 || day !== this.#day) this.#renew();
    this.#day = day;
    const tags = this.#places().flatMap(({ replica, epoch, clean }) =>
      clean && this.#options.looks(replica) ? [lanTag(epoch.discovery, day, this.#nonce)] : [],
    );
    const said = [this.#nonce, ...tags].map(toHex).join();
    if (said === this.#said) return;
    this.#said = said;
    this.#saying = tags.slice(0, MESH.lanTags);
    lan.announce({ nonce: this.#nonce, tags: this.#saying });
    this.#knocking.soon();
  }

  /** As `refresh`, once for all that changes in this turn of the event loop. */
  refreshSoon(): void {
    this.#refreshing ??= this.#options.clock.after(0, () => {
      this.#refreshing = undefined;
      this.refresh();
    });
  }

  /** Forgets every back-off, and asks who is there. */
  retryNow(): void {
    if (!this.#running) return;
    for (const known of this.#known.values()) known.forgive();
    this.#options.lan.ask();
    this.#knocking.soon();
  }

  /** Where to look for members besides; names are looked up each time. */
  setAddresses(addresses: readonly LanAddress[]): void {
    this.#knocking.set(addresses);
    if (this.#running) this.#knocking.soon();
  }

  /** What came of those addresses. */
  get knocked(): readonly Knocked[] {
    return this.#knocking.knocked;
  }

  // ---------------------------------------------------------------- dialling

  #heard(heard: HeardBeacon): void {
    const { nonce, tags } = heard;
    if (!this.#running || this.#nonces.some((own) => equal(own, nonce))) return;
    if (this.#today() !== this.#day) this.refresh();
    const key = toHex(nonce);
    const known = this.#known.get(key);
    const met = known && this.#met(key, known);
    if (met !== undefined && known?.resting === false) {
      known.rest(MESH.lanFirst);
      return this.#options.doubt(met);
    }
    if (this.#recognise(nonce, tags) === undefined) return;
    const neighbour = known ?? new Neighbour(this.#options.clock);
    remember(this.#known, key, neighbour, MESH.lanNeighbours);
    neighbour.hear(heard, toHex(this.#nonce) < key ? 0 : MESH.lanSecond);
    this.#dialNext(key, neighbour);
  }

  /** As soon as it may be: the next beacon may be a minute away, and a connection be lost as soon as it was made. */
  #dialNext(key: Hex, neighbour: Neighbour): void {
    neighbour.waiting();
    const wait = neighbour.wait();
    if (wait === undefined || !this.#running) return;
    if (wait > 0) {
      neighbour.waiting = this.#options.clock.after(wait, () => this.#dialNext(key, neighbour));
      return;
    }
    // It has dialled meanwhile.
    if (this.#met(key, neighbour) !== undefined) return neighbour.leave();
    const full = this.#dialling >= MESH.lanDials || this.#options.shakingHands() >= MESH.halfOpen;
    if (full) neighbour.rest(MESH.lanNext);
    else void this.#dial(key, neighbour);
    this.#dialNext(key, neighbour);
  }

  /** The device behind a beacon, if it is connected. */
  #met(nonce: Hex, { device = this.#dialledBy.get(nonce) }: Neighbour): Hex | undefined {
    return device !== undefined && this.#options.connected(device) ? device : undefined;
  }

  async #dial(key: Hex, neighbour: Neighbour): Promise<void> {
    const { lan, clock, onChannel, log } = this.#options;
    const { place, heard } = neighbour.take();
    const found = this.#recognise(heard.nonce, heard.tags);
    if (found === undefined) return void (place.dialling = false);
    this.#dialling++;
    let patience: Cancel = () => undefined;
    const over = (device: Hex | undefined): void => {
      patience();
      this.#dialling--;
      if (device === undefined) neighbour.failed(place);
      else neighbour.found(place, device);
      this.#dialNext(key, neighbour);
    };
    try {
      const channel = await lan.dial(heard.address);
      if (!this.#running) return (channel.close(), over(undefined));
      // Whoever is near answers at once; strangers keep the others waiting no longer.
      patience = clock.after(MESH.lanAnswer, () => channel.close());
      channel.send(concat(heard.nonce, found.tag, this.#nonce));
      onChannel(channel, true, found, over);
    } catch (error) {
      log('mesh.lan-unreachable', { reason: (error as Error).message.slice(0, 80) });
      over(undefined);
    }
  }

  /** Asks who is there on a connection, and goes on with it. */
  async #knock(address: LanAddress): Promise<Knock | undefined> {
    const { lan, clock, shakingHands, onChannel, log } = this.#options;
    if (shakingHands() >= MESH.halfOpen) return undefined;
    try {
      const channel = await lan.dial(address);
      return await new Promise((resolve) => {
        const end = (fault: KnockFault): void => (resolve({ fault }), channel.close());
        let proving = false;
        const timer = clock.after(MESH.lanPreface, () => end('closed'));
        channel.onClose(() => (timer(), end(proving ? 'not-proven' : 'closed')));
        let asked = true;
        channel.onMessage((answer) => {
          if (!asked) return;
          asked = false;
          timer();
          const [nonce, ...tags] = cutAnswer(answer);
          if (nonce === undefined || !this.#running) return end('closed');
          if (this.#nonces.some((mine) => equal(mine, nonce))) return end('self');
          const found = this.#recognise(nonce, tags);
          if (found === undefined) return end('stranger');
          proving = true;
          channel.send(concat(nonce, found.tag, this.#nonce));
          onChannel(channel, true, found, (device) =>
            resolve(device === undefined ? { fault: 'not-proven' } : { device }),
          );
        });
        channel.send(new Uint8Array(0));
      });
    } catch (error) {
      log('mesh.lan-unreachable', { reason: (error as Error).message.slice(0, 80) });
      return { fault: 'unreachable' };
    }
  }

  /** The first of our places whose tag is among these: the clean epochs come first. None while too many are asked about. */
  #recognise(nonce: Uint8Array, tags: readonly Uint8Array[]): (Nearby & { readonly tag: Uint8Array }) | undefined {
    const theirs = new Set(tags.map(toHex));
    if (theirs.size === 0 || this.#comparing.wait() > 0) return undefined;
    const today = this.#today();
    for (const place of this.#places()) {
      if (!this.#options.room(place.replica)) continue;
      for (const day of [today, today - 1, today + 1]) {
        const tag = this.#tag(place, day, nonce);
        if (theirs.has(toHex(tag))) return { ...place, tag };
      }
    }
    return undefined;
  }

  // ---------------------------------------------------------------- being dialled

  #dialled(channel: Channel): void {
    const { clock, shakingHands, onChannel, room } = this.#options;
    if (!this.#running || shakingHands() + this.#waiting >= MESH.halfOpen) return channel.close();
    this.#waiting++;
    let over = false;
    const end = (): void => {
      if (!over) this.#waiting--;
      over = true;
      timer();
    };
    const timer = clock.after(MESH.lanPreface, () => channel.close());
    channel.onClose(end);
    let told = false;
    channel.onMessage((preface) => {
      if (over) return;
      if (preface.length === 0 && !told) {
        told = true;
        return channel.send(concat(this.#nonce, ...this.#saying));
      }
      end();
      const nearby = this.#named(preface);
      if (nearby === undefined || !room(nearby.replica)) return channel.close();
      const from = toHex(preface.subarray(NONCE + TAG));
      onChannel(channel, false, nearby, (device) => {
        if (device !== undefined) remember(this.#dialledBy, from, device, MESH.lanNeighbours);
      });
    });
  }

  #named(preface: Uint8Array): Nearby | undefined {
    if (preface.length !== PREFACE) return undefined;
    const nonce = preface.subarray(0, NONCE);
    if (!this.#nonces.some((own) => equal(own, nonce)) || this.#comparing.wait() > 0) return undefined;
    const tag = preface.subarray(NONCE, NONCE + TAG);
    const days = [this.#day, this.#day - 1];
    return this.#places().find((place) => days.some((day) => equal(this.#tag(place, day, nonce), tag)));
  }

  #tag({ epoch }: Nearby, day: number, nonce: Uint8Array): Uint8Array {
    this.#comparing.took();
    return lanTag(epoch.discovery, day, nonce);
  }

  // ---------------------------------------------------------------- where others may be found

  /** Said are the clean epoch and the pairs; the older epochs are listened to in silence (signalling.ts says why). */
  #places(): (Nearby & { readonly clean: boolean })[] {
    const { replicas, pairs } = this.#options;
    const places = replicas().flatMap((replica) => {
      const heard = [...replica.epochs(), ...pairs.behind(replica)];
      const epochs = heard.map((epoch, i) => ({ replica, epoch, clean: i === 0 }));
      return [...epochs, ...pairs.of(replica).map((epoch) => ({ replica, epoch, clean: true }))];
    });
    return [...places.filter(({ clean }) => clean), ...places.filter(({ clean }) => !clean)];
  }

  #renew(): void {
    this.#nonces = [this.#options.random.bytes(NONCE), ...this.#nonces.slice(0, 1)];
  }

  /** Whoever listens on two networks is not to know that it is the same computer. */
  #moved(): void {
    if (this.#renewing.wait() > 0) return;
    this.#renewing.took();
    this.#renew();
    this.refresh();
  }

  get #nonce(): Uint8Array {
    return this.#nonces[0] as Uint8Array;
  }

  #today(): number {
    return Math.floor(this.#options.clock.now() / DAY);
  }
}

/** The nonce and the tags; nothing for what is no answer. */
function cutAnswer(answer: Uint8Array): Uint8Array[] {
  const tags = (answer.length - NONCE) / TAG;
  if (!Number.isInteger(tags) || tags < 0 || tags > MESH.lanTags) return [];
  const tagAt = (i: number): Uint8Array => answer.slice(NONCE + i * TAG, NONCE + (i + 1) * TAG);
  return [answer.slice(0, NONCE), ...Array.from({ length: tags }, (_, i) => tagAt(i))];
}
