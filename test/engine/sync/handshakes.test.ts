/** Who may prove what on a channel that was opened for somebody in particular. */
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { Diary } from '../../../main/engine/mesh/diary.ts';
import { greet } from '../../../main/engine/mesh/greet.ts';
import { Handshakes } from '../../../main/engine/mesh/handshakes.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import { channels } from './stage.ts';
import { replicaOf, world } from './world.ts';

beforeAll(ready);

/** Ada calls `wanted`, and Mallory's device, a member's as well, is at the other end. Who is met. */
async function meet(wanted: 'bob' | 'mallory'): Promise<{ proven: Hex[]; ended: (Hex | undefined)[] }> {
  const net = new SimNet({ seed: 1 });
  const w = world(net, ['ada', 'bob', 'mallory']);
  const space = modelSpace('shared');
  w.share(space, ['ada', 'bob', 'mallory']);
  const [ada, mallory, callee] = [w.peer('ada'), w.peer('mallory'), w.peer(wanted)];
  for (const { mesh } of w.peers.values()) mesh.stop();
  const replica = replicaOf(ada, space);
  const common = { clock: net.clock('ada'), random: net.random('ada'), log: () => undefined };
  const [proven, ended]: [Hex[], (Hex | undefined)[]] = [[], []];
  const handshakes = new Handshakes({
    ...common,
    identity: { deviceId: ada.keys.sign.pk, keys: ada.keys },
    instance: new Uint8Array(8),
    replicas: () => ada.replicas,
    diary: new Diary(common.clock),
    banned: () => false,
    onProven: ({ deviceId }) => proven.push(toHex(deviceId)),
  });
  const [atAda, atMallory] = await channels(net);
  handshakes.begin(atAda, {
    ...{ initiator: false, topicKind: 'mqtt', kind: 'direct', replica, epoch: replica.epoch() },
    caller: { deviceId: callee.keys.sign.pk, key: callee.id, boxPk: callee.keys.box.pk, member: true },
    ended: (device) => ended.push(device),
  });
  greet({
    ...common,
    channel: atMallory,
    ...{ initiator: true, topicKind: 'mqtt', psk: replica.epoch().sessionPsk },
    self: { deviceId: mallory.keys.sign.pk, instance: new Uint8Array(8), noise: mallory.keys.noise },
    judge: () => true,
    onProven: () => undefined,
    onFailed: () => undefined,
  });
  await net.run(1_000);
  w.close();
  return { proven, ended };
}

test('only the device that was called may prove itself on the channel of its call, and no other member’s', async () => {
  expect(await meet('bob')).toEqual({ proven: [], ended: [undefined] });
  const { proven, ended } = await meet('mallory');
  expect(proven).toHaveLength(1);
  expect(ended).toEqual(proven);
});
