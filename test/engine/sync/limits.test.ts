/** How many others one device is connected to. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import { world } from './world.ts';

beforeAll(ready);

test('a device holds 64 sessions, whoever else looks for it; when one ends the next one gets its place', async () => {
  const net = new SimNet({ seed: 6 });
  const others = Array.from({ length: 67 }, (_, i) => `friend${i}`);
  const w = world(net, ['ada', ...others]);
  // One space with each: a space alone has few links (linksPerSpace).
  const spaces = new Map(others.map((name) => [name, modelSpace(`of ${name}`)]));
  for (const [name, space] of spaces) w.share(space, ['ada', name]);
  const connected = (): string[] =>
    [...spaces].filter(([name, space]) => w.connected('ada', name, space)).map(([name]) => name);
  await net.runUntil(() => connected().length >= 64, 120_000);
  await net.run(30_000);
  const held = connected();
  expect(held).toHaveLength(64);
  w.crash(held[0] as string);
  await net.runUntil(() => connected().some((name) => !held.includes(name)), 600_000);
  expect(connected()).toHaveLength(64);
  w.close();
});
