/** Spaces with more members than a device has links: whoever comes finds the others, and nobody has too many links. */
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { MESH } from '../../../main/engine/mesh/limits.ts';
import { sealCall } from '../../../main/engine/mesh/signals.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import type { ModelSpace } from './model-replica.ts';
import { replicaOf, world } from './world.ts';
import type { World } from './world.ts';

beforeAll(ready);

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `peer${i}`);
const linksOf = (w: World, name: string, space: ModelSpace): number =>
  w.peer(name).mesh.connected(toHex(space.spaceId)).length;

/** One large space whose members start one after the other, `pause` apart. */
async function coming(seed: number, count: number, pause: number) {
  const net = new SimNet({ seed, delayMs: [5, 100] });
  const all = names(count);
  const w = world(net, all);
  for (const name of all) w.crash(name);
  const space = modelSpace('crowd');
  w.share(space, all);
  for (const name of all) {
    w.restart(name);
    await net.run(pause);
  }
  return { net, w, space, all };
}

test('who comes when all others are full is let in by some of them', async () => {
  const { net, w, space, all } = await coming(1, MESH.linksPerSpace + 4, 20_000);
  await net.run(30_000);
  for (const name of all) expect(linksOf(w, name, space), name).toBeGreaterThan(2);
  replicaOf(w.peer('peer0'), space).write('heard by all');
  await net.runUntil(() => w.converged(space), 10_000);
  w.close();
});

test('forty who come all at once are one crowd, with a few links each, and what is said reaches all', async () => {
  const { net, w, space, all } = await coming(2, 40, 50);
  await net.run(120_000);
  const links = all.map((name) => linksOf(w, name, space));
  expect(Math.min(...links)).toBeGreaterThan(2);
  expect(Math.max(...links)).toBeLessThanOrEqual(MESH.linksPerSpace);
  replicaOf(w.peer('peer7'), space).write('heard by all');
  await net.runUntil(() => w.converged(space), 10_000);
  // Whoever has enough is quiet.
  const before = net.published.length;
  await net.run(30 * 60_000);
  expect((net.published.length - before) / all.length).toBeLessThan(10);
  w.close();
});

test('who has only the large space in common with a crowd that has more keeps its links, and asks no end', async () => {
  const net = new SimNet({ seed: 5, delayMs: [5, 100] });
  const crowd = names(MESH.linksPerSpace + 1);
  const others = Array.from({ length: 5 }, (_, i) => `other${i}`);
  const w = world(net, [...crowd, ...others]);
  // Their connections carry the large space as well: none of them can be let go for it.
  w.share(modelSpace('theirs'), crowd);
  const space = modelSpace('crowd');
  w.share(space, [...crowd, ...others]);
  await net.run(5 * 60_000);
  const began = net.published.length;
  let lowest = Infinity;
  for (let minute = 0; minute < 30; minute++) {
    await net.run(60_000);
    for (const name of others) lowest = Math.min(lowest, linksOf(w, name, space));
  }
  const all = [...crowd, ...others];
  const ends = all.flatMap((name) => w.peer(name).events.filter(({ detail }) => detail['code'] === 'full'));
  expect(ends.length).toBeLessThan(100);
  expect(lowest).toBeGreaterThan(1);
  expect((net.published.length - began) / all.length).toBeLessThan(20);
  w.close();
});

test('two crowds that did not hear of each other find each other when the meeting point is back', async () => {
  const { net, w, space, all } = await coming(3, 30, 50);
  net.partition(all.slice(0, 15), all.slice(15));
  await net.run(5 * 60_000);
  replicaOf(w.peer('peer0'), space).write('on one side');
  net.setMeetingPoint(false);
  net.heal();
  await net.run(1_000);
  net.setMeetingPoint(true);
  await net.runUntil(() => w.converged(space), 60_000);
  w.close();
});

test('a member who pretends that all others have made an offer does not keep a newcomer out', async () => {
  const { net, w, space, all } = await coming(4, 20, 50);
  const newcomer = all.at(-1) as string;
  w.crash(newcomer);
  await net.run(10 * 60_000); // by then all others have enough, and are quiet
  const epoch = replicaOf(w.peer('peer0'), space).epoch();
  const { box } = w.peer('peer0').keys;
  const to = { deviceId: w.peer(newcomer).keys.sign.pk, boxPk: w.peer(newcomer).keys.box.pk };
  let pretended = 0;
  net.intercept.publish = ({ from, topic, bytes }) => {
    if (from !== newcomer) return [bytes];
    const seal = { topic, signalKey: epoch.signalKey, keyId: epoch.keyId };
    const lies = all.slice(0, -1).map((name) => {
      const as = { deviceId: w.peer(name).keys.sign.pk, box };
      const nonce = net.prng.bytes(16);
      return sealCall(seal, as, to, { type: 'offer', nA: nonce, nB: nonce, sdp: 'none' }, net.prng);
    });
    pretended += lies.length;
    return [bytes, ...lies];
  };
  w.restart(newcomer);
  await net.runUntil(() => linksOf(w, newcomer, space) > 0, 8_000);
  expect(pretended).toBeGreaterThan(0);
  w.close();
});
