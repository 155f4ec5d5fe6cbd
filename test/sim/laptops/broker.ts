/**
 * The broker as its operator sees it: who connects when, and how many packets each device sends. A device's connection is
 * made, lost and made again as native/mqtt/link.ts does it, with the very back-off of that; what goes through it goes
 * through the meeting point of the simulated network.
 */
import type { Cancel, Clock, MeetingPointHealth, Random, Rendezvous } from '../../../main/engine/ports.ts';
import { BackOff } from '../../../native/mqtt/back-off.ts';
import type { SimNet } from '../../engine/net/sim-net.ts';
import { SIM_URL } from '../../engine/net/sim-rendezvous.ts';

/** TCP, TLS and MQTT one after the other. */
const CONNECT_TRIPS = 4;
/** As in native/mqtt/link.ts. */
const CONNECT_MS = 15_000;
const SHOW_MS = 2_000;
const TOPICS_PER_SUBSCRIBE = 8;
const KEPT_PER_TOPIC = 20;
const KEPT_MS = 30_000;

export interface BrokerOptions {
  readonly net: SimNet;
  /** False: its devices draw no pauses at random, which a checker has to notice. */
  readonly jitter: boolean;
}

export class Broker {
  readonly net: SimNet;
  readonly #jitter: boolean;
  readonly #connections = new Map<string, Connection>();
  /** Tries to connect, by virtual second. */
  readonly connects = new Map<number, number>();
  /** Packets that arrive, by virtual second: those of `sent`. */
  readonly arrived = new Map<number, number>();
  /** Packets that a device sent: publications, and subscriptions made and ended. Keep-alives are not counted. */
  readonly sent = new Map<string, number>();
  published = 0;
  delivered = 0;
  /** Payloads of the same. */
  publishedBytes = 0;
  deliveredBytes = 0;
  /** Topics that one connection listens to, at most. */
  mostTopics = 0;
  up = true;
  /** So many connections it makes in a second; whoever comes sooner waits. */
  acceptsPerSecond = Infinity;
  /** When it will have made those that wait. */
  #acceptsFrom = 0;

  constructor({ net, jitter }: BrokerOptions) {
    this.net = net;
    this.#jitter = jitter;
  }

  /** Of a process that has just started. */
  rendezvous(peer: string, clock: Clock, random: Random): Rendezvous {
    const chance = this.#jitter ? random : { bytes: (length: number) => new Uint8Array(length).fill(128) };
    const connection = new Connection(this, peer, clock, new BackOff(chance, 'far'));
    this.#connections.set(peer, connection);
    return connection;
  }

  /** It is stopped, and everybody loses it at once; or started again. */
  setUp(up: boolean): void {
    this.up = up;
    if (!up) for (const connection of this.#connections.values()) connection.lose();
  }

  /** This device's address is another one, or it was away for long: its connection is gone, and it notices. */
  cut(peer: string): void {
    this.#connections.get(peer)?.lose();
  }

  tried(): void {
    const second = Math.floor(this.net.time / 1_000);
    this.connects.set(second, (this.connects.get(second) ?? 0) + 1);
  }

  /** Virtual milliseconds that somebody who comes in `ms` waits behind others, and behind those who do not wait any more. */
  acceptsIn(ms: number): number {
    const comes = this.net.time + ms;
    this.#acceptsFrom = Math.max(this.#acceptsFrom, comes) + 1_000 / this.acceptsPerSecond;
    return this.#acceptsFrom - comes;
  }

  count(peer: string, packets = 1): void {
    this.sent.set(peer, (this.sent.get(peer) ?? 0) + packets);
    const second = Math.floor(this.net.time / 1_000);
    this.arrived.set(second, (this.arrived.get(second) ?? 0) + packets);
  }

  publish(peer: string, { length }: Uint8Array): void {
    this.count(peer);
    this.published++;
    this.publishedBytes += length;
  }

  deliver({ length }: Uint8Array): void {
    this.delivered++;
    this.deliveredBytes += length;
  }
}

class Connection implements Rendezvous {
  readonly #broker: Broker;
  readonly #peer: string;
  readonly #clock: Clock;
  readonly #backOff: BackOff;
  readonly #inner: Rendezvous;
  readonly #listeners = new Set<() => void>();
  /** Topics that are listened to, with how many listen. */
  readonly #topics = new Map<string, number>();
  #kept: { readonly topic: string; readonly until: number; readonly send: () => void }[] = [];
  #state: MeetingPointHealth['state'] = 'connecting';
  #since = 0;
  #cancel: Cancel = () => undefined;
  #closed = false;

  constructor(broker: Broker, peer: string, clock: Clock, backOff: BackOff) {
    this.#broker = broker;
    this.#peer = peer;
    this.#clock = clock;
    this.#backOff = backOff;
    this.#inner = broker.net.rendezvous(peer);
    this.#dial();
  }

  open: Rendezvous['open'] = (topic, onMessage) => {
    const handler =
      onMessage &&
      ((bytes: Uint8Array): void => {
        if (this.#state !== 'online') return;
        this.#broker.deliver(bytes);
        onMessage(bytes);
      });
    const inner = this.#inner.open(topic, handler);
    if (handler) this.#listen(topic, 1);
    let live = true;
    return {
      send: (bytes) => {
        if (!live) return;
        const send = (): void => {
          this.#broker.publish(this.#peer, bytes);
          inner.send(bytes);
        };
        if (this.#state === 'online') send();
        else this.#keep(topic, send);
      },
      close: () => {
        if (!live) return;
        live = false;
        inner.close();
        if (handler) this.#listen(topic, -1);
      },
    };
  };

  health = (): MeetingPointHealth[] => (this.#closed ? [] : [{ url: SIM_URL, source: 'list', state: this.#state }]);

  onHealth = (fn: () => void): Cancel => {
    const listener = (): void => fn();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  use = (): Cancel => () => undefined;

  retry = (): void => {
    if (this.#closed) return;
    if (this.#state === 'online') {
      // A connection that is one shows it within this time; one that is not is lost by then (`lose`).
      return;
    }
    if (this.#state === 'connecting' && this.#clock.monotonic() - this.#since < SHOW_MS) return;
    this.#backOff.forget();
    this.#dial();
  };

  close = async (): Promise<void> => {
    this.#closed = true;
    this.#cancel();
    this.#listeners.clear();
    await this.#inner.close();
  };

  lose(): void {
    if (this.#closed || this.#state === 'offline') return;
    this.#broker.net.whenAwake(this.#peer, () => this.#lost());
  }

  #dial(): void {
    const { net } = this.#broker;
    this.#cancel();
    this.#become('connecting');
    this.#since = this.#clock.monotonic();
    const reaches = net.reachable(this.#peer, '');
    if (reaches) this.#broker.tried();
    const trip = net.delay(this.#peer, '') + net.delay('', this.#peer);
    const refused = reaches && !this.#broker.up;
    const made = refused || !reaches ? trip : trip * CONNECT_TRIPS + this.#broker.acceptsIn(trip);
    const wait = reaches ? Math.min(made, CONNECT_MS) : CONNECT_MS;
    this.#cancel = this.#clock.after(wait, () => {
      if (refused || made > CONNECT_MS || !this.#broker.up || !net.reachable(this.#peer, '')) return this.#lost();
      this.#since = this.#clock.monotonic();
      this.#broker.count(this.#peer, Math.ceil(this.#topics.size / TOPICS_PER_SUBSCRIBE));
      this.#become('online');
      const kept = this.#kept.filter(({ until }) => until > this.#since);
      this.#kept = [];
      for (const { send } of kept) send();
    });
  }

  #lost(): void {
    if (this.#closed || this.#state === 'offline') return;
    const lasted = this.#state === 'online' ? this.#clock.monotonic() - this.#since : 0;
    this.#cancel();
    this.#become('offline');
    this.#cancel = this.#clock.after(this.#backOff.pause(lasted), () => this.#dial());
  }

  #become(state: MeetingPointHealth['state']): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  #keep(topic: string, send: () => void): void {
    const now = this.#clock.monotonic();
    this.#kept = this.#kept.filter(({ until }) => until > now);
    const same = this.#kept.filter((one) => one.topic === topic);
    if (same.length >= KEPT_PER_TOPIC) this.#kept.splice(this.#kept.indexOf(same[0] as (typeof same)[0]), 1);
    this.#kept.push({ topic, until: now + KEPT_MS, send });
  }

  #listen(topic: string, by: 1 | -1): void {
    const before = this.#topics.get(topic) ?? 0;
    if (before + by > 0) this.#topics.set(topic, before + by);
    else this.#topics.delete(topic);
    this.#broker.mostTopics = Math.max(this.#broker.mostTopics, this.#topics.size);
    const changed = before === 0 || before + by === 0;
    if (changed && this.#state === 'online') this.#broker.count(this.#peer);
  }
}
