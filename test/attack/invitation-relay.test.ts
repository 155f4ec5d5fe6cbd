/** A holder of the code and both ways to a host, the direct one and the one through the meeting point. */
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../main/engine/bytes.ts';
import { inviteKeys } from '../../main/engine/crypto/keys.ts';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { decodeCode, flagsOf } from '../../main/engine/invitation/code.ts';
import { LIMITS } from '../../main/engine/invitation/limits.ts';
import { openLink, type Link, type WayKind } from '../../main/engine/invitation/link.ts';
import type { InvitationParts } from '../../main/engine/invitation/parts.ts';
import { BY_RELAY, openSignal, sealSignal } from '../../main/engine/invitation/signals.ts';
import { Relays, type RelayCall } from '../../main/engine/mesh/relays.ts';
import type { Channel, Connecting } from '../../main/engine/ports.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { guess, talk } from './harness/attacker.ts';
import { person, type Person } from './harness/people.ts';

beforeAll(ready);

/** Counts what a person's invitations hold at meeting points. */
function counted(held: Set<Channel>) {
  return (parts: InvitationParts): InvitationParts => {
    const relays = new Relays(parts);
    const begin = (call: RelayCall): Channel | undefined => {
      const channel = relays.beginForInvitation(call);
      if (channel === undefined) return undefined;
      held.add(channel);
      channel.onClose(() => held.delete(channel));
      return channel;
    };
    return { ...parts, relays: Object.assign(Object.create(relays) as Relays, { beginForInvitation: begin }) };
  };
}

async function host() {
  const net = new SimNet({ seed: 5 });
  const held = new Set<Channel>();
  const ann = await person(net, 'ann', { parts: counted(held) });
  const invitation = ann.invitations.create(ann.replicas.create());
  return { net, held, ann, invitation, text: invitation.code, digits: invitation.authenticationCode as string };
}

interface Ways {
  readonly channels: Map<WayKind, Channel>;
  readonly links: Map<WayKind, Link>;
  readonly ask: () => void;
  /** The first message of the handshake, on each way that is open. */
  readonly speak: () => void;
  /** What was held back of either way. */
  readonly goDirect: () => void;
  readonly goByRelay: () => void;
}

/** Goes to the host by both ways at once, and says nothing there until it is told to. */
function both(net: SimNet, name: string, text: string, holdsBack = false): Ways {
  const code = decodeCode(text);
  const keys = inviteKeys(code.secret, code.pkHash);
  const ports = net.ports(name);
  const { random, clock, rendezvous, transport } = ports;
  const signal = { key: keys.signalKey, topic: keys.topic };
  const relays = new Relays(ports);
  const nG = random.bytes(16);
  const ways: Ways = {
    ...{ channels: new Map(), links: new Map() },
    ask: () => topic.send(sealSignal(signal, random, { type: 'hello', v: 1, nG, caps: [BY_RELAY] })),
    goDirect: () => later.direct.forEach((act) => act()),
    goByRelay: () => later.relayed.forEach((act) => act()),
    speak: () => {
      for (const [kind, channel] of ways.channels)
        openLink({
          ...{ channel, kind, keys, flags: flagsOf(code), host: { pk: hostPk }, clock, random },
          onOpen: (link) => void ways.links.set(kind, link),
          onFail: () => undefined,
        });
    },
  };
  const later = { direct: [] as (() => void)[], relayed: [] as (() => void)[] };
  const go = (kind: WayKind, act: () => void): void => void (holdsBack ? later[kind].push(act) : act());
  let hostPk = new Uint8Array(0);
  let connecting: Connecting | undefined;
  const opened = (kind: WayKind) => (channel: Channel) => void ways.channels.set(kind, channel);
  const topic = rendezvous.open(keys.topic, (bytes) => {
    const heard = openSignal(signal, bytes);
    if (!heard || toHex(heard.nG) !== toHex(nG)) return;
    if (heard.type === 'here') hostPk = heard.hostPk.slice();
    if (heard.type === 'hostCandidate') go('direct', () => connecting?.accept({ ...heard, type: 'candidate' }));
    if (heard.type !== 'offer' || connecting) return;
    const { nH, sdp } = heard;
    connecting = transport.connect({
      initiator: false,
      onSignal: (said) => {
        if (said.type === 'answer') topic.send(sealSignal(signal, random, { type: 'answer', nG, nH, sdp: said.sdp }));
        else if (said.type === 'candidate')
          go('direct', () =>
            topic.send(sealSignal(signal, random, { ...said, type: 'guestCandidate', nG, nH, seq: 0 })),
          );
      },
    });
    connecting.channel.then(opened('direct'), () => undefined);
    connecting.accept({ type: 'offer', sdp });
    go('relayed', () => {
      relays.beginForInvitation({
        ...{ initiator: true, asks: true, secret: keys.relay, nA: nG, nB: nH },
        onOpen: opened('relayed'),
      });
    });
  });
  ways.ask();
  return ways;
}

const another = (digits: string, i: number): string => String((Number(digits) + 1 + i) % 1_000_000).padStart(6, '0');
const fails = (ann: Person): number | undefined => ann.invitations.list()[0]?.fails;

test('a guest who comes by both ways at once is one guest, and guesses no more often', async () => {
  let judged = 0;
  const { net, held, ann, text, digits } = await host();
  for (let i = 0; i < 10; i++) {
    const ways = both(net, `guesser-${i}`, text);
    await net.run(3_000);
    expect(ways.channels.size).toBe(i < 3 ? 2 : 0);
    ways.speak();
    await net.run(3_000);
    const alive = [...ways.links.values()].filter(({ secure }) => !secure.closed);
    expect([i, alive.length]).toEqual([i, i < 3 ? 1 : 0]);
    for (const link of ways.links.values()) {
      const { pkHash, secret } = decodeCode(text);
      const hostPk = ann.storage.prepare('SELECT host_pk FROM invitation').get()?.['host_pk'] as Uint8Array;
      const intruder = talk(net, link, hostPk, inviteKeys(secret, pkHash).invId);
      if ((await guess(net, intruder, i === 5 ? digits : another(digits, i)))?.type === 'PakeBad') judged++;
      link.secure.close();
    }
    await net.run(10_000);
    expect(held.size).toBe(0);
  }
  expect([judged, fails(ann), ann.invitations.list()[0]?.state]).toEqual([3, 3, 'locked']);
});

test('who opens both ways and says nothing has one place, gives it back, and keeps nobody from coming in', async () => {
  const { net, held, ann, invitation, text, digits } = await host();
  const ways: Ways[] = [];
  for (let i = 0; i < 12; i++) {
    ways.push(both(net, `silent-${i}`, text));
    await net.run(500);
  }
  expect(ways.filter(({ channels }) => channels.size === 2).length).toBe(LIMITS.connections);
  expect(ways.filter(({ channels }) => channels.size > 0).length).toBe(LIMITS.connections);
  expect(held.size).toBe(LIMITS.connections);
  // Saying hello again prolongs nothing.
  for (let i = 0; i < 10; i++) {
    await net.run(LIMITS.connect / 10);
    for (const { ask, channels } of ways) if (channels.size > 0) ask();
  }
  expect(held.size).toBe(0);
  const ben = await person(net, 'ben');
  const mine = ben.invitations.accept(text);
  await net.complete(mine.authenticate(digits), 60_000);
  await net.run(1_000);
  expect([invitation.uses, invitation.fails, ann.adopted.length]).toEqual([1, 0, 1]);
});

test('a handshake of one way is none of the other', async () => {
  const crossing = async (crossed: boolean): Promise<string[]> => {
    const { net, ann, text } = await host();
    const { pkHash, secret } = decodeCode(text);
    const ways = both(net, 'mallory', text);
    await net.runUntil(() => ways.channels.size === 2, 5_000);
    const [direct, relayed] = [ways.channels.get('direct') as Channel, ways.channels.get('relayed') as Channel];
    const { localFingerprint, remoteFingerprint } = crossed ? direct : relayed;
    // What is said for the direct channel goes to the host through the meeting point, and comes back so.
    const channel: Channel = {
      ...{ localFingerprint, remoteFingerprint, buffered: () => 0 },
      send: (message) => relayed.send(message),
      onMessage: (fn) => relayed.onMessage(fn),
      onClose: (fn) => relayed.onClose(fn),
      close: () => relayed.close(),
    };
    const ends: string[] = [];
    const pk = ann.storage.prepare('SELECT host_pk FROM invitation').get()?.['host_pk'] as Uint8Array;
    openLink({
      ...{ channel, kind: 'direct', keys: inviteKeys(secret, pkHash), flags: 0, host: { pk } },
      ...{ clock: net.clock('mallory'), random: net.random('mallory') },
      onOpen: () => ends.push('open'),
      onFail: (why) => ends.push(why),
    });
    await net.run(5_000);
    return [...ends, ann.invitations.list()[0]?.state ?? ''];
  };
  expect(await crossing(true)).toEqual(['closed', 'connecting']);
  expect(await crossing(false)).toEqual(['open', 'ready-for-code']);
});

test('a way that opens late has time for one message, and a second one has no more', async () => {
  const { net, held, text } = await host();
  const ways = both(net, 'mallory', text, true);
  const at = (ms: number): Promise<void> => net.run(ms - net.time);
  await at(LIMITS.connect - 1_000);
  ways.goDirect();
  await at(LIMITS.connect + LIMITS.messageWait - 3_000);
  expect([[...ways.channels.keys()], held.size]).toEqual([['direct'], 1]);
  ways.channels.get('direct')?.close();
  ways.goByRelay();
  await net.run(1_000);
  expect([[...ways.channels.keys()], held.size]).toEqual([['direct', 'relayed'], 1]);
  await at(LIMITS.connect + LIMITS.messageWait + 1_000);
  expect([held.size, net.openChannels]).toEqual([0, 0]);
});
