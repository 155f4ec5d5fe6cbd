/**
 * Somebody who poses as the host of an invitation, or stands between the host and the guest (protocol §3.2, §3.3), against
 * the real code on a simulated network: neither learns anything, gets in, or has more guesses.
 */
import { beforeAll, expect, test } from 'vitest';
import { utf8 } from '../../main/engine/bytes.ts';
import { boxKeyPair } from '../../main/engine/crypto/box.ts';
import { inviteKeys, invitePkHash } from '../../main/engine/crypto/keys.ts';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { decodeCode, encodeCode, flagsOf } from '../../main/engine/invitation/code.ts';
import { HostMeeting } from '../../main/engine/invitation/host-meeting.ts';
import { openLink, type Link } from '../../main/engine/invitation/link.ts';
import { decodeMessage, encodeMessage } from '../../main/engine/invitation/messages.ts';
import { PakeAttempt } from '../../main/engine/invitation/pake.ts';
import { openSignal, sealSignal } from '../../main/engine/invitation/signals.ts';
import { Relays } from '../../main/engine/mesh/relays.ts';
import type { Channel, Storage } from '../../main/engine/ports.ts';
import type { SimNet } from '../engine/net/sim-net.ts';
import { intrude } from './harness/attacker.ts';
import type { PersonOptions } from './harness/people.ts';
import { invited, outcome, hostSays, recorded } from './harness/attacked.ts';

beforeAll(ready);

// ---------------------------------------------------------------- 4 host impostor, middle, swapped code

/** Poses as the host of `text` with the given key; `onLink` gets the guest, if one can be led on. */
function pose(
  net: SimNet,
  text: string,
  hostPk: Uint8Array,
  sk: Uint8Array,
  heard: Uint8Array[],
  onLink?: (link: Link) => void,
): void {
  const code = decodeCode(text);
  const keys = inviteKeys(code.secret, code.pkHash);
  const ports = { clock: net.clock('mallory'), random: net.random('mallory') };
  const rendezvous = net.rendezvous('mallory');
  new HostMeeting({
    ...ports,
    rendezvous,
    relays: new Relays({ ...ports, rendezvous }),
    relaySecret: keys.relay,
    transport: net.transport('mallory'),
    signal: { key: keys.signalKey, topic: keys.topic },
    hostPk,
    ended: () => null,
    makeRoom: () => true,
    onChange: () => undefined,
    onChannel: (channel, kind, chosen) => {
      const tap: Channel = {
        ...channel,
        localFingerprint: channel.localFingerprint,
        remoteFingerprint: channel.remoteFingerprint,
        send: (m) => channel.send(m),
        buffered: () => 0,
        onClose: (fn) => channel.onClose(fn),
        close: () => channel.close(),
        onMessage: (fn) => channel.onMessage((m) => (heard.push(m.slice()), fn(m))),
      };
      // One who cannot answer says something all the same.
      if (!onLink) return tap.onMessage(() => tap.send(ports.random.bytes(48)));
      openLink({
        ...ports,
        channel: tap,
        kind,
        keys,
        flags: flagsOf(code),
        host: { pk: hostPk, sk },
        onOpen: (link) => {
          chosen();
          onLink(link);
        },
        onFail: () => undefined,
      });
    },
  });
}

test('a host impostor with the code only gets one handshake message and no word of the guest', async () => {
  for (const copied of [true, false]) {
    const { net, host, guest, text } = await invited();
    const realPk = host.storage.prepare('SELECT host_pk FROM invitation').get()?.['host_pk'] as Uint8Array;
    host.crash();
    const own = boxKeyPair(net.random('mallory').bytes(32));
    const heard: Uint8Array[] = [];
    pose(net, text, copied ? realPk : own.pk, own.sk, heard);
    const end = await outcome(net, guest.invitations.accept(text).authenticate('123456'));
    expect(end).toBe('impostor');
    expect(heard.every((message) => message.length === 48)).toBe(true); // N1: an ephemeral key and a tag
    expect(heard.length).toBe(copied ? 3 : 0);
  }
  // The same pose with a code of his own leads the guest on: the check above can see it.
  const { net, guest, text } = await invited();
  const own = boxKeyPair(net.random('mallory').bytes(32));
  const swapped = encodeCode({ ...decodeCode(text), pkHash: invitePkHash(own.pk) });
  const heard: Uint8Array[] = [];
  pose(net, swapped, own.pk, own.sk, heard, () => undefined);
  void guest.invitations.accept(swapped).authenticate('123456');
  await net.run(10_000);
  expect(heard.some((message) => message.length > 48)).toBe(true);
});

test('a relay in the middle of the two connections gets no session', async () => {
  const relayed = async (options: PersonOptions) => {
    const made = await invited(options, options);
    made.net.intercept.channel = ({ towardsInitiator, towardsListener }) => {
      towardsInitiator.onMessage((message) => towardsListener.send(message));
      towardsListener.onMessage((message) => towardsInitiator.send(message));
    };
    const end = await outcome(made.net, made.guest.invitations.accept(made.text).authenticate(made.digits));
    return { end, fails: hostSays(made.host).fails, spaces: made.guest.replicas.all().length };
  };
  const result = await relayed({});
  expect(result).toMatchObject({ fails: 0, spaces: 0 });
  expect(result.end).not.toBe('joined');
  // Without the fingerprints in the prologue the relay would carry the whole conversation.
  const blind = (channel: Channel): Channel => ({
    ...channel,
    localFingerprint: new Uint8Array(0),
    remoteFingerprint: new Uint8Array(0),
  });
  expect((await relayed({ parts: recorded([], blind) })).end).toBe('joined');
});

test('a fingerprint swapped on the way opens no channel, and costs no more than that', async () => {
  const { net, host, guest, text, digits, invitation } = await invited();
  net.intercept.signal = (_from, signal) =>
    signal.type === 'offer'
      ? { ...signal, sdp: signal.sdp.replace(/..$/, (end) => (end === '00' ? '11' : '00')) }
      : signal;
  const mine = guest.invitations.accept(text);
  await net.runUntil(() => mine.state === 'ready-for-code', 20_000);
  expect([mine.relayed, net.openChannels]).toEqual([true, 0]);
  expect(await outcome(net, mine.authenticate(digits))).toBe('joined');
  await net.run(1_000);
  expect([net.openChannels, invitation.fails]).toEqual([0, 0]);
  expect(host.adopted.map(({ kind }) => kind)).toEqual(['relayed']);
});

test('whoever swaps the code and relays the proof to the real host proves nothing', async () => {
  const { net, guest, text, digits, invitation } = await invited();
  const own = boxKeyPair(net.random('mallory').bytes(32));
  const swapped = encodeCode({
    ...decodeCode(text),
    secret: net.random('mallory').bytes(16),
    pkHash: invitePkHash(own.pk),
  });
  const real = await intrude(net, 'mallory-as-guest', text);
  expect(real).not.toBe(null);
  const passed: string[] = [];
  pose(net, swapped, own.pk, own.sk, [], (link) => {
    link.secure.onMessage((_l, bytes) => real?.link.secure.send(0, bytes));
    real?.link.secure.onMessage((_l, bytes) => {
      passed.push(decodeMessage(bytes)?.type ?? '?');
      link.secure.send(0, bytes);
    });
  });
  const end = await outcome(net, guest.invitations.accept(swapped).authenticate(digits));
  expect([end, passed, invitation.fails, invitation.uses]).toEqual(['wrong-code', ['PakeB', 'PakeBad'], 1, 0]);
  // The proof depends on the channel: for one and the same channel it would have been good.
  const [invId, random] = [real?.invId as Uint8Array, net.random('x')];
  const prove = (hG: Uint8Array, hH: Uint8Array): boolean => {
    const common = { code: utf8(digits), invId, hostPk: own.pk, attempt: 1, random };
    const [g, h] = [
      new PakeAttempt({ ...common, side: 'guest', h: hG }),
      new PakeAttempt({ ...common, side: 'host', h: hH }),
    ];
    g.meet(h.own);
    h.meet(g.own);
    return h.proves(g.tag);
  };
  const [one, two] = [random.bytes(32), random.bytes(32)];
  expect([prove(one, one), prove(one, two)]).toEqual([true, false]);
});

/** Guesses with one number more on each proof, says that nothing is lost, and drops the connection before the third. */
function guessing(net: SimNet, swapped: string, own: { pk: Uint8Array; sk: Uint8Array }, first: number) {
  const { secret, pkHash } = decodeCode(swapped);
  const { invId } = inviteKeys(secret, pkHash);
  const told = { proofs: 0, cracked: false };
  pose(net, swapped, own.pk, own.sk, [], (link) => {
    let pake: PakeAttempt | undefined;
    let tries = 0;
    link.secure.onMessage((_l, bytes) => {
      const message = decodeMessage(bytes);
      if (message?.type === 'PakeA') {
        const code = utf8(String(first + told.proofs).padStart(6, '0'));
        const { attempt } = message;
        const random = net.random('mallory');
        pake = new PakeAttempt({ side: 'host', code, invId, hostPk: own.pk, h: link.h, attempt, random });
        pake.meet(message);
        link.secure.send(0, encodeMessage({ type: 'PakeB', ...pake.own }));
      } else if (message?.type === 'PakeOkA') {
        told.proofs++;
        if (pake?.proves(message.tag)) told.cracked = true;
        if (++tries < 3) link.secure.send(0, encodeMessage({ type: 'PakeBad', left: 3 }));
        else link.secure.close();
      }
    });
  });
  return told;
}

/** A person who types as long as the guest lets them, here over restarts and the same code pasted again. */
async function besieged(guestOptions: PersonOptions) {
  const { net, guest, text } = await invited({}, guestOptions);
  const random = net.random('mallory');
  const own = boxKeyPair(random.bytes(32));
  const swapped = encodeCode({ ...decodeCode(text), secret: random.bytes(16), pkHash: invitePkHash(own.pk) });
  const told = guessing(net, swapped, own, 271_820);
  const ends: unknown[] = [];
  for (let i = 0; i < 12 && !told.cracked; i++) {
    const mine = guest.invitations.accept(swapped);
    ends.push([await outcome(net, mine.authenticate('271828')), mine.attemptsLeft]);
    if (i % 2 === 1) await guest.restart();
  }
  return { ...told, ends };
}

test('whoever swaps the code has three guesses in all, whatever he says and however often he drops the guest', async () => {
  const { proofs, cracked, ends } = await besieged({});
  expect([proofs, cracked]).toEqual([3, false]);
  expect(ends.slice(0, 4)).toEqual([
    ['wrong-code', 2],
    ['wrong-code', 1],
    ['attempts-used', 0],
    ['attempts-used', 0],
  ]);

  // With a guest that forgets what it counted, the same siege gets the code.
  const forgetful = (storage: Storage): Storage => ({
    ...storage,
    get inTransaction() {
      return storage.inTransaction;
    },
    prepare: (sql) =>
      storage.prepare(sql.replace('attempts_left = attempts_left - 1', 'attempts_left = attempts_left')),
  });
  const weak = await besieged({ parts: (parts) => ({ ...parts, storage: forgetful(parts.storage) }) });
  expect(weak.cracked).toBe(true);
});

test('a goodbye of one who holds only the code does not end a join that its host would answer', async () => {
  const lied = async (hostIsThere: boolean) => {
    const { net, host, guest, text, digits } = await invited();
    if (!hostIsThere) host.crash();
    const { secret, pkHash } = decodeCode(text);
    const { topic, signalKey } = inviteKeys(secret, pkHash);
    const signal = { key: signalKey, topic };
    const random = net.random('eve');
    let byes = 0;
    const eve = net.rendezvous('eve').open(topic, (bytes) => {
      const heard = openSignal(signal, bytes);
      if (heard?.type !== 'hello') return;
      byes++;
      eve.send(sealSignal(signal, random, { type: 'bye', nG: heard.nG, reason: 'locked' }));
    });
    return [await outcome(net, guest.invitations.accept(text).authenticate(digits)), byes > 0];
  };
  expect(await lied(true)).toEqual(['joined', true]);
  // Where no host answers, the goodbye is all there is: the lie was heard, and is believed.
  expect(await lied(false)).toEqual(['locked', true]);
});
