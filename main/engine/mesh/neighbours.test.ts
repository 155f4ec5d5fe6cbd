import { expect, test } from 'vitest';
import type { Channel, Clock, HeardBeacon, Lan } from '../ports.ts';
import type { MeetingKeys, Replica } from '../echo/replica.ts';
import { ready } from '../crypto/sodium.ts';
import { lanTag } from '../crypto/keys.ts';
import { MESH } from './limits.ts';
import { Neighbours } from './neighbours.ts';

await ready();
const SPACES = 100;
const DAY = 20_000;

const own = Array.from({ length: SPACES }, (_, i) => ({ discovery: new Uint8Array(32).fill(i + 1) }) as MeetingKeys);
const nonceOf = (i: number): Uint8Array => Uint8Array.of(255, 0, 0, 0, 0, 0, i >> 8, i & 255);

/** Somebody in many spaces, on a network where anybody may say anything. */
function listener(quiet?: Channel) {
  let time = 0;
  /** How often one of the spaces was looked at, for each day of it. */
  let looked = 0;
  const dialled: string[] = [];
  const timers: { readonly ms: number; readonly fn: () => void }[] = [];
  let heard: (beacon: HeardBeacon) => void = () => undefined;
  const clock: Clock = {
    now: () => DAY * 86_400_000 + time,
    monotonic: () => time,
    after: (ms, fn) => (timers.push({ ms, fn }), () => undefined),
  };
  const lan = {
    announce: () => undefined,
    onBeacon: (fn: typeof heard) => ((heard = fn), () => undefined),
    onChannel: () => () => undefined,
    onMove: () => () => undefined,
    dial: async ({ ip }: { ip: string }) => {
      dialled.push(ip);
      await Promise.resolve();
      if (quiet === undefined) throw new Error('nobody');
      return quiet;
    },
  } as Partial<Lan> as Lan;
  const replicas = own.map((epoch) => ({ epochs: () => [epoch] }) as Partial<Replica> as Replica);
  const neighbours = new Neighbours({
    ...{ lan, clock, random: { bytes: (n) => new Uint8Array(n) }, log: () => undefined },
    ...{
      replicas: () => replicas,
      pairs: { of: () => [], behind: () => [] },
      looks: () => true,
      connected: () => false,
    },
    ...{ doubt: () => undefined, shakingHands: () => 0, onChannel: () => undefined },
    room: () => (looked++, true),
  });
  neighbours.start();
  return {
    dialled,
    timers,
    looked: () => looked,
    wait: (ms: number) => void (time += ms),
    hear: (i: number, tag: Uint8Array) =>
      heard({ nonce: nonceOf(i), tags: [tag], address: { ip: `10.0.${i >> 8}.${i & 255}`, port: 1 } }),
  };
}

test('beacons of strangers cost so much a second, however many there are and of however many spaces one is', () => {
  const it = listener();
  const stranger = new Uint8Array(6);
  for (let i = 0; i < 2_000; i++) it.hear(i, stranger);
  const { perSecond, burst } = MESH.lanTagsCompared;
  const most = (seconds: number): number => (burst + seconds * perSecond) / 3 + SPACES;
  expect(it.looked()).toBeLessThanOrEqual(most(0));
  it.wait(2_000);
  for (let i = 0; i < 2_000; i++) it.hear(i, stranger);
  expect(it.looked()).toBeLessThanOrEqual(most(2));
  expect(it.looked(), 'it goes on listening').toBeGreaterThan(most(1));

  it.wait(10_000);
  it.hear(7, lanTag((own[SPACES - 1] as MeetingKeys).discovery, DAY, nonceOf(7)));
  expect(it.dialled).toEqual(['10.0.0.7']);
});

test('those who have us dial them and keep quiet are few at a time, and not waited for long', async () => {
  let closed = 0;
  const channel: Partial<Channel> = { send: () => undefined, close: () => void closed++ };
  const it = listener(channel as Channel);
  for (let i = 0; i < 20; i++) it.hear(i, lanTag((own[0] as MeetingKeys).discovery, DAY, nonceOf(i)));
  await new Promise(setImmediate);
  expect(it.dialled).toHaveLength(MESH.lanDials);
  for (const { ms, fn } of it.timers) if (ms === MESH.lanAnswer) fn();
  expect(closed).toBe(MESH.lanDials);
});
