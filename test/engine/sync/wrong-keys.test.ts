/** An editor who makes a new epoch and hands one member something else than its key. */
import { beforeAll, expect, test } from 'vitest';
import { equal, toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { SimNet } from '../net/sim-net.ts';
import { keptByKim, mintAgainst, write } from './wrong-halves.ts';
import type { Kept } from './wrong-halves.ts';
import type { TestDevice } from './devices.ts';

beforeAll(ready);

const titles = (device: TestDevice, { key }: Kept): unknown[] =>
  device
    .space(key)
    .query({ type: 'note' })
    .map(({ id }) => device.space(key).fields(id)?.['title'])
    .sort();

test.each([1, 17])('the others hand it to the member, who then reads all of it: %i epochs at once', async (count) => {
  const w = await keptByKim(new SimNet({ seed: 3 }), { bob: true });
  for (let i = 0; i < count; i++) mintAgainst(w.mallory, w.bob, w.key, 'whole');
  write(w.ada, w.key, 'from Ada');
  await w.net.runUntil(() => titles(w.bob, w).length === 1, 60_000);
  expect(w.bob.replica(w.key).history().gaps().noKey).toBe(0);
  w.bob.stop();
  await w.net.run(5_000);
  await w.bob.start();
  await w.meet();
  write(w.bob, w.key, 'from Bob');
  await w.net.runUntil(() => titles(w.ada, w).length === 2, 60_000);
});

test('nobody hands the same to the same device twice, whatever it shows', async () => {
  const w = await keptByKim(new SimNet({ seed: 5 }), { bob: true });
  mintAgainst(w.mallory, w.bob, w.key, 'whole');
  await w.net.runUntil(() => w.level(...w.all), 60_000);
  const [present] = w.ada.replica(w.key).epochs();
  const [id, bob] = [toHex(present?.keyId as Uint8Array), toHex(w.bob.profile.identity.deviceId)];
  const entries = (by: TestDevice): number =>
    by
      .replica(w.key)
      .have()
      .find(([log]) => equal(log, by.replica(w.key).logId))?.[1] ?? 0;
  const more = (by: TestDevice): number => {
    const before = entries(by);
    for (let i = 0; i < 3; i++) by.replica(w.key).shareKeys(bob, [id]);
    return entries(by) - before;
  };
  await w.net.run(60_000);
  expect([more(w.ada), more(w.mallory)]).toEqual([0, 0]); // she has, by now; he did, in his way
});

test.each([false, true])(
  'also where he was away for all of it, by the epoch that he knew: on one network %s',
  async (lan) => {
    const net = new SimNet({ seed: 4 });
    const w = await keptByKim(net, { bob: true, lan });
    if (lan) net.setMeetingPoint(false);
    w.bob.stop();
    for (let i = 0; i < 17; i++) mintAgainst(w.mallory, w.bob, w.key, 'whole');
    write(w.ada, w.key, 'from Ada');
    await net.runUntil(() => w.level(w.ada, w.kim, w.mallory), 60_000);
    for (const other of [w.ada, w.kim, w.mallory]) {
      // What they know of him is on their disks.
      other.stop();
      await other.start();
    }
    await w.bob.start();
    await net.runUntil(() => titles(w.bob, w).length === 1, 600_000);
    await w.meet();
    for (const { name } of w.all) expect([name, w.topics.get(name)?.size]).toEqual([name, w.topics.get('ada')?.size]);
  },
);
