/** The mesh on a simulated network: finding, losing and finding again, and what goes over a connection. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { MESH } from '../../../main/engine/mesh/limits.ts';
import type { Presence } from '../../../main/engine/mesh/mesh.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelEpoch, modelSpace } from './model-replica.ts';
import { replicaOf, world } from './world.ts';
import { keyOf, entries, logged, sessionsOf, pair } from './pair.ts';

beforeAll(ready);

const NAMES = ['ada', 'bob', 'cy', 'dee', 'eve'] as const;

test('two devices with a common space find each other, hold the same, and say so', async () => {
  const { net, w, space } = pair(1);
  for (let i = 0; i < 10; i++) replicaOf(w.peer('ada'), space).write(`ada ${i}`);
  replicaOf(w.peer('bob'), space).write('bob');
  await net.runUntil(() => w.converged(space) && entries(w, 'bob', space) === 11, 10_000);
  const state = (name: string) => w.peer(name).mesh.status(keyOf(space)).state;
  await net.runUntil(() => state('ada') === 'up-to-date' && state('bob') === 'up-to-date', 5_000);
  expect(w.peer('ada').mesh.status(keyOf(space)).peers).toEqual([
    {
      deviceId: w.peer('bob').id,
      identityId: w.peer('bob').device.identityId,
      name: 'bob',
      deviceName: 'bob',
      connected: true,
      link: 'direct',
      upToDate: true,
      stalled: false,
    },
  ]);
  // Of the way there each remembers that both told an address and that the network carried the connection.
  for (const [one, other] of [
    ['ada', 'bob'],
    ['bob', 'ada'],
  ] as const) {
    const steps = Object.keys(w.peer(one).mesh.steps(w.peer(other).id));
    expect(steps).toEqual(expect.arrayContaining(['named', 'told', 'reached', 'connected']));
  }
  // A new entry is "syncing" until the other side has stored it.
  replicaOf(w.peer('ada'), space).write('more');
  expect(state('ada')).toBe('syncing');
  await net.runUntil(() => state('ada') === 'up-to-date', 5_000);
  w.close();
});

test('what one writes arrives in one trip, without being asked for', async () => {
  const { net, w, space } = pair(2, { delayMs: [10, 10] });
  await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
  await net.run(1_000);
  const before = net.time;
  replicaOf(w.peer('ada'), space).write('now');
  await net.runUntil(() => entries(w, 'bob', space) === 1, 1_000);
  expect(net.time - before).toBeLessThan(15);
  w.close();
});

test('dialling each other at the same moment ends with one session, whoever comes first', async () => {
  let collisions = 0;
  for (let seed = 10; seed < 30; seed++) {
    const { net, w, space } = pair(seed, { delayMs: [5, 300], reorder: true });
    await net.runUntil(() => w.connected('ada', 'bob', space), 30_000);
    await net.run(20_000);
    expect([seed, sessionsOf(w, 'ada'), sessionsOf(w, 'bob'), net.openChannels]).toEqual([seed, 1, 1, 2]);
    const offers = ['ada', 'bob'].map((name) => logged(w, name, 'mesh.offer'));
    if (offers.every((count) => count > 0)) collisions++;
    expect(Math.max(logged(w, 'ada', 'mesh.session'), logged(w, 'bob', 'mesh.session'))).toBeLessThan(3);
    replicaOf(w.peer('ada'), space).write('over the one that stayed');
    await net.runUntil(() => w.converged(space), 2_000);
    w.close();
  }
  expect(collisions).toBeGreaterThan(5); // it did happen
});

test('one connection carries all common spaces, later ones too, and names no other', async () => {
  const net = new SimNet({ seed: 3 });
  const w = world(net, ['ada', 'bob', 'cy']);
  const [common, private_, later] = [modelSpace('common'), modelSpace('private'), modelSpace('later')];
  w.share(common, ['ada', 'bob']);
  w.share(private_, ['ada', 'cy']);
  await net.runUntil(() => w.connected('ada', 'bob', common) && w.connected('ada', 'cy', private_), 20_000);
  w.share(later, ['ada', 'bob']);
  await net.runUntil(() => w.connected('ada', 'bob', later), 20_000);
  expect([sessionsOf(w, 'ada'), sessionsOf(w, 'bob'), sessionsOf(w, 'cy')]).toEqual([2, 1, 1]);
  replicaOf(w.peer('ada'), private_).write('secret');
  replicaOf(w.peer('bob'), later).write('new');
  await net.runUntil(() => w.converged(later) && w.converged(private_), 5_000);
  expect(w.peer('bob').replicas.map((replica) => replica.key)).not.toContain(keyOf(private_));
  w.close();
});

test('a broken link is replaced, and replication goes on where it was', async () => {
  const { net, w, space } = pair(4, { bytesPerMs: 200 });
  await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
  for (let i = 0; i < 3_000; i++) replicaOf(w.peer('ada'), space).write(`entry ${i}`, 500);
  for (let cut = 0; cut < 3; cut++) {
    await net.run(2_500);
    net.breakChannels('ada');
    const before = entries(w, 'bob', space);
    await net.runUntil(() => entries(w, 'bob', space) > before, 15_000);
  }
  await net.runUntil(() => w.converged(space), 60_000);
  expect(entries(w, 'bob', space)).toBe(3_000);
  w.close();
});

test('a hundred megabytes over a fast network drown nobody: the sender waits for what was stored', async () => {
  const { net, w, space } = pair(19, { bytesPerMs: 1_000_000, delayMs: [0, 1] });
  for (let i = 0; i < 500; i++) replicaOf(w.peer('ada'), space).write(`entry ${i}`, 200_000);
  await net.runUntil(() => entries(w, 'bob', space) === 500, 30_000);
  const ended = [...w.peer('ada').events, ...w.peer('bob').events].filter(
    ({ detail }) => detail['code'] === 'violation',
  );
  expect(ended).toEqual([]);
  w.close();
});

test('after an outage of the meeting point sync resumes within five seconds of its return', async () => {
  const { net, w, space } = pair(5);
  await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
  net.setMeetingPoint(false);
  await net.run(1_000);
  net.breakChannels('ada');
  await net.run(3_600_000);
  expect(w.peer('ada').mesh.status(keyOf(space)).state).toBe('offline');
  replicaOf(w.peer('ada'), space).write('meanwhile');
  net.setMeetingPoint(true);
  await net.runUntil(() => w.converged(space), 5_000);
  w.close();
});

test('a silent partition is noticed, and healed', async () => {
  const { net, w, space } = pair(6);
  await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
  net.partition(['ada'], ['bob']);
  replicaOf(w.peer('ada'), space).write('on this side');
  replicaOf(w.peer('bob'), space).write('on that side');
  await net.run(300_000);
  expect(w.peer('ada').mesh.status(keyOf(space)).state).toBe('searching');
  net.heal();
  await net.runUntil(() => w.converged(space) && entries(w, 'ada', space) === 2, 60_000);
  w.close();
});

test('after a cut announces that the network held back do not keep two apart for the pause between offers', async () => {
  /** From the moment on in which so many come out all at once, by somebody who is back so much later. */
  const back = async (seed: number, held: number, later: number): Promise<number> => {
    const { net, w, space } = pair(seed);
    await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
    net.unplug('bob');
    await net.run(90_000);
    const announced = net.published.filter(({ from }) => from === 'bob').slice(-held);
    expect(announced.length).toBe(held);
    const since = net.time;
    for (const { topic, bytes } of announced) net.inject(topic, bytes);
    await net.run(later); // what ada offers to them is lost
    net.plug('bob');
    w.peer('bob').mesh.networkChanged();
    await net.runUntil(() => w.connected('ada', 'bob', space), 20_000);
    w.close();
    return Math.round(net.time - since - later);
  };
  const seeds = Array.from({ length: 10 }, (_, i) => 30 + i);
  const slow = async (held: number, later: number, limit: number): Promise<number[]> => {
    const all: number[] = [];
    for (const seed of seeds) all.push(await back(seed, held, later));
    return all.filter((ms) => ms > limit);
  };
  expect(await slow(1, 700, 1_800)).toEqual([]);
  expect(await slow(3, 2_200, 800)).toEqual([]);
  expect(await slow(3, 100, 4_000)).toEqual([]);
});

test('a killed and restarted device is back at once, though the other still holds the dead session', async () => {
  const { net, w, space } = pair(7);
  await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
  await net.run(MESH.offerEvery);
  w.crash('ada');
  replicaOf(w.peer('bob'), space).write('while she was away');
  w.restart('ada');
  await net.runUntil(() => w.connected('ada', 'bob', space) && w.converged(space), 2_500);
  expect(entries(w, 'ada', space)).toBe(1);
  w.close();
});

test('two to five devices converge through loss, reordering, duplicates, partitions and restarts, and lose nothing', async () => {
  for (let seed = 100; seed < 112; seed++) {
    const names = NAMES.slice(0, 2 + (seed % 4));
    const net = new SimNet({ seed, loss: 0.3, duplicate: 0.1, reorder: true, delayMs: [1, 400], breakage: 0.01 });
    const w = world(net, names);
    const space = modelSpace(`storm ${seed}`);
    w.share(space, names);
    let written = 0;
    for (let round = 0; round < 12; round++) {
      const name = names[net.prng.u32() % names.length] as string;
      for (let i = net.prng.u32() % 30; i >= 0; i--, written++)
        replicaOf(w.peer(name), space).write(`${round} ${i}`, 50);
      const fault = net.prng.u32() % 4;
      if (fault === 0)
        net.partition(
          names.filter((_, i) => i % 2 === 0),
          names.filter((_, i) => i % 2 === 1),
        );
      else if (fault === 1) net.heal();
      else if (fault === 2) {
        w.crash(name);
        w.restart(name);
      }
      await net.run(net.prng.u32() % 20_000);
    }
    net.heal();
    net.setQuality({ loss: 0, breakage: 0 });
    await net.runUntil(() => w.converged(space), 60_000);
    expect([seed, entries(w, names[0] as string, space)]).toEqual([seed, written]);
    w.close();
  }
});

test('news travels by way of others when two devices cannot reach each other', async () => {
  const net = new SimNet({ seed: 8 });
  const w = world(net, ['ada', 'bob', 'cy']);
  const space = modelSpace('chain');
  w.share(space, ['ada', 'bob', 'cy']);
  net.partition(['ada', 'bob'], ['bob', 'cy']);
  await net.runUntil(() => w.connected('ada', 'bob', space) && w.connected('bob', 'cy', space), 30_000);
  replicaOf(w.peer('ada'), space).write('to cy by way of bob');
  await net.runUntil(() => entries(w, 'cy', space) === 1, 5_000);
  w.close();
});

test('a newcomer whom the third device does not know yet shows what admits him', async () => {
  const net = new SimNet({ seed: 9 });
  const w = world(net, ['ada', 'bob', 'cy']);
  const space = modelSpace('three');
  // Ada admitted Cy while Bob was away; Ada goes away before Bob returns.
  w.share(space, ['ada'], ['ada', 'bob'], ['cy']);
  replicaOf(w.peer('ada'), space).write('admit 0');
  w.share(space, ['cy'], ['ada', 'bob', 'cy']);
  await net.runUntil(() => w.connected('ada', 'cy', space) && w.converged(space, ['ada', 'cy']), 20_000);
  w.crash('ada');
  w.share(space, ['bob'], ['ada', 'bob'], ['cy']);
  await net.runUntil(() => w.connected('bob', 'cy', space), 120_000);
  replicaOf(w.peer('bob'), space).write('hello, Cy');
  await net.runUntil(() => w.converged(space, ['bob', 'cy']), 5_000);
  w.close();
});

test('a device that cannot prove its admission is told nothing and put off', async () => {
  const net = new SimNet({ seed: 11 });
  const w = world(net, ['ada', 'eve']);
  const space = modelSpace('closed');
  w.share(space, ['ada'], ['ada']);
  replicaOf(w.peer('ada'), space).write('not for eve');
  // Eve holds the epoch's keys (say, from a leaked backup) and knows Ada; nothing admits her.
  w.share(space, ['eve'], ['ada', 'eve']);
  for (let i = 0; i < 20; i++) {
    w.peer('ada').mesh.retryNow();
    w.peer('eve').mesh.retryNow();
    await net.run(10_000);
    expect(w.peer('ada').mesh.status(keyOf(space)).peers).toEqual([]);
  }
  expect(entries(w, 'eve', space)).toBe(0);
  w.close();
});

test('a removed member is disconnected at once and does not come back', async () => {
  const { net, w, space } = pair(12);
  await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
  const ada = replicaOf(w.peer('ada'), space);
  ada.setMembers([w.peer('ada').device]);
  ada.setEpochs([modelEpoch(space.spaceId, 'second'), ...space.epochs]);
  ada.write('after the removal');
  await net.run(1_000);
  expect(sessionsOf(w, 'ada')).toBe(0);
  for (let i = 0; i < 10; i++) {
    w.peer('bob').mesh.retryNow();
    await net.run(20_000);
  }
  expect([entries(w, 'bob', space), sessionsOf(w, 'ada')]).toEqual([0, 0]);
  w.close();
});

test('one who slept through a change of epoch is met on the old topic and catches up', async () => {
  const net = new SimNet({ seed: 13 });
  const w = world(net, ['ada', 'bob']);
  const space = modelSpace('rotated');
  w.share(space, ['ada', 'bob']);
  replicaOf(w.peer('ada'), space).setEpochs([modelEpoch(space.spaceId, 'second'), ...space.epochs]);
  replicaOf(w.peer('ada'), space).write('under the new epoch');
  await net.runUntil(() => w.converged(space) && w.connected('ada', 'bob', space), 20_000);
  w.close();
});

test('presence reaches everyone in the space, follows changes, and goes with the session', async () => {
  const { net, w, space } = pair(14);
  const seen: Presence[] = [];
  w.peer('bob').mesh.onPresence(keyOf(space), (presence) => seen.push(presence));
  w.peer('ada').mesh.setPresence(keyOf(space), { objectId: 'n1', anchor: 1, head: 2 });
  await net.runUntil(() => seen.length === 1, 20_000);
  for (let head = 3; head <= 40; head++) {
    w.peer('ada').mesh.setPresence(keyOf(space), { objectId: 'n1', anchor: 1, head });
    await net.run(5);
  }
  await net.run(500);
  const { deviceId, identityId } = seen[0] as Presence;
  expect([deviceId, identityId]).toEqual([w.peer('ada').id, w.peer('ada').device.identityId]);
  expect(seen.at(-1)?.data).toEqual({ objectId: 'n1', anchor: 1, head: 40 });
  expect(seen.length).toBeLessThan(12); // gathered, not one message per movement
  await net.run(120_000); // refreshed: it does not expire while the session lives
  expect(seen.at(-1)?.data).not.toBeNull();
  w.crash('ada');
  await net.runUntil(() => seen.at(-1)?.data === null, 60_000);
  expect(() => w.peer('bob').mesh.setPresence(keyOf(space), { text: 'x'.repeat(20_000) })).toThrow(
    expect.objectContaining({ type: 'message-too-large' }),
  );
  w.close();
});

test('a wall clock a day off, either way, still meets', async () => {
  for (const skew of [-20 * 3_600_000, 20 * 3_600_000]) {
    const net = new SimNet({ seed: 15 });
    net.setSkew('bob', skew);
    const w = world(net, ['ada', 'bob']);
    const space = modelSpace('skewed');
    w.share(space, ['ada', 'bob']);
    await net.runUntil(() => w.connected('ada', 'bob', space), 20_000);
    w.close();
  }
});

test('days pass: the topics move on, and a lost session is found again on the new ones', async () => {
  const { net, w, space } = pair(16);
  await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
  await net.run(3 * 86_400_000);
  net.breakChannels('ada');
  await net.run(1_000);
  await net.runUntil(() => w.connected('ada', 'bob', space), 20_000);
  w.close();
});

test('a message of a program reaches the members who are connected, is stored nowhere, and no other space hears it', async () => {
  const { net, w, space } = pair(15);
  const heard: unknown[] = [];
  w.peer('bob').mesh.messages.on(keyOf(space), (message) => heard.push(message));
  w.peer('bob').mesh.messages.on('ab'.repeat(32), () => heard.push('elsewhere'));
  w.peer('ada').mesh.messages.post(keyOf(space), 'chess', 'said before anybody is there');
  await net.runUntil(() => w.peer('bob').mesh.connected(keyOf(space)).length === 1, 20_000);
  await net.run(1_000);
  w.peer('ada').mesh.messages.post(keyOf(space), 'chess', { move: 'e4' });
  await net.runUntil(() => heard.length > 0, 5_000);
  const from = { deviceId: w.peer('ada').id, identityId: w.peer('ada').device.identityId };
  expect(heard).toEqual([{ channel: 'chess', value: { move: 'e4' }, ...from }]);
  w.close();
});

/** From the moment when Bob goes into another network, of which Ada has no sign, until he has what she wrote meanwhile. */
async function roamed(seed: number, meanwhile: (net: SimNet) => Promise<void>): Promise<number> {
  const { net, w, space } = pair(seed);
  await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
  await net.run(60_000);
  net.move('bob');
  replicaOf(w.peer('ada'), space).write('meanwhile');
  const since = net.time;
  w.peer('bob').mesh.networkChanged();
  await meanwhile(net);
  await net.runUntil(() => entries(w, 'bob', space) === 1, 60_000);
  w.close();
  return net.time - since;
}
const LOOK = MESH.probe + 2 * MESH.announceJitter + 600;
const SEEDS = Array.from({ length: 10 }, (_, i) => 50 + i);

test('whoever is in another network is heard by those who believe themselves connected, and both look at once', async () => {
  for (const seed of SEEDS) expect(await roamed(seed, () => Promise.resolve())).toBeLessThan(LOOK);
});

test('and also where the meeting point is only there again after a while', async () => {
  for (const seed of SEEDS) {
    const away = async (net: SimNet): Promise<void> => {
      net.setMeetingPoint(false);
      await net.run(2_000);
      net.setMeetingPoint(true);
    };
    expect(await roamed(seed, away)).toBeLessThan(2_000 + LOOK);
  }
});

test('whoever asks again while a connection is being made keeps it from nothing', async () => {
  for (let ask = 500; ask < 3_000; ask += 250) {
    const { net, w, space } = pair(61, { delayMs: [400, 400] });
    await net.run(ask);
    w.peer('bob').mesh.retryNow();
    await net.runUntil(() => w.connected('ada', 'bob', space), 5_000);
    w.close();
  }
});
