import { expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import type { CarryFrame } from './frames.ts';
import { Friends } from './friends.ts';
import { MESH } from './limits.ts';

const nothing = (): void => undefined;

test('topics that are opened and closed together are told together, and one that was only passing is not told as open', async () => {
  const net = new SimNet({ seed: 1 });
  const friends = new Friends({ clock: net.clock('ann'), rendezvous: net.rendezvous('ann'), carries: () => true });
  const got: CarryFrame[] = [];
  friends.joined({ device: 'ben', carries: true, carry: (frame) => void got.push(frame) });
  const open = Array.from({ length: 300 }, (_, i) => friends.open(`topic${i}`, nothing));
  open.pop()?.close();
  await net.run(2 * MESH.carryGather);
  const told = (type: CarryFrame['type']): number[] =>
    got.flatMap((frame) => (frame.type === type && 'topics' in frame ? [frame.topics.length] : []));
  expect(told('carry-open')).toEqual([MESH.carryTopicsPerFrame, 299 - MESH.carryTopicsPerFrame]);
  expect(told('carry-close')).toEqual([1]);
  for (const topic of open) topic.close();
  await net.run(2 * MESH.carryGather);
  expect(told('carry-close')).toEqual([1, MESH.carryTopicsPerFrame, 299 - MESH.carryTopicsPerFrame]);
});
