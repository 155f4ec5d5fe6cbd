import { connect as connectTcp, type Socket } from 'node:net';
import { createSocket, type Socket as Udp } from 'node:dgram';
import { afterEach, describe, expect, test } from 'vitest';
import type { Channel, HeardBeacon, Lan, LanWay } from '../../main/engine/ports.ts';
import { createSystemClock } from '../../native/clock.ts';
import { encodeBeacon } from '../../native/lan/beacon.ts';
import { openLan } from '../../native/lan/lan.ts';
import { encodeMdns } from '../../native/lan/mdns.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { lanChecks, type LanWorld } from './lan.suite.ts';
import { inReality, inSimulation } from './worlds.ts';

/** Of this file's own, so that nobody else on this computer is heard. */
const PORTS = { beacon: 47_633, mdns: 47_634 };

async function simulated(wrap: (lan: Lan) => Lan = (lan) => lan): Promise<LanWorld> {
  const net = new SimNet({ seed: 1 });
  const [one, other] = [wrap(net.lan('ann')), wrap(net.lan('ben'))];
  return {
    one,
    other,
    // Sooner than a beacon is said again by itself.
    ...inSimulation(net, 10_000),
    close: async () => undefined,
  };
}

const open = (): Promise<Lan> =>
  openLan({ bind: '127.0.0.1', ports: PORTS, clock: createSystemClock(), log: () => undefined });

async function real(): Promise<LanWorld> {
  const [one, other] = await Promise.all([open(), open()]);
  return {
    one,
    other,
    ...inReality,
    close: async () => void (await Promise.all([one.close(), other.close()])),
  };
}

for (const [name, build] of Object.entries({ 'the simulated network': simulated, 'UDP and TCP': real })) {
  describe(name, () => {
    let world: LanWorld | undefined;
    afterEach(() => world?.close());
    for (const [sentence, check] of Object.entries(lanChecks)) {
      test(sentence, async () => {
        world = await build();
        await check(world);
      });
    }
  });
}

test.each<[fault: string, wrap: (good: Lan) => Lan, noticedBy: string]>([
  [
    'says only the first tags',
    (good) => ({ ...good, announce: ({ nonce, tags }) => good.announce({ nonce, tags: tags.slice(0, 200) }) }),
    'a thousand tags arrive, in as many beacons as it takes',
  ],
  [
    'never tells who dials',
    (good) => ({ ...good, onChannel: () => () => undefined }),
    'a beacon’s address leads to a channel, without fingerprints',
  ],
  [
    'goes on telling',
    (good) => ({ ...good, onBeacon: (fn) => (good.onBeacon(fn), () => undefined) }),
    'a listener that was taken away hears no more',
  ],
])('a network that %s does not pass', async (_fault, wrap, noticedBy) => {
  const check = lanChecks[noticedBy] as (world: LanWorld) => Promise<void>;
  await expect(check(await simulated(wrap))).rejects.toThrow();
});

describe('strangers on the network', () => {
  let lan: Lan;
  let socket: Socket;
  const sockets: Udp[] = [];
  afterEach(async () => {
    socket.destroy();
    for (const one of sockets.splice(0)) one.close();
    await lan.close();
  });

  /** A bare TCP connection to where a Lan says that it listens, and what that makes of it. */
  async function stranger(): Promise<Channel> {
    lan = await open();
    const listening = await open();
    const where = new Promise<HeardBeacon>((resolve) => listening.onBeacon(resolve));
    lan.announce({ nonce: new Uint8Array(8).fill(7), tags: [new Uint8Array(6)] });
    const { address } = await where;
    await listening.close();
    const channel = new Promise<Channel>((resolve) => lan.onChannel(resolve));
    socket = connectTcp({ host: address.ip, port: address.port });
    socket.on('error', () => undefined);
    return channel;
  }
  const ended = (channel: Channel): Promise<string> =>
    new Promise((resolve) => channel.onClose(() => resolve('ended')));

  test('a message that says to be longer than any is the end', async () => {
    const channel = await stranger();
    socket.write(Uint8Array.of(0, 1, 0, 1));
    expect(await ended(channel)).toBe('ended');
  });

  test('a flood before anybody listens is the end', async () => {
    const channel = await stranger();
    const message = Buffer.alloc(4 + 65_536);
    message.writeUInt32BE(65_536);
    for (let i = 0; i < 20; i++) socket.write(message);
    expect(await ended(channel)).toBe('ended');
  });

  test('bytes that come one by one make the same messages', async () => {
    const channel = await stranger();
    const heard: number[][] = [];
    channel.onMessage((message) => heard.push([...message]));
    for (const byte of [0, 0, 0, 2, 8, 9, 0, 0, 0, 0, 0, 0, 0, 1, 7]) {
      socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await expect.poll(() => heard).toEqual([[8, 9], [], [7]]);
  });

  test('a listener that throws ends its channel and nothing else', async () => {
    const channel = await stranger();
    channel.onMessage(() => {
      throw new Error('broken listener');
    });
    socket.write(Uint8Array.of(0, 0, 0, 1, 7));
    expect(await ended(channel)).toBe('ended');
  });

  /** Somebody on the loopback who says what he likes to everybody, in one of the two ways. */
  async function loud(way: LanWay, port = 0): Promise<(bytes: Uint8Array) => Promise<void>> {
    const udp = createSocket({ type: 'udp4', reuseAddr: true });
    sockets.push(udp);
    await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
    udp.setMulticastInterface('127.0.0.1');
    const group = way === 'beacon' ? '239.192.67.86' : '224.0.0.251';
    return (bytes) => new Promise((sent) => udp.send(bytes, PORTS[way], group, () => sent()));
  }
  const message = (n: number) => ({
    ...{ nonce: new Uint8Array(8).fill(n), tags: [new Uint8Array(6).fill(1)], port: 0x1234, asks: false },
  });
  const LO = { ip: '127.0.0.1', family: 'ipv4', cidr: '127.0.0.1/8', name: 'lo', zone: 'lo' } as const;
  const beacon = (n: number): Uint8Array => encodeBeacon(message(n))[0] as Uint8Array;
  const mdns = (n: number): Uint8Array => encodeMdns(message(n), LO)[0] as Uint8Array;
  const heardBy = (one: Lan): number[] => {
    const heard: number[] = [];
    one.onBeacon(({ nonce: [first], tags, address }) => {
      if (first !== 7) heard.push(tags.length === 1 && address.port === 0x1234 ? (first as number) : NaN);
    });
    return heard;
  };

  test('messages that are no beacons are passed over', async () => {
    await stranger();
    const heard = heardBy(lan);
    const say = await loud('beacon');
    const good = Buffer.from(beacon(9));
    const bad = [
      good.subarray(0, 15),
      good.subarray(0, -1),
      Buffer.from(good).fill(2, 4, 5),
      Buffer.from(good).fill(0, 6, 8),
    ];
    for (const bytes of [...bad, Buffer.alloc(1_300), good]) await say(bytes);
    await expect.poll(() => heard).toEqual([9]);
  });

  test('over mDNS what is malformed, or does not come from its port, is passed over', async () => {
    await stranger();
    const heard = heardBy(lan);
    const [say, elsewhere] = [await loud('mdns', PORTS.mdns), await loud('mdns')];
    const good = Buffer.from(mdns(9));
    const promises = Buffer.from(good);
    promises.writeUInt16BE(0xffff, 6);
    await elsewhere(mdns(8));
    for (const bytes of [good.subarray(0, 60), promises, Buffer.alloc(0), Buffer.alloc(1_400, 1), good])
      await say(bytes);
    await expect.poll(() => heard).toEqual([9]);
  });

  test('a flood in one way costs a bound amount, and leaves the other and who is known there', async () => {
    await stranger();
    const heard = heardBy(lan);
    const [flood, say] = [await loud('mdns', PORTS.mdns), await loud('beacon')];
    for (let i = 0; i < 3_000; i++) {
      const { nonce, ...rest } = message(8);
      nonce.set([i >> 8, i], 1);
      await flood(encodeMdns({ ...rest, nonce }, LO)[0] as Uint8Array);
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await say(beacon(9));
    await expect.poll(() => heard.includes(9)).toBe(true);
    const { ways } = lan.health();
    expect([ways.mdns.heard > 0, ways.mdns.heard <= 512, heard.length < 1_000, ways.beacon.heard]).toEqual([
      ...[true, true, true],
      1,
    ]);
  });

  test('who asks again and again gets one answer a second', async () => {
    await stranger();
    const [asking, listening] = [await loud('beacon'), await open()];
    const answers: number[] = [];
    listening.onBeacon(({ nonce: [first] }) => void (first === 7 && answers.push(Date.now())));
    const asks = encodeBeacon({ ...message(9), asks: true })[0] as Uint8Array;
    for (let i = 0; i < 20; i++) {
      await asking(asks);
      await new Promise((resolve) => setTimeout(resolve, 75));
    }
    await listening.close();
    // In each of the two ways.
    expect(answers.length).toBeGreaterThan(1);
    expect(answers.length).toBeLessThanOrEqual(4);
  });
});

test('where the port of one way is another program’s alone, that is said, and the other way goes on', async () => {
  const other = createSocket({ type: 'udp4' });
  await new Promise<void>((resolve) => other.bind(PORTS.mdns, '0.0.0.0', resolve));
  const [one, two] = [await open(), await open()];
  const heard: unknown[] = [];
  two.onBeacon((beacon) => heard.push(beacon));
  one.announce({ nonce: new Uint8Array(8).fill(1), tags: [new Uint8Array(6)] });
  await expect.poll(() => heard.length).toBe(1);
  const { ways } = one.health();
  expect(ways).toEqual({ beacon: { heard: 0 }, mdns: { heard: 0, error: 'EADDRINUSE' } });
  await new Promise<void>((resolve) => other.close(resolve));
  // It is tried again.
  await expect.poll(() => one.health().ways.mdns, { timeout: 10_000 }).toEqual({ heard: 0 });
  await Promise.all([one.close(), two.close()]);
});
