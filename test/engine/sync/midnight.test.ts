/** The day's end: devices change topics at times of their own, and meet all the same. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { topic } from '../../../main/engine/crypto/keys.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import { world } from './world.ts';

beforeAll(ready);

const MINUTE = 60_000;
const startsAt = Date.UTC(2026, 0, 1, 23, 50);
const next = Math.floor(startsAt / 86_400_000) + 1;

test('a dozen devices that look for somebody over midnight begin their days spread over the hour after it', async () => {
  const net = new SimNet({ seed: 1, startsAt });
  const all = Array.from({ length: 12 }, (_, i) => `peer${i}`);
  const w = world(net, [...all, 'away']);
  w.crash('away');
  const space = modelSpace('garden');
  w.share(space, [...all, 'away']);
  const [epoch] = space.epochs;
  const tomorrow = topic((epoch as NonNullable<typeof epoch>).discovery, next);
  const began = new Map<string, number>();
  for (let minute = -10; minute < 65; minute++) {
    await net.run(MINUTE);
    for (const { from, topic: on } of net.published) {
      if (on === tomorrow && !began.has(from)) began.set(from, minute);
    }
    if (minute < -1) expect(began.size).toBe(0);
  }
  expect(began.size).toBe(all.length);
  const minutes = [...began.values()];
  for (const minute of minutes) {
    expect(minutes.filter((other) => Math.abs(other - minute) < 2).length).toBeLessThan(all.length / 2);
  }
  expect(Math.max(...minutes) - Math.min(...minutes)).toBeGreaterThan(30);
  w.close();
});

test('two of whom one has begun its day and the other has not find each other at any time of that hour', async () => {
  const net = new SimNet({ seed: 2, startsAt });
  net.setSkew('bob', 20 * 60 * MINUTE);
  const w = world(net, ['ada', 'bob', 'cy']);
  const space = modelSpace('garden');
  w.share(space, ['ada', 'bob', 'cy']);
  const met = () => w.connected('ada', 'bob', space) && w.connected('ada', 'cy', space);
  for (let minute = 0; minute < 75; minute += 5) {
    await net.runUntil(met, 20_000);
    await net.run(5 * MINUTE);
    net.breakChannels('ada');
    await net.run(10);
    expect(met()).toBe(false);
  }
  w.close();
});
