/** Two whom no network connects directly, and a meeting point that both reach. */
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { MESH } from '../../../main/engine/mesh/limits.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import type { ModelSpace } from './model-replica.ts';
import { replicaOf, world } from './world.ts';
import type { World } from './world.ts';

beforeAll(ready);

const logged = (w: World, name: string, event: string): number =>
  w.peer(name).events.filter((row) => row.event === event).length;
const link = (w: World, one: string, other: string, space: ModelSpace): string | undefined =>
  w
    .peer(one)
    .mesh.status(toHex(space.spaceId))
    .peers.find(({ deviceId }) => deviceId === w.peer(other).id)?.link;
const links = (w: World, space: ModelSpace) => [link(w, 'ada', 'bob', space), link(w, 'bob', 'ada', space)];

/** No address is heard of, so no channel opens. */
function apart(seed: number, options: Partial<ConstructorParameters<typeof SimNet>[0]> = {}) {
  const net = new SimNet({ seed, ...options });
  net.intercept.signal = (_from, signal) => (signal.type === 'candidate' ? undefined : signal);
  const w = world(net, ['ada', 'bob']);
  const space = modelSpace('garden');
  w.share(space, ['ada', 'bob']);
  return { net, w, space };
}

test('where no channel opens text goes through the meeting point, which sees nothing of it', async () => {
  const { net, w, space } = apart(1);
  for (let i = 0; i < 20; i++) replicaOf(w.peer('ada'), space).write(`a sentence of ada's ${i}`);
  replicaOf(w.peer('bob'), space).write("bob's");
  await net.runUntil(() => w.connected('ada', 'bob', space) && w.converged(space), 15_000);
  expect([links(w, space), net.openChannels]).toEqual([['relayed', 'relayed'], 0]);
  replicaOf(w.peer('bob'), space).write('over the one that is open');
  await net.runUntil(() => w.converged(space), 1_000);
  // Sealed in five sizes, on topics that say nothing.
  for (const { topic, bytes } of net.published) {
    expect([512, 1024, 2048, 4096, 8192]).toContain(bytes.length);
    expect(topic).toMatch(/^[a-z2-7]{26}$/);
    expect(Buffer.from(bytes).includes('sentence')).toBe(false);
  }
  w.close();
});

test('a lot takes longer, and a cut goes on where it was', async () => {
  const { net, w, space } = apart(2);
  await net.runUntil(() => w.connected('ada', 'bob', space), 15_000);
  for (let i = 0; i < 2_000; i++) replicaOf(w.peer('ada'), space).write(`entry ${i}`, 500);
  const at = () => replicaOf(w.peer('bob'), space).entries;
  for (const [ms, resumes] of [
    [20_000, 5_000],
    [200_000, 20_000],
  ] as const) {
    await net.run(4_000);
    net.setMeetingPoint(false);
    await net.run(ms);
    const before = at();
    expect(before).toBeLessThan(2_000);
    net.setMeetingPoint(true);
    await net.runUntil(() => at() > before, resumes);
  }
  await net.runUntil(() => at() === 2_000, 120_000);
  expect(w.converged(space)).toBe(true);
  expect(logged(w, 'bob', 'mesh.session')).toBeLessThanOrEqual(3);
  w.close();
});

test('it moves to a direct channel by itself when one opens, and back when that is lost', async () => {
  const { net, w, space } = apart(3);
  await net.runUntil(() => w.connected('ada', 'bob', space), 15_000);
  expect(links(w, space)).toEqual(['relayed', 'relayed']);
  await net.run(600_000);
  const refuse = net.intercept.signal;
  delete net.intercept.signal;
  // As long as between two announces at most.
  await net.runUntil(() => links(w, space).every((kind) => kind === 'direct'), 460_000);
  replicaOf(w.peer('ada'), space).write('directly');
  await net.runUntil(() => w.converged(space), 1_000);
  await net.run(60_000);
  expect([links(w, space), net.openChannels]).toEqual([['direct', 'direct'], 2]);
  const before = net.published.length;
  await net.run(600_000);
  expect(net.published.length).toBe(before);
  if (refuse) net.intercept.signal = refuse;
  net.breakChannels('ada');
  await net.runUntil(() => links(w, space).every((kind) => kind === 'relayed'), 15_000);
  // The next time nobody waits to see whether a channel opens.
  net.setMeetingPoint(false);
  await net.runUntil(() => links(w, space).every((kind) => kind === undefined), 300_000);
  net.setMeetingPoint(true);
  await net.runUntil(() => links(w, space).every((kind) => kind === 'relayed'), 5_000);
  w.close();
});

test('one who starts again is found again, though the other side does not know yet that he was gone', async () => {
  for (let seed = 4; seed < 10; seed++) {
    const { net, w, space } = apart(seed);
    await net.runUntil(() => w.connected('ada', 'bob', space), 15_000);
    for (const name of ['bob', 'ada', 'bob']) {
      w.crash(name);
      replicaOf(w.peer(name === 'ada' ? 'bob' : 'ada'), space).write(`while ${name} is away`);
      w.restart(name);
      // The call that was to find a better way than the one with his earlier run keeps nobody from him.
      await net.runUntil(() => w.converged(space) && w.connected('ada', 'bob', space), 10_000);
    }
    w.close();
  }
});

test('on one network they go over to it', async () => {
  const net = new SimNet({ seed: 4 });
  net.intercept.signal = (_from, signal) => (signal.type === 'candidate' ? undefined : signal);
  const w = world(net, ['ada', 'bob']);
  const space = modelSpace('garden');
  w.share(space, ['ada', 'bob']);
  await net.runUntil(() => w.connected('ada', 'bob', space), 15_000);
  w.close();
  const both = world(net, ['ada', 'bob'], { lan: true });
  both.share(space, ['ada', 'bob']);
  await net.runUntil(() => links(both, space).every((kind) => kind === 'lan'), 30_000);
  both.close();
});

test('a meeting point that lies costs nothing but itself', async () => {
  for (let seed = 10; seed < 16; seed++) {
    const { net, w, space } = apart(seed, { loss: 0.2, duplicate: 0.3, reorder: true, delayMs: [5, 1_500] });
    const below = (bound: number): number => Math.floor(net.prng.between(0, bound));
    const old: { topic: string; bytes: Uint8Array }[] = [];
    net.intercept.publish = ({ topic, bytes }) => {
      old.push({ topic, bytes });
      const again = old[below(old.length)] as { bytes: Uint8Array };
      const altered = bytes.slice();
      altered[below(altered.length)] = below(256);
      return [bytes, again.bytes, altered, new Uint8Array(512)];
    };
    for (const name of ['ada', 'bob']) {
      for (let i = 0; i < 30; i++) replicaOf(w.peer(name), space).write(`${name} ${i}`, 2_000);
    }
    await net.runUntil(() => ['ada', 'bob'].every((name) => replicaOf(w.peer(name), space).entries === 60), 400_000);
    for (const name of ['ada', 'bob']) {
      expect([seed, logged(w, name, 'mesh.violation'), logged(w, name, 'mesh.frame')]).toEqual([seed, 0, 0]);
    }
    w.close();
  }
});

test('idle, it costs the meeting point a few messages a minute', async () => {
  const { net, w, space } = apart(5);
  await net.runUntil(() => w.connected('ada', 'bob', space), 15_000);
  await net.run(1_800_000);
  const before = net.published.length;
  await net.run(3_600_000);
  const perDevice = (net.published.length - before) / 2;
  expect(perDevice).toBeLessThan(400);
  expect(links(w, space)).toEqual(['relayed', 'relayed']);
  w.close();
});

test('blobs do not go through the meeting point; they come when there is a direct way', async () => {
  const { net, w, space } = apart(7);
  const [ada, bob] = [w.peer('ada'), w.peer('bob')];
  const content = new Uint8Array(1_000).fill(5);
  const ref = await net.complete(ada.blobs.space(replicaOf(ada, space)).add([content], {}), 5_000);
  await net.runUntil(() => w.connected('ada', 'bob', space), 15_000);
  const atBob = bob.blobs.space(replicaOf(bob, space));
  atBob.want(ref);
  await net.run(30_000);
  expect([links(w, space), atBob.state(ref)]).toMatchObject([
    ['relayed', 'relayed'],
    { here: 0, wanted: true, moving: false },
  ]);
  net.intercept.signal = (_from, signal) => signal;
  bob.mesh.retryNow();
  await net.runUntil(() => atBob.state(ref).whole, 600_000);
  expect(links(w, space)).toEqual(['direct', 'direct']);
  w.close();
});

test('who has more people beyond a meeting point than places hears of all of them, in their turn', async () => {
  const net = new SimNet({ seed: 9 });
  net.intercept.signal = (_from, signal) => (signal.type === 'candidate' ? undefined : signal);
  const others = Array.from({ length: MESH.relays + 2 }, (_, i) => `far${i}`);
  const w = world(net, ['hub', ...others]);
  const spaces = others.map((other) => {
    const space = modelSpace(`with ${other}`);
    w.share(space, ['hub', other]);
    replicaOf(w.peer(other), space).write('far away');
    return space;
  });
  const heard = (): number => spaces.filter((space) => replicaOf(w.peer('hub'), space).entries === 1).length;
  await net.run(MESH.relayTurn / 2);
  expect(heard()).toBe(MESH.relays);
  await net.runUntil(() => heard() === others.length, 3 * MESH.relayTurn);
  // Nobody is put out to no end: a place is had for as long as it is promised.
  const before = logged(w, 'hub', 'mesh.session');
  await net.run(6 * MESH.relayTurn);
  expect(logged(w, 'hub', 'mesh.session') - before).toBeLessThan(7 * MESH.relays);
  expect(w.peer('hub').mesh.status(toHex((spaces[0] as ModelSpace).spaceId)).peers).toHaveLength(1);
  w.close();
});
