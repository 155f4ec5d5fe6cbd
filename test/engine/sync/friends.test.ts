/** Two who cannot reach each other in any way, and a third member whom both reach. */
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { LINK } from '../../../main/engine/mesh/link-kind.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import type { ModelSpace } from './model-replica.ts';
import { replicaOf, world } from './world.ts';
import type { World } from './world.ts';

beforeAll(ready);

const peer = (w: World, one: string, other: string, space: ModelSpace) =>
  w
    .peer(one)
    .mesh.status(toHex(space.spaceId))
    .peers.find(({ deviceId }) => deviceId === w.peer(other).id);
const link = (...asked: Parameters<typeof peer>): string | undefined => peer(...asked)?.link;

/** ada – bob – cleo, who share a house; ada and cleo have a diary besides that bob is not in. */
function row(seed: number, carries = (_name: string) => true) {
  const net = new SimNet({ seed });
  net.cut('ada', 'cleo');
  net.cut('cleo', 'ada');
  const w = world(net, ['ada', 'bob', 'cleo'], { carries });
  const [house, diary] = [modelSpace('house'), modelSpace('diary')];
  w.share(house, ['ada', 'bob', 'cleo']);
  w.share(diary, ['ada', 'cleo']);
  return { net, w, house, diary };
}

test('they are connected through the friend, in a space too that he is not in', async () => {
  const { net, w, house, diary } = row(1);
  replicaOf(w.peer('ada'), diary).write('for nobody else');
  await net.runUntil(() => w.converged(diary, ['ada', 'cleo']), 30_000);
  const way = { link: 'friend', through: w.peer('bob').id };
  await net.runUntil(
    () => link(w, 'ada', 'cleo', diary) === 'friend' && link(w, 'cleo', 'ada', diary) === 'friend',
    5_000,
  );
  expect([peer(w, 'ada', 'cleo', diary), peer(w, 'cleo', 'ada', diary)]).toMatchObject([way, way]);
  expect(link(w, 'ada', 'bob', house)).toBe('direct');
  // No meeting point is needed once each has met the friend.
  net.setMeetingPoint(false);
  replicaOf(w.peer('cleo'), diary).write('and back');
  await net.runUntil(() => w.converged(diary, ['ada', 'cleo']), 5_000);
  w.close();
});

test('the friend is enough: they find each other by way of him when no meeting point is left', async () => {
  const { net, w, house, diary } = row(2);
  const met = () => w.connected('ada', 'bob', house) && w.connected('bob', 'cleo', house);
  await net.runUntil(met, 4_000);
  net.setMeetingPoint(false);
  expect(link(w, 'ada', 'cleo', diary)).toBeUndefined();
  replicaOf(w.peer('ada'), diary).write('later');
  await net.runUntil(() => w.converged(diary, ['ada', 'cleo']), 30_000);
  w.close();
});

test('a direct connection opens by way of him where the network carries one', async () => {
  const { net, w, house, diary } = row(5);
  await net.runUntil(() => w.connected('ada', 'bob', house) && w.connected('bob', 'cleo', house), 4_000);
  net.setMeetingPoint(false);
  net.heal();
  await net.runUntil(() => link(w, 'ada', 'cleo', diary) === 'direct', 30_000);
  w.close();
});

test('a friend who declines carries nothing, and everything else goes on', async () => {
  const { net, w, house, diary } = row(3, (name) => name !== 'bob');
  replicaOf(w.peer('ada'), diary).write('stays here');
  replicaOf(w.peer('ada'), house).write('for all');
  await net.runUntil(() => w.converged(house), 30_000);
  await net.run(120_000);
  expect(w.converged(diary, ['ada', 'cleo'])).toBe(false);
  expect(link(w, 'ada', 'cleo', diary)).toBeUndefined();
  w.close();
});

test('where no meeting point is reached, it ends soon after the friend has gone', async () => {
  const { net, w, diary } = row(6);
  await net.runUntil(() => link(w, 'ada', 'cleo', diary) === 'friend', 30_000);
  net.setMeetingPoint(false);
  w.crash('bob');
  // Until that is noticed, and then an answer is due.
  await net.run(15_000 + LINK.relayed.probe + 1_000);
  expect(link(w, 'ada', 'cleo', diary)).toBeUndefined();
  w.close();
});

test('a friend who goes away ends it, and it comes back with him', async () => {
  const { net, w, diary } = row(4);
  await net.runUntil(() => link(w, 'ada', 'cleo', diary) === 'friend', 30_000);
  w.crash('bob');
  await net.run(200_000);
  expect(link(w, 'ada', 'cleo', diary)).toBeUndefined();
  replicaOf(w.peer('cleo'), diary).write('meanwhile');
  w.restart('bob');
  await net.runUntil(() => w.converged(diary, ['ada', 'cleo']), 60_000);
  w.close();
});
