/** What every Channel must do, on whatever transport: a part of the suites of those. */
import assert from 'node:assert/strict';
import type { Channel } from '../../main/engine/ports.ts';
import type { Waiting } from './worlds.ts';

export interface ChannelWorld extends Waiting {
  /** A connection, both ends of it. */
  open(): Promise<[Channel, Channel]>;
}

type Check<World> = (world: World) => Promise<void>;

/** The checks, as they are written for worlds of another kind that have channels. */
export function channelChecksOf<World>(channels: (world: World) => ChannelWorld): Record<string, Check<World>> {
  return Object.fromEntries(
    Object.entries(channelChecks).map(([sentence, check]) => [sentence, (world: World) => check(channels(world))]),
  );
}

/** `length` bytes that depend on their place and on `seed`. */
const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17) & 0xff);

const channelChecks: Readonly<Record<string, Check<ChannelWorld>>> = {
  'messages of every size arrive whole, once and in order, both ways': async (world) => {
    const [a, b] = await world.open();
    const sizes = [1, 0, 65_536, 17, 65_535, 16_384, 0, 1_200, 65_536, 2];
    const [atA, atB]: [Uint8Array[], Uint8Array[]] = [[], []];
    a.onMessage((message) => atA.push(message));
    b.onMessage((message) => atB.push(message));
    sizes.forEach((size, i) => {
      a.send(pattern(size, i));
      b.send(pattern(size, i + 100));
    });
    await world.until('all arrived', () => atA.length === sizes.length && atB.length === sizes.length);
    assert.deepEqual(
      atB,
      sizes.map((size, i) => pattern(size, i)),
    );
    assert.deepEqual(
      atA,
      sizes.map((size, i) => pattern(size, i + 100)),
    );
  },

  'a message is what it was when it was sent, and at most 65,536 bytes': async (world) => {
    const [a, b] = await world.open();
    const heard: Uint8Array[] = [];
    b.onMessage((message) => heard.push(message));
    const message = Uint8Array.of(1, 2, 3);
    assert.throws(() => a.send(new Uint8Array(65_537)), RangeError);
    a.send(message);
    message.fill(9);
    await world.until('it arrived', () => heard.length === 1);
    assert.deepEqual(heard, [Uint8Array.of(1, 2, 3)]);
  },

  'messages that come before anybody listens are kept': async (world) => {
    const [a, b] = await world.open();
    for (let i = 0; i < 5; i++) a.send(Uint8Array.of(i));
    await world.quiet();
    const heard: number[] = [];
    b.onMessage((message) => heard.push(message[0] as number));
    a.send(Uint8Array.of(5));
    await world.until('all arrived', () => heard.length === 6);
    assert.deepEqual(heard, [0, 1, 2, 3, 4, 5]);
  },

  'what was sent before closing still arrives, then both sides are told once': async (world) => {
    const [a, b] = await world.open();
    const story: string[] = [];
    let received = 0;
    a.onClose(() => story.push('a closed'));
    b.onClose(() => story.push('b closed'));
    b.onMessage((message) => (received += message.length));
    for (let i = 0; i < 32; i++) a.send(pattern(65_536, i));
    a.close();
    a.close();
    assert.deepEqual(story, ['a closed']);
    await world.until('b knows', () => story.length === 2);
    b.close();
    await world.quiet();
    a.onClose(() => story.push('told late'));
    assert.deepEqual([story, received], [['a closed', 'b closed', 'told late'], 32 * 65_536]);
  },

  'after the end nothing is heard, and sending is harmless': async (world) => {
    const [a, b] = await world.open();
    const heard: number[] = [];
    a.onMessage(() => heard.push(1));
    b.onMessage(() => heard.push(2));
    b.send(Uint8Array.of(1));
    a.close();
    a.send(Uint8Array.of(2));
    await world.quiet();
    b.send(Uint8Array.of(3));
    await world.quiet();
    assert.deepEqual([heard, a.buffered(), b.buffered()], [[], 0, 0]);
  },

  'buffered grows with what waits and falls to nothing': async (world) => {
    const [a, b] = await world.open();
    let received = 0;
    b.onMessage((message) => (received += message.length));
    assert.equal(a.buffered(), 0);
    for (let i = 0; i < 64; i++) a.send(new Uint8Array(65_536));
    assert.ok(a.buffered() > 65_536, `${a.buffered()}`);
    await world.until('all arrived', () => received === 64 * 65_536);
    await world.until('nothing waits', () => a.buffered() === 0);
  },
};
