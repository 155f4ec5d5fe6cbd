/** What every Lan must do, as a table of checks: the real one on the loopback and the simulator's fake pass it. */
import assert from 'node:assert/strict';
import type { Channel, HeardBeacon, Lan } from '../../main/engine/ports.ts';
import { channelChecksOf } from './channel.suite.ts';
import type { Waiting } from './worlds.ts';

export interface LanWorld extends Waiting {
  /** Two machines on one network. */
  readonly one: Lan;
  readonly other: Lan;
  close(): Promise<void>;
}

const nonce = (n: number): Uint8Array => new Uint8Array(8).fill(n);
const tag = (n: number): Uint8Array => Uint8Array.of(n >> 8, n, 3, 4, 5, 6);
const hear = (lan: Lan, n: number): HeardBeacon[] => {
  const heard: HeardBeacon[] = [];
  lan.onBeacon((beacon) => void (beacon.nonce[0] === n && heard.push(beacon)));
  return heard;
};

async function connected(world: LanWorld): Promise<[dialler: Channel, dialled: Channel]> {
  const heard = hear(world.one, 2);
  const arriving = new Promise<Channel>((resolve) => world.other.onChannel(resolve));
  world.other.announce({ nonce: nonce(2), tags: [tag(1)] });
  await world.until('the beacon is heard', () => heard.length > 0);
  return world.complete(Promise.all([world.one.dial((heard[0] as HeardBeacon).address), arriving]));
}

export const lanChecks: Readonly<Record<string, (world: LanWorld) => Promise<void>>> = {
  ...channelChecksOf((world: LanWorld) => ({ ...world, open: () => connected(world) })),

  'what one announces the other one hears, with its tags': async (world) => {
    const heard = hear(world.other, 1);
    world.one.announce({ nonce: nonce(1), tags: [tag(1), tag(2)] });
    await world.until('it is heard', () => heard.length > 0);
    assert.deepEqual([heard[0]?.nonce, heard[0]?.tags], [nonce(1), [tag(1), tag(2)]]);
  },

  'a thousand tags arrive, in as many beacons as it takes': async (world) => {
    const heard = hear(world.other, 1);
    const tags = Array.from({ length: 1_000 }, (_, i) => tag(i));
    world.one.announce({ nonce: nonce(1), tags });
    const seen = () => new Set(heard.flatMap((beacon) => beacon.tags.map((bytes) => bytes.join())));
    await world.until('all are heard', () => seen().size === 1_000);
  },

  'how it does counts the others who were heard, and not oneself': async (world) => {
    assert.deepEqual([world.one.health().heard, world.one.health().addresses.length], [0, 1]);
    world.other.announce({ nonce: nonce(2), tags: [tag(1)] });
    world.one.announce({ nonce: nonce(1), tags: [tag(1)] });
    await world.until('it is counted', () => world.one.health().heard > 0);
    await world.quiet();
    assert.deepEqual([world.one.health().heard, world.one.health().error], [1, undefined]);
  },

  'nothing is said without tags': async (world) => {
    const heard = hear(world.other, 1);
    world.one.announce({ nonce: nonce(1), tags: [] });
    world.one.ask();
    await world.quiet();
    assert.deepEqual(heard, []);
  },

  'who announces later hears at once who was there before': async (world) => {
    world.one.announce({ nonce: nonce(1), tags: [tag(1)] });
    await world.quiet();
    const heard = hear(world.other, 1);
    world.other.announce({ nonce: nonce(2), tags: [tag(2)] });
    await world.until('the first is heard', () => heard.length > 0);
  },

  'a listener that was taken away hears no more': async (world) => {
    const heard: unknown[] = [];
    world.other.onBeacon((beacon) => heard.push(beacon))();
    world.one.announce({ nonce: nonce(1), tags: [tag(1)] });
    await world.quiet();
    assert.deepEqual(heard, []);
  },

  'a beacon’s address leads to a channel, without fingerprints': async (world) => {
    const [a, b] = await connected(world);
    const heard: [Uint8Array[], Uint8Array[]] = [[], []];
    a.onMessage((message) => heard[0].push(message));
    b.onMessage((message) => heard[1].push(message));
    a.send(Uint8Array.of(1));
    b.send(Uint8Array.of(2));
    await world.until('both arrived', () => heard[0].length === 1 && heard[1].length === 1);
    assert.deepEqual(heard, [[Uint8Array.of(2)], [Uint8Array.of(1)]]);
    assert.deepEqual([a.localFingerprint.length, a.remoteFingerprint.length], [0, 0]);
  },

  'where nobody listens dialling fails': async (world) => {
    const heard = hear(world.one, 2);
    world.other.announce({ nonce: nonce(2), tags: [tag(1)] });
    await world.until('the beacon is heard', () => heard.length > 0);
    await world.other.close();
    await assert.rejects(world.complete(world.one.dial((heard[0] as HeardBeacon).address)));
  },
};
