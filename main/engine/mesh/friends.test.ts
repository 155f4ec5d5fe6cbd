import { expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import type { CarryFrame } from './frames.ts';
import { Friends } from './friends.ts';
import type { Friend } from './friends.ts';
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

test('who declines from now on says so to whoever still goes through him', () => {
  const net = new SimNet({ seed: 1 });
  let carries = true;
  const friends = new Friends({ clock: net.clock('ann'), rendezvous: net.rendezvous('ann'), carries: () => carries });
  const got: Record<string, CarryFrame[]> = { ben: [], cleo: [] };
  const [ben, cleo] = ['ben', 'cleo'].map((device) => ({
    ...{ device, carries: true },
    carry: (frame: CarryFrame) => void got[device]?.push(frame),
  })) as [Friend, Friend];
  const topic = 'a'.repeat(26);
  const say: CarryFrame = { type: 'carry', topic, bytes: Uint8Array.of(1) };
  friends.handle(ben, { type: 'carry-open', topics: [topic] });
  friends.handle(cleo, say);
  expect([got['ben']?.length, got['cleo']]).toEqual([1, [{ type: 'carry-heard', topic, heard: true }]]);
  carries = false;
  friends.carriesTurned();
  const declined = { type: 'carry-heard', topic, heard: false };
  expect(got['cleo']).toEqual([{ ...declined, heard: true }, declined]);
  // What it was told may have been lost.
  friends.handle(cleo, say);
  expect([got['ben']?.length, got['cleo']?.slice(2)]).toEqual([1, [declined]]);
});

test('who carries again says so to whoever was told otherwise, also of what was opened meanwhile', () => {
  const net = new SimNet({ seed: 1 });
  let carries = false;
  const friends = new Friends({ clock: net.clock('ann'), rendezvous: net.rendezvous('ann'), carries: () => carries });
  const got: Record<string, CarryFrame[]> = { ben: [], cleo: [] };
  const [ben, cleo] = ['ben', 'cleo'].map((device) => ({
    ...{ device, carries: true },
    carry: (frame: CarryFrame) => void got[device]?.push(frame),
  })) as [Friend, Friend];
  const topic = 'a'.repeat(26);
  const say: CarryFrame = { type: 'carry', topic, bytes: Uint8Array.of(1) };
  friends.handle(ben, { type: 'carry-open', topics: [topic] });
  friends.handle(cleo, say);
  expect(got).toEqual({ ben: [], cleo: [{ type: 'carry-heard', topic, heard: false }] });
  carries = true;
  friends.carriesTurned();
  expect(got['cleo']?.at(-1)).toEqual({ type: 'carry-heard', topic, heard: true });
  friends.handle(cleo, say);
  expect(got['ben']?.at(-1)).toMatchObject({ type: 'carried' });
});
