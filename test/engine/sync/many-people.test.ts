/** A device that shares a space with each of more people than it has connections: a server of one's own, say. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { MESH } from '../../../main/engine/mesh/limits.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import { entries } from './pair.ts';
import { replicaOf, world } from './world.ts';

beforeAll(ready);

test('nobody is left out for good where there are more people than connections, each in a space of his own', async () => {
  const net = new SimNet({ seed: 3 });
  const names = Array.from({ length: MESH.sessions + 4 }, (_, i) => `m${i}`);
  const w = world(net, ['hub', ...names]);
  const spaces = names.map((name) => ({ name, space: modelSpace(`of ${name}`) }));
  for (const { name, space } of spaces) {
    w.share(space, ['hub', name]);
    replicaOf(w.peer(name), space).write('x');
  }
  const missing = () => spaces.filter(({ space }) => entries(w, 'hub', space) !== 1).length;
  await net.run(2 * 60_000);
  expect(missing(), 'control: they are too many for now').toBe(4);
  await net.run(MESH.seatTurn + 20 * MESH.seatEvery);
  expect(missing()).toBe(0);
  // One has to wait for another, and not all for all.
  const lost = w.peer('hub').events.filter(({ event }) => event === 'mesh.session-end').length;
  expect(lost).toBeLessThan(25);
  w.close();
});
