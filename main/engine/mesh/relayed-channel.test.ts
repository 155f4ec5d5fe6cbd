/** The Channel port over a line that loses, doubles and reorders. */
import { describe, expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { channelChecksOf } from '../../../test/ports/channel.suite.ts';
import { inSimulation } from '../../../test/ports/worlds.ts';
import { MESH } from './limits.ts';
import { Pace } from './pace.ts';
import type { Rate } from './pace.ts';
import { decodeRelayFrame, encodeRelayFrame, RELAY_BYTES } from './relay-frames.ts';
import type { RelayFrame } from './relay-frames.ts';
import { RelayedChannel } from './relayed-channel.ts';

interface Line {
  readonly loss?: number;
  readonly duplicate?: number;
  readonly delayMs?: readonly [number, number];
  readonly rate?: Rate;
}
const FAST: Rate = { perSecond: 2_000, burst: 64 };

function line(seed: number, { loss = 0, duplicate = 0, delayMs = [5, 60], rate = FAST }: Line = {}) {
  const net = new SimNet({ seed });
  const frames: { from: 0 | 1; at: number; frame: RelayFrame }[] = [];
  const state = { cut: false, opened: 0, done: 0 };
  const ends: RelayedChannel[] = [];
  const carry = (from: 0 | 1, frame: RelayFrame): void => {
    frames.push({ from, at: net.time, frame });
    if (state.cut || net.prng.chance(loss)) return;
    const bytes = encodeRelayFrame(frame);
    for (let copies = net.prng.chance(duplicate) ? 2 : 1; copies > 0; copies--) {
      net.after(net.prng.between(...delayMs), 'frame', () => {
        const arrived = decodeRelayFrame(bytes);
        if (arrived && !state.cut) ends[1 - from]?.receive(arrived);
      });
    }
  };
  for (const from of [0, 1] as const) {
    const clock = net.clock(`${from}`);
    ends.push(
      new RelayedChannel({
        clock,
        asks: from === 0,
        rate,
        shared: new Pace(clock, FAST),
        send: (frame) => carry(from, frame),
        onOpen: () => state.opened++,
        onDone: () => state.done++,
      }),
    );
  }
  return { net, frames, state, ends: ends as [RelayedChannel, RelayedChannel] };
}

for (const [name, seed, quality] of [
  ['a good line', 1, {}],
  ['a line that reorders', 2, { delayMs: [1, 400] }],
  ['a line that doubles half', 3, { duplicate: 0.5 }],
  ['a line that loses a tenth', 4, { loss: 0.1 }],
] as const) {
  describe(name, () => {
    for (const [sentence, check] of Object.entries(
      channelChecksOf((world: ReturnType<typeof line>) => ({
        ...inSimulation(world.net),
        open: async () => {
          await world.net.runUntil(() => world.state.opened === 2, 20_000);
          return world.ends;
        },
      })),
    )) {
      test(sentence, () => check(line(seed, quality)));
    }
  });
}

test('a line that keeps the order of nothing and loses half carries everything in the end', async () => {
  const { net, ends } = line(5, { loss: 0.5, duplicate: 0.5, delayMs: [1, 2_000], rate: MESH.relayRate });
  const heard: number[] = [];
  ends[1].onMessage(([first = -1]) => heard.push(first));
  for (let i = 0; i < 100; i++) ends[0].send(new Uint8Array(1_000).fill(i));
  await net.runUntil(() => heard.length === 100, 600_000);
  expect(heard).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('no more is sent than the meeting point bears, and small messages travel together', async () => {
  const { net, frames, ends } = line(6, { rate: MESH.relayRate });
  let received = 0;
  ends[1].onMessage((message) => (received += message.length));
  for (let i = 0; i < 20; i++) ends[0].send(new Uint8Array(60_000));
  await net.runUntil(() => received === 1_200_000, 60_000);
  const { perSecond, burst } = MESH.relayRate;
  for (const from of [0, 1]) {
    const times = frames.filter((frame) => frame.from === from).map(({ at }) => at);
    for (const [i, at] of times.entries()) {
      expect(times.slice(i).filter((later) => later < at + 10_000).length).toBeLessThanOrEqual(10 * perSecond + burst);
    }
  }
  await net.run(5_000);
  frames.length = 0;
  for (let i = 0; i < 500; i++) ends[0].send(new Uint8Array(100));
  await net.runUntil(() => received === 1_250_000, 10_000);
  expect(frames.filter(({ from }) => from === 0).length).toBeLessThan(10);
  expect(frames.every(({ frame }) => frame.bytes.length <= RELAY_BYTES)).toBe(true);
});

test('an idle line says nothing', async () => {
  const { net, frames, state } = line(7);
  await net.run(2_000);
  expect(state.opened).toBe(2);
  frames.length = 0;
  await net.run(600_000);
  expect(frames).toEqual([]);
});

test('a cut line goes on where it was; one that stays cut is the end, for both', async () => {
  const { net, state, ends } = line(8, { rate: MESH.relayRate });
  const heard: number[] = [];
  const closed: number[] = [];
  ends.forEach((end, i) => end.onClose(() => closed.push(i)));
  ends[1].onMessage(([first = -1]) => heard.push(first));
  for (let i = 0; i < 20; i++) ends[0].send(new Uint8Array(20_000).fill(i));
  await net.run(1_500);
  state.cut = true;
  await net.run(30_000);
  expect(heard.length).toBeLessThan(20);
  state.cut = false;
  const before = net.time;
  await net.runUntil(() => heard.length === 20, 20_000);
  expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(net.time - before).toBeLessThan(15_000);
  state.cut = true;
  for (const end of ends) end.send(Uint8Array.of(1));
  await net.run(MESH.relaySilence + 2_000);
  expect([closed.sort(), state.done]).toEqual([[0, 1], 2]);
});

test('one who waits for nobody asks once a second, and nothing is left when it is given up', async () => {
  const { net, frames, state, ends } = line(9, { loss: 1 });
  await net.run(10_000);
  expect([...new Set(frames.map(({ from }) => from))]).toEqual([0]);
  expect(frames.length).toBeLessThanOrEqual(11);
  for (const end of ends) end.close();
  expect(state).toEqual({ cut: false, opened: 0, done: 2 });
  const before = frames.length;
  await net.run(60_000);
  expect(frames.length).toBe(before);
});

test('what the other end could not have sent ends the channel, and costs no memory', async () => {
  const { net, state, ends } = line(10);
  await net.run(1_000);
  const frame = { number: 1, next: 1, seen: 0, flags: 0 };
  for (let i = 100; i < 5_000; i++) ends[0].receive({ ...frame, number: i, bytes: new Uint8Array(8_000) });
  ends[0].receive({ ...frame, next: 4_000_000_000, seen: 0xffff_ffff, number: 0, bytes: new Uint8Array(0) });
  expect(state.done).toBe(0);
  const heard: number[] = [];
  ends[0].onMessage(([first = -1]) => heard.push(first));
  for (let i = 1; i < 100; i++) ends[0].receive({ ...frame, number: i, bytes: Uint8Array.of(0, 0, 0, 1, i) });
  // Of those that came too early none was kept.
  expect(heard).toEqual(Array.from({ length: 99 }, (_, i) => i + 1));
  ends[0].receive({ ...frame, number: 100, bytes: Uint8Array.of(0, 1, 0, 1) }); // a message of 65,537 bytes
  expect(state.done).toBe(1);
  expect(decodeRelayFrame(new Uint8Array(12))).toBeNull();
  expect(decodeRelayFrame(encodeRelayFrame({ ...frame, number: 0, bytes: Uint8Array.of(1) }))).toBeNull();
});
