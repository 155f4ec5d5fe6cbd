/** How far ahead of the network blocks are sent: what is typed meanwhile waits behind no more than that. */
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import type { BlobFrame } from './frames.ts';
import { BLOB } from './limits.ts';
import { Serving } from './serving.ts';

const WAIT = 20;
const MOST = 1 << 20;

/** A channel that takes so many bytes a millisecond, and 32 blocks that are asked for. */
function stage(rate: number) {
  const clock = createVirtualClock();
  const state = { buffered: 0, most: 0, sent: 0, blocks: 0 };
  const serving = new Serving({
    ...{ clock, most: MOST, wait: WAIT },
    read: () => new Uint8Array(BLOB.chunk),
    buffered: () => state.buffered,
    send: (frame: BlobFrame) => {
      if (frame.type !== 'blob-piece') return;
      state.buffered += frame.bytes.length;
      state.sent += frame.bytes.length;
      if (frame.offset + frame.bytes.length === frame.total) state.blocks++;
    },
  });
  const run = (ms: number): void => {
    for (let i = 0; i < ms; i++) {
      state.buffered = Math.max(0, state.buffered - rate);
      clock.advance(1);
      state.most = Math.max(state.most, state.buffered);
    }
  };
  serving.wanted(Array.from({ length: 32 }, (_, i) => new Uint8Array(32).fill(i)));
  return { serving, state, run };
}

test('on a slow network little is ahead, on a fast one enough, and both are used whole', () => {
  const slow = stage(100); // 100 kB/s
  slow.run(5_000);
  slow.state.most = 0;
  slow.run(5_000);
  expect(slow.state.most).toBeLessThan(BLOB.aheadLeast + BLOB.piece);
  expect(slow.state.sent).toBeGreaterThan(0.9 * 100 * 10_000);

  const fast = stage(20_000); // 20 MB/s
  fast.run(100);
  fast.state.most = 0;
  fast.run(200);
  expect(fast.state.most).toBeLessThanOrEqual(2 * 20_000 * WAIT + BLOB.piece);
  expect(fast.state.sent).toBeGreaterThan(0.8 * 20_000 * 300);
});

test('all that was asked for is sent, each block whole, and after the end nothing', () => {
  const { state, run } = stage(5_000);
  run(3_000);
  expect([state.blocks, state.sent]).toEqual([32, 32 * BLOB.chunk]);
  const stopped = stage(100);
  stopped.run(100);
  stopped.serving.stop();
  const { sent } = stopped.state;
  stopped.run(5_000);
  expect(stopped.state.sent).toBe(sent);
});
