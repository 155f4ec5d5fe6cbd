/**
 * Requests at the place where a person's own devices meet after a recovery, by somebody who knows where that is: he has
 * a device that was stolen, say. None that is forged gets the records of the person; the same request made honestly does.
 */
import Database from 'better-sqlite3';
import { beforeAll, expect, test } from 'vitest';
import { admission } from '../engine/admission.ts';
import { sha256 } from '../../main/engine/crypto/hash.ts';
import { recoveryKeys } from '../../main/engine/crypto/keys.ts';
import type { DeviceKeys } from '../../main/engine/crypto/keys.ts';
import { sign } from '../../main/engine/crypto/sign.ts';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { utf8 } from '../../main/engine/bytes.ts';
import { migrate } from '../../main/engine/echo/schema.ts';
import { readCert } from '../../main/engine/halo/cert.ts';
import { loadIdentity, storeCerts } from '../../main/engine/halo/identity.ts';
import { GuestMeeting } from '../../main/engine/invitation/guest-meeting.ts';
import { admitStatement } from '../../main/engine/invitation/host.ts';
import { openLink } from '../../main/engine/invitation/link.ts';
import { Relays } from '../../main/engine/mesh/relays.ts';
import type { GrantLetter, Message } from '../../main/engine/invitation/messages.ts';
import { awaitRecovered } from '../../main/engine/invitation/recovery.ts';
import { receive, send } from '../../main/engine/invitation/wire.ts';
import { createStorage } from '../../native/sqlite/storage.ts';
import { device, person, revoke } from '../engine/log/fixture.ts';
import { SimNet } from '../engine/net/sim-net.ts';

beforeAll(ready);

const SECRET = new Uint8Array(32).fill(9);
const NO_ISK = new Uint8Array(16);
const DAY = 86_400_000;

type Request = Extract<Message, { type: 'AdmitReq' }>;

/** Ann's desk, which answers; her laptop, which her words have admitted; her phone, which they have removed; and Eve. */
function scene() {
  const net = new SimNet({ seed: 11 });
  const ann = person('ann');
  const desk = device(ann, 'desk');
  const known = [...ann.certs];
  const phone = device(ann, 'phone');
  const laptop = device(ann, 'laptop');
  revoke(ann, phone);
  const eve = person('eve');
  const other = device(eve, 'eve');
  const storage = createStorage(new Database(':memory:'));
  migrate(storage);
  storeCerts(storage, ann.identityId, known);
  const identity = loadIdentity(storage, ann.identityId, desk.keys, () => undefined);
  const space = desk.replicas.create();
  const grant = desk.replicas.grant(space, ann.identityId, space.spaceId);
  let given = 0;
  const letter = (): GrantLetter => {
    given++;
    return { host: desk.deviceId, spaceId: space.spaceId, grant };
  };
  awaitRecovered({
    parts: { ...net.ports('desk'), relays: new Relays(net.ports('desk')), log: () => undefined },
    ...{ identity, letter, haloRecovery: () => SECRET.slice(), looking: new Set() },
    join: () => space,
    adopt: ({ channel }) => channel.close(),
  });
  return { net, ann, laptop, phone, eve, other, given: () => given };
}

/** What comes back for this request; null when the channel closes. */
async function ask(net: SimNet, name: string, request: (h: Uint8Array, invId: Uint8Array) => Request) {
  const ports = net.ports(name);
  const keys = recoveryKeys(SECRET, Math.floor(ports.clock.now() / DAY));
  const ignore = (): void => undefined;
  let answer: string | null | undefined;
  const meeting: GuestMeeting = new GuestMeeting({
    ...ports,
    relays: new Relays(ports),
    relaySecret: keys.relay,
    signal: { key: keys.signalKey, topic: keys.topic },
    pkHash: keys.pkHash,
    ...{ onFound: ignore, onLost: ignore, onImpostor: ignore, onBye: ignore },
    onChannel: (channel, _hostPk, kind) => {
      meeting.close();
      const { clock, random } = ports;
      openLink({
        ...{ channel, kind, keys, flags: 0, host: { pk: keys.host.pk }, clock, random, onFail: () => (answer = null) },
        onOpen: ({ secure, h }) => {
          secure.onClose(() => (answer ??= null));
          receive(secure, (message) => (answer ??= message?.type ?? null));
          send(secure, request(h, keys.invId));
        },
      });
    },
  });
  await net.runUntil(() => answer !== undefined, 60_000);
  return answer;
}

const asks =
  (
    chain: readonly Uint8Array[],
    keys: DeviceKeys,
    change: Partial<{ signer: DeviceKeys; h: Uint8Array; invId: Uint8Array }> = {},
  ) =>
  (h: Uint8Array, invId: Uint8Array): Request => {
    const { signer = keys, h: signedH = h, invId: signedId = invId } = change;
    const sig = sign(signer.sign.sk, admitStatement(signedH, NO_ISK, signedId));
    return { type: 'AdmitReq', chain: [...chain], deviceId: keys.sign.pk, sig };
  };

test('a forged request of a recovered device gets nothing; the one that the words admitted gets the records', async () => {
  const { net, ann, laptop, phone, eve, other, given } = scene();
  const past = [readCert(ann.certs.at(-1) as Uint8Array)?.hash as Uint8Array];
  /** Eve's device in Ann's chain, by whoever signs it. */
  const admitted = (signer: { pk: Uint8Array; sk: Uint8Array }): Uint8Array[] => {
    const { keys } = other;
    return [...ann.certs, admission({ by: signer, identityId: ann.identityId, keys, name: 'laptop', past })];
  };
  const forged: [what: string, Parameters<typeof ask>[2]][] = [
    ['another person', asks(eve.certs, other.keys)],
    ['a device that the chain does not name', asks(ann.certs, other.keys)],
    ['a device that another root admitted', asks(admitted(eve.root), other.keys)],
    ['a device that a removed one admitted', asks(admitted(phone.keys.sign), other.keys)],
    ['a removed device', asks(ann.certs, phone.keys)],
    ['the name of a device without its key', asks(ann.certs, laptop.keys, { signer: other.keys })],
    ['a request made on another connection', asks(ann.certs, laptop.keys, { h: sha256(utf8('another')) })],
    ['a request made on another day', asks(ann.certs, laptop.keys, { invId: new Uint8Array(16) })],
  ];
  const answers: unknown[] = [];
  for (const [what, request] of forged) answers.push([what, await ask(net, what.replaceAll(' ', '-'), request)]);
  expect(answers).toEqual(forged.map(([what]) => [what, null]));
  expect(given()).toBe(0);
  expect(await ask(net, 'laptop', asks(ann.certs, laptop.keys))).toBe('AdmitGrant');
  expect(given()).toBe(1);
});

test('where no channel opens the records come through the meeting point', async () => {
  const { net, ann, laptop, given } = scene();
  net.intercept.signal = (_from, signal) => (signal.type === 'candidate' ? undefined : signal);
  expect(await ask(net, 'laptop', asks(ann.certs, laptop.keys))).toBe('AdmitGrant');
  expect([given(), net.openChannels]).toEqual([1, 0]);
});
