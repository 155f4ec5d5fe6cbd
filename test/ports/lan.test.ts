import { connect as connectTcp, type Socket } from 'node:net';
import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, test } from 'vitest';
import type { Channel, HeardBeacon, Lan } from '../../main/engine/ports.ts';
import { createSystemClock } from '../../native/clock.ts';
import { openLan } from '../../native/lan/lan.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { lanChecks, type LanWorld } from './lan.suite.ts';
import { inReality, inSimulation } from './worlds.ts';

/** Of this file's own, so that nobody else on this computer is heard. */
const PORT = 47_633;

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
  openLan({ bind: '127.0.0.1', port: PORT, clock: createSystemClock(), log: () => undefined });

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
  afterEach(async () => {
    socket.destroy();
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

  test('messages that are no beacons are passed over', async () => {
    await stranger();
    const heard: HeardBeacon[] = [];
    lan.onBeacon((beacon) => heard.push(beacon));
    const udp = createSocket({ type: 'udp4', reuseAddr: true });
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    udp.setMulticastInterface('127.0.0.1');
    const good = Buffer.from(`${Buffer.from('COVE').toString('hex')}01001234${'09'.repeat(8)}${'01'.repeat(6)}`, 'hex');
    const bad = [
      good.subarray(0, 15),
      good.subarray(0, -1),
      Buffer.from(good).fill(2, 4, 5),
      Buffer.from(good).fill(0, 6, 8),
    ];
    for (const bytes of [...bad, Buffer.alloc(1_300), good])
      await new Promise((sent) => udp.send(bytes, PORT, '239.192.67.86', sent));
    await expect.poll(() => heard.length).toBeGreaterThan(0);
    udp.close();
    expect(heard.map(({ nonce, tags, address }) => [nonce[0], tags.length, address.port])).toEqual([[9, 1, 0x1234]]);
  });
});
