/**
 * One meeting point: a connection to one MQTT broker that is made again for as long as it is wanted. Each
 * connection has its own random client id, no stored session, no will; the broker learns as little as it can.
 *
 * QoS 0, because TCP already delivers while the connection lives, what is lost with a connection is repeated
 * by the signalling above (which has to cope with loss anyway), and acknowledgements would only double the
 * broker's work and keep copies of signals in its memory.
 */

import type { Socket } from 'node:net';
import type { networkInterfaces } from 'node:os';
import { MqttClient } from 'mqtt';
import { toHex } from '../../main/engine/bytes.ts';
import type { Cancel, Clock, Log, MeetingPointHealth, ProxyHealth, Random } from '../../main/engine/ports.ts';
import { openThrough } from '../proxy/open-socket.ts';
import { shownProxy } from '../proxy/address.ts';
import { ProxyError, type Routes } from '../proxy/proxy.ts';
import { hasAddress } from '../networks.ts';
import { isPrivateAddress } from './addresses.ts';
import { BackOff } from './back-off.ts';
import type { BoundedStream } from './bounded-stream.ts';
import { CONNECT_MS, openStream, placeOf } from './open-stream.ts';
import { CLOSED, NOT_ALLOWED, SILENT, sentenceOf } from './sentences.ts';

const SUBSCRIBE_MS = 10_000;
const KEEPALIVE_SECONDS = 60;
/** Some brokers allow only so many topics per SUBSCRIBE (AWS 8, EMQX 100 …), and a packet is bounded here too. */
const TOPICS_PER_SUBSCRIBE = 8;
const KEPT_PER_TOPIC = 20;
const KEPT_MS = 30_000;
/** A broker that does not take what is sent loses it, rather than that it piles up here. */
const MAX_UNSENT = 512 * 1024;
const CLOSE_MS = 500;
/** Of a SUBACK (MQTT 3.1.1 §3.9.3). */
const REFUSED = 128;
/** After a change of the network, within this, a connection shows that it is still one. */
const SHOW_MS = 2_000;

export interface LinkOptions {
  readonly url: URL;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Asked before each connection. */
  readonly routes: Routes;
  /** Default: the system's. */
  readonly interfaces?: typeof networkInterfaces | undefined;
  /** The topics that are open now, read at each connection. */
  readonly topics: () => Iterable<string>;
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
  readonly onHealth: () => void;
}

export class MeetingPointLink {
  #options: LinkOptions;
  #client: MqttClient | undefined;
  #state: MeetingPointHealth['state'] = 'connecting';
  #error: string | undefined;
  #proxy: ProxyHealth | undefined;
  /** On the way through a proxy, before there is a client. */
  #dialling: AbortController | undefined;
  /** Of the routes there are, how many were tried since somebody said that it may be another one. */
  #tried = 0;
  readonly #backOff: BackOff;
  #onlineSince = 0;
  #dialledAt = 0;
  #retry: Cancel = () => undefined;
  #kept = new Map<string, { bytes: Uint8Array; until: number }[]>();
  /** Topics, since it was connected. */
  #refused: 'none' | 'some' | 'all' = 'none';
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.random, isPrivateAddress(placeOf(options.url).host) ? 'near' : 'far');
    this.#dial();
  }

  get state(): MeetingPointHealth['state'] {
    return this.#state;
  }

  get error(): string | undefined {
    return this.#error;
  }

  get proxy(): ProxyHealth | undefined {
    return this.#proxy;
  }

  subscribe(topic: string): void {
    const client = this.#client;
    if (this.#state !== 'online' || client === undefined) return;
    void this.#subscribe(client, [topic]).then(() => this.#listensToNothing && this.#lost(client, NOT_ALLOWED));
  }

  /** Nothing more is to be sent there. */
  forget(topic: string): void {
    this.#kept.delete(topic);
  }

  unsubscribe(topic: string): void {
    if (this.#state === 'online') this.#client?.unsubscribe(topic, () => undefined);
  }

  /** Sends now, or keeps it for the connection that is being made. */
  publish(topic: string, bytes: Uint8Array): void {
    const client = this.#client;
    if (this.#state !== 'online' || !client) return this.#keep(topic, bytes);
    if (client.stream.writableLength > MAX_UNSENT) return this.#options.log('meeting-point.congested', this.#detail());
    client.publish(topic, Buffer.from(bytes), { qos: 0, retain: false }, () => undefined);
  }

  /**
   * Dials now where that was to come after a pause. The network may have changed: a connection may be dead without anybody
   * having noticed, or TCP about to try again only in half a minute, so one that shows nothing soon is made anew, and one
   * from an address that is gone at once.
   */
  retry(): void {
    const client = this.#client;
    if (this.#state === 'offline' || this.#isFromElsewhere()) return this.#again(client);
    // One that is being made gets the time that is left of this.
    const since = this.#options.clock.monotonic() - this.#dialledAt;
    const wait = this.#state === 'online' ? SHOW_MS : Math.max(0, SHOW_MS - since);
    const patience = this.#options.clock.after(wait, () => this.#again(client));
    client?.once('packetreceive', patience);
    if (this.#state === 'online') client?.sendPing();
  }

  #isFromElsewhere(): boolean {
    const from = (this.#client?.stream as BoundedStream | undefined)?.localAddress;
    return from !== undefined && !hasAddress(from, this.#options.interfaces);
  }

  /** Makes the connection anew: the way there is another one from now on. */
  redial(): void {
    this.#again(this.#client);
  }

  /** At once, unless it is another one by now. */
  #again(client: MqttClient | undefined): void {
    if (this.#closed || this.#client !== client) return;
    this.#backOff.forget();
    this.#tried = 0;
    this.#retry();
    this.#dialling?.abort();
    this.#client = undefined;
    if (client) abandon(client);
    this.#dial();
  }

  /** Resolves within half a second, whatever the broker does. */
  close(): Promise<void> {
    this.#closed = true;
    this.#retry();
    this.#dialling?.abort();
    this.#kept.clear();
    const client = this.#client;
    const online = this.#state === 'online';
    this.#client = undefined;
    this.#state = 'offline';
    if (!client) return Promise.resolve();
    if (!online) {
      abandon(client);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(CLOSE_MS, () => finish());
      const finish = (): void => {
        cancel();
        abandon(client);
        resolve();
      };
      // Sends what is written and DISCONNECT first.
      client.end(false, finish);
    });
  }

  #dial(): void {
    this.#become('connecting');
    this.#dialledAt = this.#options.clock.monotonic();
    const asked = this.#options.routes(placeOf(this.#options.url));
    if (asked === undefined) {
      this.#proxy = undefined;
      return this.#connect();
    }
    const dialling = new AbortController();
    this.#dialling = dialling;
    void this.#through(asked, dialling.signal).then(
      (socket) => (dialling.signal.aborted ? socket?.destroy() : this.#connect(socket)),
      (error: Error) => dialling.signal.aborted || this.#notReached(error),
    );
  }

  /** The socket of a proxy that has connected it; undefined: there is none on the way. Rejects with a ProxyError. */
  async #through(asked: NonNullable<ReturnType<Routes>>, signal: AbortSignal): Promise<Socket | undefined> {
    const routes = await asked;
    if (signal.aborted) return undefined;
    const proxy = routes[this.#tried++ % routes.length];
    this.#proxy = proxy && { url: shownProxy(proxy) };
    return proxy && openThrough(proxy, placeOf(this.#options.url), signal);
  }

  #notReached(error: Error): void {
    if (this.#proxy && error instanceof ProxyError) this.#proxy = { ...this.#proxy, fault: error.fault };
    this.#lost(undefined, sentenceOf(error));
  }

  #connect(through?: Socket): void {
    const clientId = `c${toHex(this.#options.random.bytes(11))}`; // 23 characters: what every 3.1.1 broker must take
    const client = new MqttClient((mqtt) => openStream(this.#options.url, mqtt, through), {
      ...credentials(this.#options.url),
      clientId,
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_MS,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
    });
    this.#client = client;
    let failure: string | undefined;
    client.on('connect', () => {
      if (this.#client === client) void this.#connected(client);
    });
    client.on('message', (topic, payload) => {
      if (this.#client !== client) return;
      try {
        this.#options.onMessage(topic, new Uint8Array(payload));
      } catch (error) {
        // A full disk under an invitation, say. The sender tries again; thrown here it would end the process.
        this.#options.log('message-failed', { error: String(error) });
      }
    });
    client.on('error', (error) => {
      failure ??= sentenceOf(error);
      // Over what it cannot read the client would wait for its time-out, and everybody with it.
      client.stream.destroy();
    });
    client.on('close', () => this.#lost(client, failure ?? CLOSED));
  }

  async #connected(client: MqttClient): Promise<void> {
    this.#refused = 'none';
    const first = new Set(this.#options.topics());
    const answered = await this.#subscribe(client, [...first]);
    if (this.#client !== client || this.#closed) return;
    if (!answered) return this.#lost(client, SILENT);
    if (this.#listensToNothing) return this.#lost(client, NOT_ALLOWED);
    this.#onlineSince = this.#options.clock.monotonic();
    this.#become('online');
    // What was opened or closed while the first ones were being confirmed.
    const present = new Set(this.#options.topics());
    for (const topic of present) if (!first.has(topic)) this.subscribe(topic);
    for (const topic of first) if (!present.has(topic)) this.unsubscribe(topic);
    this.#flush();
  }

  get #listensToNothing(): boolean {
    return this.#refused === 'all';
  }

  /** False when the broker did not answer in time or broke off. */
  async #subscribe(client: MqttClient, topics: readonly string[]): Promise<boolean> {
    for (let i = 0; i < topics.length; i += TOPICS_PER_SUBSCRIBE) {
      const answered = await new Promise<boolean>((resolve) => {
        const cancel = this.#options.clock.after(SUBSCRIBE_MS, () => resolve(false));
        client.subscribe(topics.slice(i, i + TOPICS_PER_SUBSCRIBE), { qos: 0 }, (error, granted, answer) => {
          cancel();
          const codes = answer?.granted.map(Number) ?? (granted ?? []).map(({ qos }) => qos);
          const isRefused = error !== null || codes.includes(REFUSED);
          if (isRefused) this.#options.log('meeting-point.topic-refused', this.#detail());
          if (codes.some((code) => code !== REFUSED)) this.#refused = 'some';
          else if (isRefused && client.connected && this.#refused === 'none') this.#refused = 'all';
          resolve(client.connected);
        });
      });
      if (!answered) return false;
    }
    return true;
  }

  #lost(client: MqttClient | undefined, reason: string): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    if (client) abandon(client);
    if (this.#closed) return;
    const { clock, log } = this.#options;
    const wait = this.#backOff.pause(this.#state === 'online' ? clock.monotonic() - this.#onlineSince : 0);
    log('meeting-point.lost', { ...this.#detail(), reason, retryMs: Math.round(wait) });
    this.#become('offline', reason);
    this.#retry = clock.after(wait, () => this.#dial());
  }

  #become(state: MeetingPointHealth['state'], error?: string): void {
    this.#state = state;
    // While it is being tried again, the last error still says why.
    if (state !== 'connecting') this.#error = error;
    this.#options.onHealth();
  }

  #keep(topic: string, bytes: Uint8Array): void {
    const now = this.#options.clock.monotonic();
    const kept = (this.#kept.get(topic) ?? []).filter(({ until }) => until > now);
    if (kept.length >= KEPT_PER_TOPIC) kept.shift();
    kept.push({ bytes: bytes.slice(), until: now + KEPT_MS });
    this.#kept.set(topic, kept);
  }

  #flush(): void {
    const now = this.#options.clock.monotonic();
    const kept = this.#kept;
    this.#kept = new Map();
    for (const [topic, messages] of kept) {
      for (const { bytes, until } of messages) if (until > now) this.publish(topic, bytes);
    }
  }

  #detail(): { host: string } {
    return { host: this.#options.url.host };
  }
}

function credentials(url: URL): { username?: string; password?: string } {
  if (url.username === '') return {};
  return { username: decoded(url.username), password: decoded(url.password) };
}

/** As it was typed when it is not percent-encoded throughout: passwords have percent signs of their own. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Drops a client without waiting for anything. It keeps its listeners, for its own end the timer of a connection under way. */
function abandon(client: MqttClient): void {
  client.end(true);
  client.stream.destroy();
}
