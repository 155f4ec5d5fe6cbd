import { encode } from 'cborg';
import { expect, test } from 'vitest';
import { BLOB } from '../blob/limits.ts';
import { concat } from '../bytes.ts';
import { decodeFrame, encodeFrame, encodeParts, FrameError } from './frames.ts';
import type { Frame } from './frames.ts';
import { MESH } from './limits.ts';

const fill = (length: number, n = 7): Uint8Array => new Uint8Array(length).fill(n);

const EXAMPLES: readonly (readonly [channel: number, frame: Frame])[] = [
  [0, { type: 'hello', vMin: 1, vMax: 1, features: ['blobs'] }],
  [0, { type: 'tags', tags: [fill(8), fill(8, 8)] }],
  [0, { type: 'space-open', channel: 255, tag: fill(8) }],
  [0, { type: 'space-refuse', tag: fill(8), code: 'not-a-member' }],
  [0, { type: 'bye', code: 'closing' }],
  [1, { type: 'have', heads: [[fill(16), 3, fill(32)]] }],
  [1, { type: 'want', ranges: [[fill(16), 1, 9]] }],
  [
    255,
    {
      type: 'entries',
      entries: [
        [fill(184), fill(100)],
        [fill(208), null],
      ],
    },
  ],
  [1, { type: 'applied', heads: [[fill(16), 2 ** 40]] }],
  [1, { type: 'ephemeral', bytes: fill(MESH.ephemeral) }],
  [1, { type: 'blob-want', hashes: [fill(32), fill(32, 8)] }],
  [255, { type: 'blob-piece', hash: fill(32), total: BLOB.block, offset: 0, bytes: fill(BLOB.piece) }],
  [1, { type: 'blob-lack', hashes: [fill(32)] }],
  [1, { type: 'blob-have', hashes: [fill(32)] }],
  [0, { type: 'ping', nonce: 0 }],
  [0, { type: 'pong', nonce: 0xffffffff }],
];

test('every message comes back as it was', () => {
  for (const [channel, frame] of EXAMPLES) expect(decodeFrame(channel, encodeFrame(frame))).toEqual(frame);
});

test('a message on the wrong kind of channel is refused', () => {
  for (const [channel, frame] of EXAMPLES) {
    expect(() => decodeFrame(channel === 0 ? 1 : 0, encodeFrame(frame))).toThrow(FrameError);
  }
});

test('wrong shapes and exceeded limits are refused', () => {
  const bad: readonly (readonly [number, unknown])[] = [
    [0, 'hello'],
    [0, {}],
    [0, []],
    [0, [1]],
    [0, [1, 1, 1, [], 1]],
    [0, [1, 0, 1, []]],
    [0, [1, 1, 1, ['x'.repeat(33)]]],
    [0, [2, [fill(7)]]],
    [0, [2, Array.from({ length: MESH.tags + 1 }, () => fill(8))]],
    [0, [3, 0, fill(8)]],
    [0, [3, 256, fill(8)]],
    [1, [0x10, [[fill(16), 0, fill(32)]]]],
    [1, [0x10, [[fill(16), 1.5, fill(32)]]]],
    [1, [0x10, [[fill(15), 1, fill(32)]]]],
    [1, [0x10, Array.from({ length: MESH.heads + 1 }, () => [fill(16), 1, fill(32)])]],
    [1, [0x13, Array.from({ length: MESH.heads + 1 }, () => [fill(16), 1])]],
    [1, [0x11, [[fill(16), 5, 4]]]],
    [1, [0x11, Array.from({ length: MESH.ranges + 1 }, () => [fill(16), 1, 1])]],
    [1, [0x12, [[fill(183), null]]]],
    [1, [0x12, [[fill(184), fill(MESH.payload + 1)]]]],
    [1, [0x12, [[fill(MESH.header + 1), null]]]],
    [1, [0x12, Array.from({ length: MESH.entriesPerMessage + 1 }, () => [fill(184), null])]],
    [1, [0x20, fill(MESH.ephemeral + 1)]],
    [1, [0x30, []]],
    [1, [0x30, [fill(31)]]],
    [1, [0x30, Array.from({ length: BLOB.hashes + 1 }, () => fill(32))]],
    [1, [0x31, fill(32), BLOB.block + 1, 0, fill(1)]],
    [1, [0x31, fill(32), 0, 0, fill(1)]],
    [1, [0x31, fill(32), 10, -1, fill(1)]],
    [1, [0x31, fill(32), 10, 0, fill(0)]],
    [1, [0x31, fill(32), BLOB.block, 0, fill(BLOB.piece + 1)]],
    [0, [0x7e, 2 ** 32]],
  ];
  for (const [channel, value] of bad)
    expect(() => decodeFrame(channel, encode(value)), JSON.stringify(value).slice(0, 80)).toThrow(FrameError);
});

test('a piece of a block is written and read in its own way as in the general one', () => {
  const numbers = [1, 23, 24, 255, 256, 52 * 1024, 65_535, 65_536, BLOB.block];
  for (const total of numbers) {
    for (const offset of [0, ...numbers]) {
      const bytes = fill(Math.min(total, BLOB.piece), 9);
      const frame: Frame = { type: 'blob-piece', hash: fill(32, offset & 255), total, offset, bytes };
      const whole = concat(...encodeParts(frame));
      expect(whole).toEqual(encodeFrame(frame));
      expect(decodeFrame(3, whole)).toEqual(frame);
      expect(() => decodeFrame(0, whole)).toThrow(FrameError);
    }
  }
  const head = [0x85, 0x18, 0x31, 0x58, 32, ...fill(32)];
  const bad = [
    [...head, 0x18, 5, 0, 0x41, 1], // a total that could be shorter
    [...head, 5, 0x19, 0, 5, 0x41, 1],
    [...head, 5, 0, 0x58, 1, 1],
    [...head, 5, 0, 0x42, 1], // ends early
    [...head, 5, 0, 0x41, 1, 1], // goes on
    [...head, 0, 0, 0x41, 1],
    [...head, 0x1a, 0xff, 0xff, 0xff, 0xff, 0, 0x41, 1],
    [...head, 5, 0, 0x40],
    [...head, 5, 0x19],
    [...head, 5, 0, 0x61, 65],
  ];
  for (const bytes of bad)
    expect(() => decodeFrame(3, Uint8Array.from(bytes)), bytes.slice(37).join()).toThrow(FrameError);
});

test('bytes that are not strict CBOR are refused: trailing, indefinite, non-minimal, lying, deep', () => {
  const ping = encodeFrame({ type: 'ping', nonce: 1 });
  const bad = [
    new Uint8Array([...ping, 0]),
    ping.slice(0, -1),
    Uint8Array.of(0x9f, 0x18, 0x7e, 0x01, 0xff),
    Uint8Array.of(0x82, 0x18, 0x7e, 0x18, 0x01),
    Uint8Array.of(0x9b, 0, 0, 0, 255, 255, 255, 255, 255),
    new Uint8Array(1 << 20).fill(0x81),
    new Uint8Array(0),
  ];
  for (const bytes of bad) expect(() => decodeFrame(0, bytes)).toThrow(FrameError);
});

test('optional types of later versions are ignored, other unknown and reserved ones are refused', () => {
  expect(decodeFrame(0, encode([0x81, 'anything']))).toBeNull();
  expect(decodeFrame(9, encode([0xff]))).toBeNull();
  for (const id of [0, 0x06, 0x14, 0x15, 0x16, 0x30, 0x31, 0x7d, 0x100, -1]) {
    expect(() => decodeFrame(1, encode([id, []]))).toThrow(FrameError);
  }
});

test('ten thousand mutated messages neither crash nor hang', () => {
  const seeds = EXAMPLES.map(([, frame]) => encodeFrame(frame));
  let state = 12345;
  const next = (n: number): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n;
  let refused = 0;
  for (let i = 0; i < 10_000; i++) {
    const bytes = (seeds[next(seeds.length)] as Uint8Array).slice(0, 600);
    for (let k = next(4); k >= 0; k--) bytes[next(bytes.length)] = next(256);
    try {
      decodeFrame(next(2), bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(FrameError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1_000);
});
