/**
 * The meeting points, and besides them every member who is connected and carries for others: two who reach no meeting
 * point together, or none at all, find each other by way of one whom both reach, and talk through him where no network
 * connects them directly. To everything above it is one Rendezvous more.
 */
import type { Hex } from '../bytes.ts';
import type { Cancel, CarriedBy, Clock, Rendezvous, RendezvousTopic } from '../ports.ts';
import { Carrier } from './carrier.ts';
import type { CarryLink } from './carrier.ts';
import type { CarryFrame } from './frames.ts';
import { MESH } from './limits.ts';
import { remember } from './remember.ts';

interface FriendsOptions {
  readonly clock: Clock;
  readonly rendezvous: Rendezvous;
  /** Whether this device carries for others: a person may decline. */
  readonly carries: boolean;
}

export interface Friend extends CarryLink {
  readonly device: Hex;
  /** Its person lets it carry. */
  readonly carries: boolean;
}

/** Where somebody listens behind a friend; undefined: that friend was not told anything there yet. */
type Heard = Map<string, boolean>;

type Handler = (bytes: Uint8Array, by?: string) => void;

export class Friends implements Rendezvous {
  readonly #options: FriendsOptions;
  readonly #carrier: Carrier;
  readonly #friends = new Map<Friend, Heard>();
  readonly #handlers = new Map<string, Set<Handler>>();
  /** Topics of which the friends are still to be told. */
  readonly #news = new Set<string>();
  /** Whose turn it is where some are enough. */
  #turn = 0;

  constructor(options: FriendsOptions) {
    this.#options = options;
    this.#carrier = new Carrier(options.clock, options.carries);
  }

  /** Whether this device carries for others. Whoever goes through it is told when that changes. */
  get carries(): boolean {
    return this.#carrier.carries;
  }

  set carries(on: boolean) {
    this.#carrier.carries = on;
  }

  // ---------------------------------------------------------------- sessions

  /** A session with a member who is reached directly. */
  joined(friend: Friend): void {
    if (!friend.carries || this.#friends.has(friend)) return;
    this.#friends.set(friend, new Map());
    tell(friend, 'carry-open', [...this.#handlers.keys()]);
  }

  left(friend: Friend): void {
    this.#friends.delete(friend);
    this.#carrier.left(friend);
  }

  /** Whether what goes by way of friends may go another way from now on. */
  handle(friend: Friend, frame: CarryFrame): boolean {
    const known = this.#friends.get(friend);
    const before = frame.type === 'carry-heard' && known?.get(frame.topic);
    this.#take(friend, frame);
    return frame.type === 'carry-heard' && before !== known?.get(frame.topic);
  }

  #take(friend: Friend, frame: CarryFrame): void {
    const known = this.#friends.get(friend);
    switch (frame.type) {
      case 'carried':
        if (known)
          for (const handler of [...(this.#handlers.get(frame.topic) ?? [])]) handler(frame.bytes, friend.device);
        return;
      case 'carry-heard':
        if (known) remember(known, frame.topic, frame.heard, MESH.carryTopics);
        return;
      case 'carry-open':
        return this.#carrier.open(friend, frame.topics);
      case 'carry-close':
        return this.#carrier.close(friend, frame.topics);
      case 'carry':
        return this.#carrier.say(friend, frame.topic, frame.bytes);
    }
  }

  // ---------------------------------------------------------------- Rendezvous

  open(topic: string, onMessage?: Handler, options: { readonly oneEnd?: boolean } = {}): RendezvousTopic {
    const inner = this.#options.rendezvous.open(topic, onMessage && ((bytes) => onMessage(bytes)));
    if (onMessage) this.#listen(topic, onMessage);
    return {
      via: () => (options.oneEnd === true ? this.#listener(topic) : undefined),
      send: (bytes, by) => {
        const reached = this.#say(topic, bytes, options.oneEnd === true, by);
        if (!reached || options.oneEnd !== true) inner.send(bytes);
      },
      close: () => {
        inner.close();
        if (onMessage) this.#unlisten(topic, onMessage);
      },
    };
  }

  health: Rendezvous['health'] = () => this.#options.rendezvous.health();
  onHealth: Rendezvous['onHealth'] = (fn): Cancel => this.#options.rendezvous.onHealth(fn);
  use: Rendezvous['use'] = (url, source) => this.#options.rendezvous.use(url, source);
  retry: Rendezvous['retry'] = () => this.#options.rendezvous.retry();
  close: Rendezvous['close'] = () => this.#options.rendezvous.close();

  #listen(topic: string, onMessage: Handler): void {
    const handlers = this.#handlers.get(topic);
    if (handlers) return void handlers.add(onMessage);
    this.#handlers.set(topic, new Set([onMessage]));
    this.#turned(topic);
  }

  #unlisten(topic: string, onMessage: Handler): void {
    const handlers = this.#handlers.get(topic);
    handlers?.delete(onMessage);
    if (!handlers || handlers.size > 0) return;
    this.#handlers.delete(topic);
    this.#turned(topic);
  }

  /** Listened to from now on, or not any more. */
  #turned(topic: string): void {
    if (this.#friends.size === 0) return;
    if (this.#news.size === 0) this.#options.clock.after(MESH.carryGather, () => this.#tellNews());
    this.#news.add(topic);
  }

  #tellNews(): void {
    const [opened, closed]: [string[], string[]] = [[], []];
    for (const topic of this.#news) (this.#handlers.has(topic) ? opened : closed).push(topic);
    this.#news.clear();
    for (const friend of this.#friends.keys()) {
      tell(friend, 'carry-open', opened);
      tell(friend, 'carry-close', closed);
    }
  }

  /** The first friend behind whom somebody is known to listen. */
  #listener(topic: string): Hex | undefined {
    return [...this.#friends].find(([, heard]) => heard.get(topic) === true)?.[0].device;
  }

  /** Whether somebody is known to listen. `oneEnd`: of several friends one is enough. */
  #say(topic: string, bytes: Uint8Array, oneEnd: boolean, by: CarriedBy = 'all'): boolean {
    let reached = false;
    for (const [friend, heard] of this.#chosen(by)) {
      const listens = heard.get(topic);
      if (listens === false || (oneEnd && reached)) continue;
      friend.carry({ type: 'carry', topic, bytes });
      reached ||= listens === true;
    }
    return reached;
  }

  #chosen(by: CarriedBy): readonly (readonly [Friend, Heard])[] {
    const all = [...this.#friends];
    switch (by) {
      case 'all':
        return all;
      case 'none':
        return [];
      case 'some': {
        const from = all.length > 0 ? (this.#turn += MESH.carrySome) % all.length : 0;
        return [...all.slice(from), ...all.slice(0, from)].slice(0, MESH.carrySome);
      }
      default: {
        const named = all.filter(([{ device }]) => device === by.device);
        return named.length > 0 ? named : all;
      }
    }
  }
}

function tell(friend: Friend, type: 'carry-open' | 'carry-close', topics: readonly string[]): void {
  for (let at = 0; at < topics.length; at += MESH.carryTopicsPerFrame)
    friend.carry({ type, topics: topics.slice(at, at + MESH.carryTopicsPerFrame) });
}
