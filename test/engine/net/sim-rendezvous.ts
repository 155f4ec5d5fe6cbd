/**
 * The fake Rendezvous: one meeting point that loses, doubles, delays and reorders as its links are told to, and that
 * a test may make lie.
 */

import type { Cancel, MeetingPointHealth, Rendezvous } from '../../../main/engine/ports.ts';
import type { SimNet } from './sim-net.ts';

export interface Publication {
  readonly from: string;
  readonly topic: string;
  readonly bytes: Uint8Array;
}

interface Subscription {
  readonly peer: string;
  readonly alive: () => boolean;
  readonly onMessage: ((bytes: Uint8Array) => void) | undefined;
  /** Signals of one sender arrive in order unless the link reorders: when the last one does. */
  readonly last: Map<string, number>;
}

export const SIM_URL = 'mqtt://meeting-point.sim:1883';
/** The bound every Rendezvous keeps to. */
const MAX_PAYLOAD = 8 * 1024;

export class SimMeetingPoint {
  readonly published: Publication[] = [];
  readonly #net: SimNet;
  readonly #topics = new Map<string, Set<Subscription>>();
  readonly #healthListeners = new Set<() => void>();
  #online = true;

  constructor(net: SimNet) {
    this.#net = net;
  }

  setOnline(online: boolean): void {
    if (this.#online === online) return;
    this.#online = online;
    this.#net.after(0, 'meeting point', () => {
      for (const listener of [...this.#healthListeners]) listener();
    });
  }

  forget(peer: string): void {
    for (const [topic, subscriptions] of this.#topics) {
      for (const subscription of subscriptions) if (subscription.peer === peer) subscriptions.delete(subscription);
      if (subscriptions.size === 0) this.#topics.delete(topic);
    }
  }

  publish(from: string, topic: string, bytes: Uint8Array): void {
    const publication = { from, topic, bytes: bytes.slice() };
    if (this.#net.keepsPublished) this.published.push(publication);
    if (!this.#online) return;
    const copies = this.#net.intercept.publish?.(publication) ?? [publication.bytes];
    for (const subscription of this.#topics.get(topic) ?? []) {
      if (subscription.onMessage) for (const copy of copies) this.#carry(from, topic, copy, subscription);
    }
  }

  /** All who listen get the same array: none of them writes into what it receives. */
  #carry(from: string, topic: string, bytes: Uint8Array, to: Subscription): void {
    const { loss, duplicate, reorder } = this.#net.quality(from, to.peer);
    const lost = this.#net.prng.chance(loss);
    const copies = this.#net.prng.chance(duplicate) ? 2 : 1;
    if (lost || !this.#net.reachable(from, to.peer)) return;
    for (let i = 0; i < copies; i++) {
      const arrival = this.#net.time + this.#net.delay(from, to.peer);
      const at = reorder ? arrival : Math.max(arrival, (to.last.get(from) ?? 0) + 0.001);
      to.last.set(from, at);
      this.#net.after(at - this.#net.time, `signal ${from}>${to.peer}`, () => {
        if (to.alive() && this.#topics.get(topic)?.has(to)) to.onMessage?.(bytes);
      });
    }
  }

  rendezvous(peer: string): Rendezvous {
    const alive = this.#net.lifeOf(peer);
    const own = new Set<() => void>();
    const used = new Map<string, number>([[SIM_URL, 1]]);
    let closed = false;
    return {
      open: (topic, onMessage) => {
        if (!/^[A-Za-z0-9_-]{1,64}(?:\/[A-Za-z0-9_-]{1,64}){0,3}$/.test(topic))
          throw new RangeError('not a topic name');
        const subscription: Subscription = { peer, alive, onMessage, last: new Map() };
        const subscriptions = this.#topics.get(topic) ?? new Set();
        this.#topics.set(topic, subscriptions.add(subscription));
        const leave = (): void => {
          own.delete(leave);
          subscriptions.delete(subscription);
          if (subscriptions.size === 0 && this.#topics.get(topic) === subscriptions) this.#topics.delete(topic);
        };
        own.add(leave);
        return {
          send: (bytes) => {
            if (bytes.length > MAX_PAYLOAD) throw new RangeError(`a signal of ${bytes.length} bytes is over the limit`);
            if (alive() && own.has(leave)) this.publish(peer, topic, bytes);
          },
          close: leave,
        };
      },
      health: () =>
        closed
          ? []
          : [...used.keys()].map((url): MeetingPointHealth => ({
              url,
              source: 'list',
              state: this.#online ? 'online' : 'offline',
            })),
      onHealth: (fn) => {
        const listener = (): void => {
          if (alive() && !closed) fn();
        };
        this.#healthListeners.add(listener);
        return () => this.#healthListeners.delete(listener);
      },
      use: (url): Cancel => {
        used.set(url, (used.get(url) ?? 0) + 1);
        let live = true;
        return () => {
          if (!live) return;
          live = false;
          const left = (used.get(url) ?? 1) - 1;
          if (left > 0) used.set(url, left);
          else used.delete(url);
        };
      },
      retry: () => undefined, // everybody is there as soon as it is
      close: async () => {
        closed = true;
        for (const leave of [...own]) leave();
        await Promise.resolve();
      },
    };
  }
}
