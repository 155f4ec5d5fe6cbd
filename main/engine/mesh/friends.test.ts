import { expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import type { CarryFrame } from './frames.ts';
import { Friends } from './friends.ts';
import type { Friend } from './friends.ts';
import { MESH } from './limits.ts';

const nothing = (): void => undefined;

test('topics that are opened and closed together are told together, and one that was only passing is not told as open', async () => {
  const net = new SimNet({ seed: 1 });
  const friends = new Friends({ clock: net.clock('ann'), rendezvous: net.rendezvous('ann'), carries: true });
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

const topic = 'a'.repeat(26);
const say: CarryFrame = { type: 'carry', topic, bytes: Uint8Array.of(1) };
const heard = (is: boolean) => ({ type: 'carry-heard', topic, heard: is });

/** Ann between Ben, who listens, and Cleo, who has said something; what each was sent. */
function between(carries: boolean) {
  const net = new SimNet({ seed: 1 });
  const friends = new Friends({ clock: net.clock('ann'), rendezvous: net.rendezvous('ann'), carries });
  const friend = (device: string, got: CarryFrame[]): Friend => ({
    ...{ device, carries: true },
    carry: (frame) => void got.push(frame),
  });
  const [ben, cleo]: [CarryFrame[], CarryFrame[]] = [[], []];
  const speaker = friend('cleo', cleo);
  const speak = (): boolean => friends.handle(speaker, say);
  friends.handle(friend('ben', ben), { type: 'carry-open', topics: [topic] });
  speak();
  const turn = (on: boolean): void => void (friends.carries = on);
  return { ben, cleo, speak, turn };
}

test('who declines from now on says so to whoever still goes through him', () => {
  const { ben, cleo, speak, turn } = between(true);
  expect([ben.length, cleo]).toEqual([1, [heard(true)]]);
  turn(false);
  expect(cleo).toEqual([heard(true), heard(false)]);
  // What it was told may have been lost.
  speak();
  expect([ben.length, cleo.slice(2)]).toEqual([1, [heard(false)]]);
});

test('who carries again says so to whoever was told otherwise, also of what was opened meanwhile', () => {
  const { ben, cleo, speak, turn } = between(false);
  expect([ben, cleo]).toEqual([[], [heard(false)]]);
  turn(true);
  expect(cleo.at(-1)).toEqual(heard(true));
  speak();
  expect(ben.at(-1)).toMatchObject({ type: 'carried' });
});
