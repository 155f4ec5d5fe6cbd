import { expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import type { Replica } from '../echo/replica.ts';
import { MESH } from './limits.ts';
import { Turns } from './turns.ts';

const HOUR = 3_600_000;

/** So many spaces of which somebody is missing: of each one the same, or another one. */
function missing(spaces: number, who: (space: number) => string, wanted = true) {
  const net = new SimNet({ seed: 1 });
  const replicas = Array.from(
    { length: spaces },
    (_, i) => ({ key: `${i}`, ownRole: () => 'editor' }) as unknown as Replica,
  );
  const said: { readonly key: string; readonly at: number; readonly again: boolean }[] = [];
  const here = new Set<string>();
  /** Until when nothing may be said. */
  const quiet = { until: 0 };
  const turns = new Turns({
    clock: net.clock('ann'),
    random: net.random('ann'),
    replicas: () => replicas,
    looks: ({ key }) => wanted && !here.has(who(Number(key))),
    missing: ({ key }) => (here.has(who(Number(key))) ? [] : [who(Number(key))]),
    connected: ({ key }) => (here.has(who(Number(key))) ? [who(Number(key))] : []),
    announce: ({ key }, again) => {
      if (net.time < quiet.until) return quiet.until - net.time;
      said.push({ key, at: net.time, again });
      return 0;
    },
  });
  turns.refresh();
  return { net, said, here, quiet, turns };
}

test('the same person missing from fifty spaces is called in all of them once, at a pace, and then in one at a time', async () => {
  const { net, said, turns } = missing(50, () => 'ben');
  await net.run(1_000);
  expect(said.length).toBeLessThanOrEqual(MESH.announceRate.burst + MESH.announceRate.perSecond);
  await net.run(60_000);
  expect(new Set(said.map(({ key }) => key)).size).toBe(50);
  await net.run(HOUR);
  const before = said.length;
  await net.run(HOUR);
  expect(said.length - before).toBeGreaterThan(5);
  expect(said.length - before).toBeLessThan(50);
  // What is said anyway concerns those who have enough, not them.
  const then = said.length;
  for (let space = 0; space < 50; space++) turns.once(`${space}`, 'missing');
  await net.run(60_000);
  expect(said.length - then).toBeLessThan(10);
});

test('whoever is here by then is not called any more', async () => {
  const { net, said, here } = missing(50, () => 'ben');
  await net.run(500);
  here.add('ben');
  await net.run(HOUR);
  expect(said.length).toBeLessThan(15);
});

test('people who are missing from one space each are all called, ever less often', async () => {
  const { net, said } = missing(20, (space) => `person ${space}`);
  await net.run(HOUR);
  const before = said.length;
  await net.run(HOUR);
  const perSpace = (said.length - before) / 20;
  expect(perSpace).toBeGreaterThan(7);
  expect(perSpace).toBeLessThan(13);
});

test('whoever has enough is heard once when the network may be another one', async () => {
  const { net, said, turns } = missing(1, () => 'ben', false);
  await net.run(HOUR);
  expect(said).toEqual([]);
  turns.soon('0', 'missing');
  await net.run(HOUR);
  expect(said).toHaveLength(1);
});

test('in another network everybody connected hears of it once, whoever is in fifty spaces in one of them', async () => {
  const { net, said, here, turns } = missing(50, (space) => (space < 48 ? 'ben' : 'cleo'), false);
  here.add('ben').add('cleo');
  await net.run(HOUR);
  expect(said).toEqual([]);
  turns.moved();
  await net.run(HOUR);
  expect(said.map(({ key }) => key).sort()).toEqual(['0', '48']);
  expect(said.every(({ at }) => at < HOUR + 1_000)).toBe(true);
});

test('an announce is one said again from the second in a row on, and not when somebody was lost', async () => {
  const { net, said, turns } = missing(1, () => 'ben');
  await net.run(60_000);
  expect(said.slice(0, 5).map(({ again }) => again)).toEqual([false, true, true, true, true]);
  turns.soon('0');
  await net.run(1_000);
  expect(said.at(-1)?.again).toBe(false);
  turns.stop();
});

test('a move that may not be told now, for too much was said, is told as soon as it may be', async () => {
  const { net, said, here, quiet, turns } = missing(1, () => 'ben', false);
  here.add('ben');
  await net.run(HOUR);
  expect(said).toEqual([]);
  quiet.until = net.time + 40_000;
  turns.moved();
  await net.run(39_000);
  expect(said).toEqual([]);
  await net.run(2_000);
  expect(said).toHaveLength(1);
  await net.run(HOUR);
  expect(said).toHaveLength(1);
});
