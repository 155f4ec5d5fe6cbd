/** A member who announces himself without end gets no more attention than the limit, and takes none from the others. */
import { beforeAll, expect, test } from 'vitest';
import { modelSpace } from '../../../test/engine/sync/model-replica.ts';
import { replicaOf, world } from '../../../test/engine/sync/world.ts';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { topic as topicName } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { MESH } from './limits.ts';
import { Signalling } from './signalling.ts';
import { sealAnnounce } from './signals.ts';

beforeAll(ready);

test('announces of one member’s device are heard so often a minute, and of another one all the same', async () => {
  const net = new SimNet({ seed: 1 });
  const w = world(net, ['ada', 'ben', 'mallory']);
  const shared = modelSpace('shared');
  w.share(shared, ['ada'], ['ada', 'ben', 'mallory']);
  const [ada, ben, mallory] = [w.peer('ada'), w.peer('ben'), w.peer('mallory')];
  for (const { mesh } of [ada, ben, mallory]) mesh.stop();
  const replica = replicaOf(ada, shared);
  const epoch = replica.epoch();
  const clock = net.clock('ada');
  const topic = topicName(epoch.discovery, Math.floor(clock.now() / 86_400_000));
  const seal = { topic, signalKey: epoch.signalKey, keyId: epoch.keyId };
  let hear: (bytes: Uint8Array) => void = () => undefined;
  const heard: string[] = [];
  const signalling = new Signalling({
    clock,
    random: net.random('ada'),
    rendezvous: {
      open: (name, onMessage = () => undefined) => {
        if (name === topic) hear = onMessage;
        return { send: () => undefined, close: () => undefined };
      },
      health: () => [],
      onHealth: () => () => undefined,
      retry: () => undefined,
      use: () => () => undefined,
      close: () => Promise.resolve(),
    },
    identity: { deviceId: ada.keys.sign.pk, keys: ada.keys },
    instance: new Uint8Array(8),
    replicas: () => [replica],
    log: () => undefined,
    incomplete: () => false,
    pairs: () => [],
    connected: () => false,
    onAnnounce: (_meeting, caller) => heard.push(caller.key),
    onNotice: () => undefined,
    onCall: () => undefined,
  });
  signalling.start();
  const random = net.random('announcers');
  const announce = ({ keys }: typeof ben): void =>
    hear(
      sealAnnounce(seal, keys.sign, { instance: new Uint8Array(8), nA: random.bytes(16), boxPk: keys.box.pk }, random),
    );
  for (let i = 0; i < 5 * MESH.announcesPerMinute; i++) announce(mallory);
  expect(heard).toHaveLength(MESH.announcesPerMinute);
  announce(ben);
  expect(heard).toHaveLength(MESH.announcesPerMinute + 1);
  await net.run(61_000);
  announce(mallory);
  expect(heard).toHaveLength(MESH.announcesPerMinute + 2);
  signalling.stop();
  w.close();
});
