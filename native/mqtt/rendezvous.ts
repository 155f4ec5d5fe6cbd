/**
 * The Rendezvous port on MQTT 3.1.1 brokers, several at once: what is sent goes to all of them, what arrives from
 * any is delivered once. Brokers are untrusted; all they get are sealed bytes under pseudonymous topics.
 */

import type { networkInterfaces } from 'node:os';
import { MEETING_POINT_SOURCES } from '../../main/engine/ports.ts';
import type { Cancel, Clock, Log, MeetingPointHealth, MeetingPointSource } from '../../main/engine/ports.ts';
import type { Random, Rendezvous } from '../../main/engine/ports.ts';
import { DIRECT, type Routes } from '../proxy/proxy.ts';
import { withoutPassword } from './addresses.ts';
import { Duplicates } from './duplicates.ts';
import { MeetingPointLink } from './link.ts';
import { NO_ADDRESS, TOO_MANY } from './sentences.ts';
import { TokenBucket } from './token-bucket.ts';
import { MAX_PAYLOAD, TOPIC_PREFIX, isCoveTopic } from './topics.ts';

/** More meeting points than this cost connections and tell more operators about us than they help. */
const MAX_LINKS = 16;
/** A broker, or a stranger on a topic of it, that sends more is not listened to for the moment. */
const PER_BROKER = { perSecond: 250, burst: 1_000 };
const PER_TOPIC = { perSecond: 25, burst: 200 };
const PROTOCOLS = new Set(['mqtt:', 'mqtts:', 'ws:', 'wss:']);

export interface MqttRendezvousOptions {
  readonly urls: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How to get to a meeting point. Default: directly. */
  readonly routes?: Routes;
  /** Default: the system's. */
  readonly interfaces?: typeof networkInterfaces;
}

export interface MqttRendezvous extends Rendezvous {
  /** The ways there are others from now on: every connection is made anew. */
  redial(): void;
}

interface MeetingPointUse {
  /** As it was given, without its password. */
  readonly shown: string;
  /** undefined: this is no address. */
  readonly url: URL | undefined;
  /** undefined also while there are too many before it. */
  link: MeetingPointLink | undefined;
  /** How many use it, by reason. */
  readonly uses: Map<MeetingPointSource, number>;
}

interface OpenTopic {
  /** Those who only send included. */
  users: number;
  readonly handlers: Set<(bytes: Uint8Array) => void>;
  /** Of each meeting point: one that floods the topic uses up what is its own. */
  readonly rates: Map<string, TokenBucket>;
}

/** Connects to all `urls` at once and stays connected; a broker that is down costs nothing but itself. */
export function createMqttRendezvous(options: MqttRendezvousOptions): MqttRendezvous {
  const { urls, clock, random, log, routes = DIRECT } = options;
  const meetingPoints = new Map<string, MeetingPointUse>();
  const topics = new Map<string, OpenTopic>();
  const listeners = new Set<() => void>();
  const duplicates = new Duplicates();
  let closed = false;

  let telling = false;

  /** Once for all changes of a turn; a link reports already while it is being made, before it is in the table. */
  const tell = (): void => {
    if (telling) return;
    telling = true;
    queueMicrotask(() => {
      telling = false;
      if (!closed) for (const listener of [...listeners]) listener();
    });
  };

  /** Connects to those that come first, and lets go of what no longer does. */
  function dial(): void {
    const usable = [...meetingPoints].filter(([, { url }]) => url !== undefined);
    const order = usable.sort(([, one], [, other]) => rankOf(one) - rankOf(other)); // stable: then as they came
    for (const [, row] of order.slice(MAX_LINKS)) {
      void row.link?.close();
      row.link = undefined;
    }
    for (const [key, row] of order.slice(0, MAX_LINKS)) row.link ??= connect(key, row.url as URL);
  }

  function connect(key: string, url: URL): MeetingPointLink {
    const rate = new TokenBucket(clock, PER_BROKER);
    return new MeetingPointLink({
      url,
      clock,
      random,
      log,
      routes,
      interfaces: options.interfaces,
      topics: listened,
      onMessage: (topic, payload) => {
        if (rate.take()) receive(key, topic, payload);
      },
      onHealth: tell,
    });
  }

  function listened(): string[] {
    return [...topics].filter(([, { handlers }]) => handlers.size > 0).map(([name]) => name);
  }

  function receive(broker: string, topic: string, payload: Uint8Array): void {
    const open = topics.get(topic);
    if (!open || payload.length > MAX_PAYLOAD) return;
    const rate = open.rates.get(broker) ?? new TokenBucket(clock, PER_TOPIC);
    open.rates.set(broker, rate);
    if (!rate.take()) return;
    if (!duplicates.admit(broker, topic, payload)) return;
    for (const handler of [...open.handlers]) handler(payload);
  }

  function use(given: string, source: MeetingPointSource = 'invitation'): Cancel {
    const url = parse(given);
    const key = url?.href ?? given;
    const shown = url ? withoutPassword(given) : given.slice(0, 200);
    const row: MeetingPointUse = meetingPoints.get(key) ?? { shown, url, link: undefined, uses: new Map() };
    meetingPoints.set(key, row);
    const count = (by: 1 | -1): void => {
      const left = (row.uses.get(source) ?? 0) + by;
      if (left > 0) row.uses.set(source, left);
      else row.uses.delete(source);
    };
    count(1);
    dial();
    tell();
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      count(-1);
      if (closed) return;
      if (row.uses.size === 0) {
        meetingPoints.delete(key);
        for (const { rates } of topics.values()) rates.delete(key);
        void row.link?.close();
      }
      dial();
      tell();
    };
  }

  for (const url of urls) use(url, 'list');

  return {
    open(topic, onMessage) {
      const name = TOPIC_PREFIX + topic;
      if (!isCoveTopic(name)) throw new RangeError('not a topic name');
      const open = topics.get(name) ?? { users: 0, handlers: new Set(), rates: new Map() };
      topics.set(name, open);
      open.users++;
      const { handlers } = open;
      // Wrapped, so that one function may be given twice.
      const handler = onMessage && ((bytes: Uint8Array): void => onMessage(bytes));
      if (handler) {
        handlers.add(handler);
        if (handlers.size === 1) for (const { link } of meetingPoints.values()) link?.subscribe(name);
      }
      let live = true;
      return {
        send(bytes) {
          if (bytes.length > MAX_PAYLOAD) throw new RangeError(`a signal of ${bytes.length} bytes is over the limit`);
          if (!live || closed) return;
          for (const { link } of meetingPoints.values()) link?.publish(name, bytes);
        },
        close() {
          if (!live) return;
          live = false;
          if (--open.users === 0) {
            topics.delete(name);
            for (const { link } of meetingPoints.values()) link?.forget(name);
          }
          if (!handler) return;
          handlers.delete(handler);
          if (handlers.size > 0 || closed) return;
          for (const { link } of meetingPoints.values()) link?.unsubscribe(name);
        },
      };
    },
    health: () => [...meetingPoints.values()].map(healthOf),
    onHealth(fn) {
      // Wrapped, so that one function may be given twice.
      const listener = (): void => fn();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    use,
    retry() {
      for (const { link } of meetingPoints.values()) link?.retry();
    },
    redial() {
      for (const { link } of meetingPoints.values()) link?.redial();
    },
    async close() {
      if (closed) return;
      closed = true;
      listeners.clear();
      await Promise.all([...meetingPoints.values()].map(async ({ link }) => link?.close()));
      meetingPoints.clear();
      topics.clear();
    },
  };
}

function healthOf(row: MeetingPointUse): MeetingPointHealth {
  const { shown, url, link } = row;
  const source = MEETING_POINT_SOURCES[rankOf(row)] as MeetingPointSource;
  const unused = url === undefined ? NO_ADDRESS : TOO_MANY;
  const error = link ? link.error : unused;
  return {
    ...{ url: shown, source, state: link?.state ?? 'offline' },
    ...(error === undefined ? {} : { error }),
    ...(link?.proxy === undefined ? {} : { proxy: link.proxy }),
  };
}

function rankOf({ uses }: MeetingPointUse): number {
  return MEETING_POINT_SOURCES.findIndex((source) => uses.has(source));
}

function parse(given: string): URL | undefined {
  const url = given.length <= 2_000 && URL.canParse(given) ? new URL(given) : undefined;
  return url && PROTOCOLS.has(url.protocol) && url.hostname !== '' ? url : undefined;
}
