/**
 * What every Rendezvous must do, as a table of checks: the MQTT client on a real mosquitto, on the app's own meeting
 * point, and the simulator's fake all pass it (rendezvous.test.ts), and broken ones do not.
 */

import assert from 'node:assert/strict';
import type { Rendezvous } from '../../main/engine/ports.ts';

export interface RendezvousWorld {
  /** A new peer at the meeting point. */
  peer(): Rendezvous;
  /** Lets time pass until it is so; rejects if that takes too long. */
  until(what: string, predicate: () => boolean): Promise<void>;
  /** Lets enough time pass for anything under way to arrive. */
  quiet(): Promise<void>;
  /** The meeting point goes away, and comes back at the same address. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const online = (rendezvous: Rendezvous): boolean => rendezvous.health().every(({ state }) => state === 'online');

async function peers(world: RendezvousWorld, count: number): Promise<Rendezvous[]> {
  const all = Array.from({ length: count }, () => world.peer());
  await world.until('all peers are online', () => all.every(online));
  return all;
}

/** Messages as lists of bytes, in a fixed order: the port promises none. */
const sorted = (messages: readonly Uint8Array[]): string[] => messages.map((message) => message.join(',')).sort();

export const rendezvousChecks: Readonly<Record<string, (world: RendezvousWorld) => Promise<void>>> = {
  'everybody on a topic hears what is sent there, and nobody else does': async (world) => {
    const [a, b, c] = (await peers(world, 3)) as [Rendezvous, Rendezvous, Rendezvous];
    const heard: Record<string, Uint8Array[]> = { b: [], c: [], other: [] };
    b.open('here', (message) => heard['b']?.push(message));
    c.open('here', (message) => heard['c']?.push(message));
    c.open('there', (message) => heard['other']?.push(message));
    await world.quiet();
    const topic = a.open('here', () => undefined);
    topic.send(bytes(1, 2, 3));
    topic.send(bytes());
    await world.until('both heard both', () => heard['b']?.length === 2 && heard['c']?.length === 2);
    await world.quiet();
    const all = ['', '1,2,3'];
    assert.deepEqual(
      [heard['b'], heard['c'], heard['other']].map((list) => sorted(list ?? [])),
      [all, all, []],
    );
  },

  'what was away is there again after a retry, and a retry of what is there changes nothing': async (world) => {
    const [a, b] = (await peers(world, 2)) as [Rendezvous, Rendezvous];
    const heard: Uint8Array[] = [];
    b.open('here', (message) => heard.push(message));
    await world.down();
    await world.until('both know', () => !online(a) && !online(b));
    await world.up();
    for (const peer of [a, b]) peer.retry();
    await world.until('both are back', () => online(a) && online(b));
    for (const peer of [a, b]) peer.retry();
    a.open('here').send(bytes(7));
    await world.until('it was heard', () => heard.length === 1);
  },

  'two topics of one peer are told apart': async (world) => {
    const [a, b] = (await peers(world, 2)) as [Rendezvous, Rendezvous];
    const heard: string[] = [];
    b.open('one', (message) => heard.push(`one ${message[0] ?? ''}`));
    b.open('two', (message) => heard.push(`two ${message[0] ?? ''}`));
    await world.quiet();
    a.open('one', () => undefined).send(bytes(1));
    a.open('two', () => undefined).send(bytes(2));
    await world.until('both heard', () => heard.length === 2);
    await world.quiet();
    assert.deepEqual(heard.sort(), ['one 1', 'two 2']);
  },

  'a message sent twice arrives twice': async (world) => {
    const [a, b] = (await peers(world, 2)) as [Rendezvous, Rendezvous];
    const heard: Uint8Array[] = [];
    b.open('again', (message) => heard.push(message));
    await world.quiet();
    const topic = a.open('again', () => undefined);
    topic.send(bytes(7));
    topic.send(bytes(7));
    await world.until('both arrived', () => heard.length === 2);
    await world.quiet();
    assert.deepEqual(sorted(heard), ['7', '7']);
  },

  'two handlers on one topic both hear, and each can leave by itself': async (world) => {
    const [a, b] = (await peers(world, 2)) as [Rendezvous, Rendezvous];
    const heard: string[] = [];
    const first = b.open('shared', () => heard.push('first'));
    b.open('shared', () => heard.push('second'));
    await world.quiet();
    const topic = a.open('shared', () => undefined);
    topic.send(bytes(1));
    await world.until('both heard', () => heard.length === 2);
    first.close();
    first.close();
    topic.send(bytes(2));
    await world.until('the second heard again', () => heard.length === 3);
    await world.quiet();
    assert.deepEqual(heard.sort(), ['first', 'second', 'second']);
  },

  'a closed topic is silent both ways and can be opened again': async (world) => {
    const [a, b] = (await peers(world, 2)) as [Rendezvous, Rendezvous];
    const heard: Uint8Array[] = [];
    const listening = b.open('t', (message) => heard.push(message));
    const speaking = a.open('t', () => undefined);
    await world.quiet();
    listening.close();
    speaking.send(bytes(1));
    await world.quiet();
    b.open('t', (message) => heard.push(message));
    await world.quiet();
    speaking.send(bytes(2));
    await world.until('it is heard again', () => heard.length === 1);
    speaking.close();
    speaking.send(bytes(3));
    await world.quiet();
    assert.deepEqual(sorted(heard), ['2']);
  },

  'eight KiB pass unchanged and one byte more is a programming error': async (world) => {
    const [a, b] = (await peers(world, 2)) as [Rendezvous, Rendezvous];
    const heard: Uint8Array[] = [];
    b.open('large', (message) => heard.push(message));
    await world.quiet();
    const topic = a.open('large', () => undefined);
    const full = Uint8Array.from({ length: 8_192 }, (_, i) => i * 7);
    assert.throws(() => topic.send(new Uint8Array(8_193)), RangeError);
    topic.send(full);
    full.fill(0); // what was sent is what it was when it was sent
    await world.until('it arrived', () => heard.length === 1);
    assert.deepEqual(
      heard[0],
      Uint8Array.from({ length: 8_192 }, (_, i) => i * 7),
    );
    assert.equal(heard[0]?.constructor, Uint8Array);
  },

  'a topic with wildcards is a programming error': async (world) => {
    const rendezvous = world.peer();
    for (const topic of ['#', '+', 'a/#', 'a/+/b', '', '/', '$SYS', 'a b', 'a\0']) {
      assert.throws(() => rendezvous.open(topic, () => undefined), RangeError);
    }
    await world.quiet();
  },

  'what a new peer sends at once arrives': async (world) => {
    const [b] = (await peers(world, 1)) as [Rendezvous];
    const heard: Uint8Array[] = [];
    b.open('early', (message) => heard.push(message));
    await world.quiet();
    const topic = world.peer().open('early', () => undefined);
    topic.send(bytes(1));
    topic.send(bytes(2));
    await world.until('both arrived', () => heard.length === 2);
    assert.deepEqual(sorted(heard), ['1', '2']);
  },

  'health tells when the meeting point goes and comes, and topics are heard again then': async (world) => {
    const [a, b] = (await peers(world, 2)) as [Rendezvous, Rendezvous];
    const states = new Set<string>();
    const silent = new Set<string>();
    a.onHealth(() => states.add(a.health()[0]?.state ?? 'none'));
    a.onHealth(() => silent.add('called'))();
    const heard: Uint8Array[] = [];
    b.open('back', (message) => heard.push(message));
    const topic = a.open('back', () => undefined);
    await world.quiet();
    await world.down();
    await world.until('both are offline and it is told', () => !online(a) && !online(b) && states.has('offline'));
    await world.up();
    await world.until('both are online', () => online(a) && online(b));
    await world.until('it is told', () => states.has('online'));
    topic.send(bytes(1));
    await world.until('it is heard', () => heard.length === 1);
    assert.deepEqual([...silent], []);
  },

  'a meeting point that is used twice stays until both let go': async (world) => {
    const rendezvous = world.peer();
    const url = 'mqtt://127.0.0.1:9';
    const rows = (): number => rendezvous.health().filter((row) => row.url === url).length;
    const [first, second] = [rendezvous.use(url), rendezvous.use(url)];
    assert.equal(rows(), 1);
    first();
    first();
    assert.equal(rows(), 1);
    second();
    assert.equal(rows(), 0);
    await world.quiet();
  },

  'after close nothing is heard or sent, and closing twice is harmless': async (world) => {
    const [a, b] = (await peers(world, 2)) as [Rendezvous, Rendezvous];
    const heard: string[] = [];
    const fromA = a.open('end', () => heard.push('a'));
    const fromB = b.open('end', () => heard.push('b'));
    await world.quiet();
    await a.close();
    await a.close();
    fromA.send(bytes(1));
    fromB.send(bytes(2));
    await world.until('b hears itself', () => heard.length === 1);
    await world.quiet();
    assert.deepEqual(heard, ['b']);
  },

  'close resolves while the meeting point is away': async (world) => {
    const [a] = (await peers(world, 1)) as [Rendezvous];
    a.open('gone', () => undefined).send(bytes(1));
    await world.down();
    let closed = false;
    void a.close().then(() => (closed = true));
    await world.until('it is closed', () => closed);
    await world.up();
  },
};
