/** What is heard on a topic: of a member who announces himself without end no more than the limit, and of copies one. */
import { beforeAll, expect, test } from 'vitest';
import { modelEpoch, modelSpace } from '../../../test/engine/sync/model-replica.ts';
import { replicaOf, world } from '../../../test/engine/sync/world.ts';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { equal, toHex, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { deviceKeys, topic as topicName } from '../crypto/keys.ts';
import type { DeviceKeys } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import type { EpochKeys } from '../echo/replica.ts';
import { MESH } from './limits.ts';
import { Signalling } from './signalling.ts';
import { openCall, openSignal, sealAnnounce, sealCall, sealNotice } from './signals.ts';

beforeAll(ready);

type Options = ConstructorParameters<typeof Signalling>[0];

/** Ada's signalling, with the others as whatever a test makes them; `epoch` is the one of the topic that they announce on. */
function listening(epoch = 0, parts: Partial<Options> = {}) {
  const net = new SimNet({ seed: 1 });
  const w = world(net, ['ada', 'ben', 'mallory']);
  const shared = modelSpace('shared');
  shared.epochs.push(modelEpoch(shared.spaceId, 'older'));
  w.share(shared, ['ada'], ['ada', 'ben']);
  const [ada, ben, mallory] = [w.peer('ada'), w.peer('ben'), w.peer('mallory')];
  for (const { mesh } of [ada, ben, mallory]) mesh.stop();
  const replica = replicaOf(ada, shared);
  const { discovery, signalKey, keyId } = replica.epochs()[epoch] as EpochKeys;
  const clock = net.clock('ada');
  const topic = topicName(discovery, Math.floor(clock.now() / 86_400_000));
  const seal = { topic, signalKey, keyId };
  let hear: (bytes: Uint8Array) => void = () => undefined;
  const sent: Uint8Array[] = [];
  const elsewhere: ((bytes: Uint8Array) => void)[] = [];
  const heard: string[] = [];
  const notices: (readonly Uint8Array[])[] = [];
  const signalling = new Signalling({
    clock,
    random: net.random('ada'),
    rendezvous: {
      open: (name, onMessage = () => undefined) => {
        if (name === topic) hear = onMessage;
        else elsewhere.push(onMessage);
        return { send: (bytes) => void (name === topic && sent.push(bytes)), close: () => undefined };
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
    looks: () => false,
    missing: () => [],
    pairs: { of: () => [], behind: () => [] },
    connected: () => false,
    onAnnounce: (_meeting, caller) => heard.push(caller.key),
    onNotice: (certs) => void notices.push(certs),
    onCall: () => undefined,
    onRefused: () => undefined,
    onOthers: () => undefined,
    ...parts,
  });
  signalling.start();
  const random = net.random('announcers');
  const announce = (keys: typeof ben.keys): void =>
    hear(
      sealAnnounce(seal, keys.sign, { instance: new Uint8Array(8), nA: random.bytes(16), boxPk: keys.box.pk }, random),
    );
  /** What Ada answered to whoever has these keys. */
  const answers = ({ box, sign }: typeof ben.keys) =>
    sent
      .map((bytes) => openSignal(seal, bytes))
      .filter((signal) => signal?.type === 'directed')
      .filter(({ to }) => equal(to, sign.pk))
      .map((signal) => openCall(signal, ada.keys.box.pk, box));
  const stop = (): void => {
    signalling.stop();
    w.close();
  };
  const said = (bytes: Uint8Array): void => hear(bytes);
  return {
    net,
    replica,
    seal,
    random,
    ada,
    ben,
    mallory,
    heard,
    notices,
    hear: said,
    elsewhere,
    announce,
    answers,
    stop,
  };
}

test('announces of one member’s device are heard so often a minute, and of another one all the same', async () => {
  const { net, replica, ben, mallory, heard, announce, stop } = listening();
  replica.setMembers([ben.device, mallory.device]);
  for (let i = 0; i < 5 * MESH.announcesPerMinute; i++) announce(mallory.keys);
  expect(heard).toHaveLength(MESH.announcesPerMinute);
  announce(ben.keys);
  expect(heard).toHaveLength(MESH.announcesPerMinute + 1);
  await net.run(61_000);
  announce(mallory.keys);
  expect(heard).toHaveLength(MESH.announcesPerMinute + 2);
  stop();
});

test('of strangers twenty a minute are heard of, all together, and members all the same', async () => {
  const calls: string[] = [];
  const { net, seal, random, ben, ada, heard, hear, announce, stop } = listening(0, {
    onCall: (_meeting, caller) => void calls.push(caller.key),
  });
  const strangers = Array.from({ length: 2 * MESH.announcesPerMinute }, (_, n) =>
    deviceKeys(sha256(utf8(`stranger ${n}`))),
  );
  const to = { deviceId: ada.keys.sign.pk, boxPk: ada.keys.box.pk };
  const call = ({ sign, box }: DeviceKeys): void => {
    const offer = { type: 'offer', nA: new Uint8Array(16), nB: random.bytes(16), sdp: 'v=0' } as const;
    hear(sealCall(seal, { deviceId: sign.pk, box }, to, offer, random));
  };
  // Who was not heard of is nobody to be called by.
  for (const keys of strangers) announce(keys);
  for (const keys of strangers) call(keys);
  expect(calls).toEqual(strangers.slice(0, MESH.announcesPerMinute).map(({ sign }) => toHex(sign.pk)));
  announce(ben.keys);
  expect(heard).toEqual([ben.id]);
  await net.run(61_000);
  const late = strangers.at(-1) as DeviceKeys;
  announce(late);
  call(late);
  expect(calls.at(-1)).toBe(toHex(late.sign.pk));
  stop();
});

test('an announce that somebody who holds the keys has sealed anew is heard once all the same', () => {
  const { replica, seal, hear, heard, random, ben, stop } = listening();
  replica.setMembers([ben.device]);
  const { sign, box } = ben.keys;
  const announce = { instance: new Uint8Array(8), nA: random.bytes(16), boxPk: box.pk };
  for (let i = 0; i < 3; i++) hear(sealAnnounce(seal, sign, announce, random));
  expect(heard).toHaveLength(1);
  stop();
});

test('what comes from several meeting points and friends is opened once, and said again it is opened again', () => {
  const { seal, hear, notices, random, stop } = listening();
  const notice = sealNotice(seal, [Uint8Array.of(1)], random);
  for (let i = 0; i < 5; i++) hear(notice.slice());
  expect(notices).toHaveLength(1);
  hear(sealNotice(seal, [Uint8Array.of(1)], random));
  expect(notices).toHaveLength(2);
  stop();
});

test('what a meeting point says on another topic first is heard on its own all the same', () => {
  const { seal, hear, elsewhere, notices, random, stop } = listening();
  const notice = sealNotice(seal, [Uint8Array.of(1)], random);
  for (const wrong of elsewhere) wrong(notice);
  hear(notice);
  expect([elsewhere.length > 0, notices.length]).toEqual([true, 1]);
  stop();
});

test('whoever asks under older keys and is nobody hears so once an hour, whatever device he says to be', async () => {
  const { net, mallory, announce, answers, stop } = listening(1);
  const other = deviceKeys(utf8('another device of Mallory, 32 byte'));
  announce(mallory.keys);
  announce(mallory.keys);
  announce(other);
  await net.run(MESH.farewellEvery - 1_000);
  announce(other);
  expect([answers(mallory.keys), answers(other)]).toMatchObject([[{ type: 'farewell', entries: [] }], []]);
  await net.run(2_000);
  announce(other);
  expect(answers(other)).toMatchObject([{ type: 'farewell', entries: [] }]);
  stop();
});

test('under the keys of now nobody is told that he is unknown, for he may prove who he is', () => {
  const { mallory, announce, answers, stop } = listening();
  announce(mallory.keys);
  expect(answers(mallory.keys)).toEqual([]);
  stop();
});

test('who is no member himself tells nobody that he is unknown', () => {
  const { replica, mallory, announce, answers, stop } = listening(1);
  replica.ownRole = () => undefined;
  announce(mallory.keys);
  expect(answers(mallory.keys)).toEqual([]);
  stop();
});

test('of notices twenty a minute are looked at, whoever can seal them', async () => {
  const { net, seal, random, notices, hear, stop } = listening();
  const notice = (n: number): void => hear(sealNotice(seal, [Uint8Array.of(n)], random));
  for (let n = 0; n < 2 * MESH.announcesPerMinute; n++) notice(n);
  expect(notices).toHaveLength(MESH.announcesPerMinute);
  await net.run(61_000);
  notice(200);
  expect(notices.at(-1)).toEqual([Uint8Array.of(200)]);
  stop();
});
