import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import { replicaOf, world } from './world.ts';

beforeAll(ready);

test('two devices with a common space find each other and hold the same', async () => {
  const net = new SimNet({ seed: 1 });
  const w = world(net, ['ada', 'bob']);
  const space = modelSpace('garden');
  w.share(space, ['ada', 'bob']);
  for (let i = 0; i < 10; i++) replicaOf(w.peer('ada'), space).write(`ada ${i}`);
  replicaOf(w.peer('bob'), space).write('bob');
  await net.runUntil(() => w.converged(space) && replicaOf(w.peer('bob'), space).entries === 11, 10_000);
  const key = toHex(space.spaceId);
  await net.runUntil(() => w.peer('ada').mesh.status(key).state === 'up-to-date', 5_000);
  await net.runUntil(() => w.peer('bob').mesh.status(key).state === 'up-to-date', 5_000);
  expect(w.peer('ada').mesh.status(key).peers).toEqual([
    {
      deviceId: w.peer('bob').id,
      identityId: w.peer('bob').device.identityId,
      name: 'bob',
      deviceName: 'bob',
      connected: true,
      upToDate: true,
    },
  ]);
  w.close();
});
