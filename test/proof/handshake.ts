/**
 * Meetings of two over an in-memory channel. A guest and a host: Noise NKpsk0, the code's proof, what a person or a new
 * device asks with, the grant (N1, N2, I1–I7 of protocol §3.2), then the member session on the same channel (§4). Two
 * members: that session alone. The engine's own parts on both sides; between them `wire`, which may say anything. Nobody
 * tries again, so a session means that this very exchange was accepted.
 */
import { equal, utf8 } from '../../main/engine/bytes.ts';
import { boxKeyPair } from '../../main/engine/crypto/box.ts';
import { sha256 } from '../../main/engine/crypto/hash.ts';
import { inviteKeys, invitePkHash } from '../../main/engine/crypto/keys.ts';
import type { DeviceKeys } from '../../main/engine/crypto/keys.ts';
import { GuestConversation } from '../../main/engine/invitation/guest.ts';
import type { GuestEffect } from '../../main/engine/invitation/guest.ts';
import { HostConversation } from '../../main/engine/invitation/host.ts';
import type { HostEffect } from '../../main/engine/invitation/host.ts';
import { openLink } from '../../main/engine/invitation/link.ts';
import type { Link, LinkOptions, WayKind } from '../../main/engine/invitation/link.ts';
import type { GrantLetter } from '../../main/engine/invitation/messages.ts';
import type { LinkTerms } from '../../main/engine/invitation/parts.ts';
import { receive, rekey, send } from '../../main/engine/invitation/wire.ts';
import { makeDevicePop } from '../../main/engine/halo/cert.ts';
import { greet } from '../../main/engine/mesh/greet.ts';
import type { TopicKind } from '../../main/engine/mesh/handshake.ts';
import type { Channel, Clock, Random } from '../../main/engine/ports.ts';

export type End = 'guest' | 'host';
export interface Sent {
  readonly from: End;
  readonly bytes: Uint8Array;
}
/** What arrives instead of the `index`th message. */
export type Wire = (message: Sent, index: number) => readonly Uint8Array[];

/** The people and their invitation; the same in all meetings, while every meeting has its own randomness. */
export interface Parties {
  readonly guest: { readonly keys: DeviceKeys; readonly chain: readonly Uint8Array[] };
  readonly host: { readonly keys: DeviceKeys; readonly identityId: Uint8Array; readonly chain: readonly Uint8Array[] };
  readonly secret: Uint8Array;
  readonly hostBox: Uint8Array;
  readonly letter: GrantLetter;
  readonly sessionPsk: Uint8Array;
}
/** How two meet. */
export interface Scene {
  /** Who lets in whom first, if anybody: a person, or a new device of the host's. */
  readonly lets?: { readonly in: 'person' | 'device'; readonly asking: boolean };
  /** What their connection is, for each of the two: they differ where somebody joins a connection of one kind to one of another. */
  readonly on: Readonly<Record<End, Connection>>;
}
export interface Connection {
  readonly kind: WayKind;
  readonly topicKind: TopicKind;
}
export interface Outcome {
  /** The host wrote the admission, the guest stored the grant. */
  readonly admitted: boolean;
  readonly stored: boolean;
  /** Who holds an accepted and open member session at the end. */
  readonly session: readonly End[];
  readonly messages: readonly Sent[];
}

const CODE = '482913';
/** Nothing ever times out: a meeting is over when no message is under way. */
const still: Clock = { now: () => 1_790_000_000_000, monotonic: () => 0, after: () => () => undefined };
const log = (): void => undefined;

export function meet(parties: Parties, scene: Scene, random: Random, wire: Wire = ({ bytes }) => [bytes]): Outcome {
  const messages: Sent[] = [];
  const under: { to: MemoryChannel; bytes: Uint8Array }[] = [];
  const put = (from: End, bytes: Uint8Array): void => {
    const sent = { from, bytes: bytes.slice() };
    for (const arriving of wire(sent, messages.length)) {
      under.push({ to: from === 'guest' ? host : guest, bytes: arriving });
    }
    messages.push(sent);
  };
  const own = { guest: random.bytes(32), host: random.bytes(32) };
  const channel = (end: End, other: End): MemoryChannel => {
    // Only a data channel has certificates.
    const seen = scene.on[end].kind === 'direct' ? own : { guest: NOTHING, host: NOTHING };
    return new MemoryChannel(seen[end], seen[other], (bytes) => put(end, bytes));
  };
  const guest = channel('guest', 'host');
  const host = channel('host', 'guest');
  const state = { admitted: false, stored: false, session: new Set<End>() };
  const at = { parties, scene, random, state };
  (scene.lets ? beHost : beMember)({ ...at, end: 'host', channel: host });
  (scene.lets ? beGuest : beMember)({ ...at, end: 'guest', channel: guest });
  for (let next = under.shift(); next; next = under.shift()) next.to.arrive(next.bytes);
  const session = [...state.session].filter((end) => !(end === 'guest' ? guest : host).closed);
  return { admitted: state.admitted, stored: state.stored, session, messages };
}

const NOTHING = new Uint8Array(0);

interface At {
  readonly parties: Parties;
  readonly scene: Scene;
  readonly random: Random;
  readonly end: End;
  readonly channel: Channel;
  readonly state: { admitted: boolean; stored: boolean; readonly session: Set<End> };
}

function beHost(at: At): void {
  const { parties, scene, random, state } = at;
  const box = boxKeyPair(parties.hostBox);
  const keys = inviteKeys(parties.secret, invitePkHash(box.pk));
  const { terms, letter } = ofDevice(at) ?? { terms: null, letter: parties.letter };
  const onOpen = ({ h, secure }: Link): void => {
    let left = 3;
    const conversation = new HostConversation({
      ...{ invId: keys.invId, hostPk: box.pk, h, random },
      ledger: {
        ended: () => null,
        code: () => utf8(CODE),
        count: () => left-- > 0,
        match: () => void left++,
        miss: () => left,
        terms: () => terms,
        needsApproval: () => scene.lets?.asking === true,
        admit: () => ((state.admitted = true), letter),
        acknowledge: () => undefined,
      },
    });
    const perform = (effect: HostEffect): void => {
      if (effect.do === 'send') send(secure, effect.message);
      else if (effect.do === 'rekey') rekey(secure, effect.isk);
      else if (effect.do === 'close') secure.close();
      else if (effect.do === 'ask') conversation.handle({ type: 'approval', approved: true }).forEach(perform);
      else if (effect.do === 'hand-over') beMember({ ...at, channel: secure.release() });
    };
    conversation.start().forEach(perform);
    receive(secure, (message) => conversation.handle({ type: 'message', message }).forEach(perform));
  };
  link(at, { keys, host: box, onOpen });
}

function beGuest(at: At): void {
  const { parties, random, state } = at;
  const { pk } = boxKeyPair(parties.hostBox);
  const keys = inviteKeys(parties.secret, invitePkHash(pk));
  const { keys: own, chain } = parties.guest;
  const device = { noisePk: own.noise.pk, boxPk: own.box.pk, name: 'new' };
  const prove = ({ identityId, by, prev }: LinkTerms): Uint8Array => makeDevicePop(own, identityId, by, prev);
  const onOpen = ({ h, secure }: Link): void => {
    const conversation = new GuestConversation({
      ...{ invId: keys.invId, hostPk: pk, h, random },
      device: own.sign,
      ledger: { left: () => 3, spend: () => true, refund: () => undefined },
      asks: ofDevice(at) ? { device, prove } : { chain: () => chain },
    });
    const perform = (effect: GuestEffect): void => {
      if (effect.do === 'send') send(secure, effect.message);
      else if (effect.do === 'rekey') rekey(secure, effect.isk);
      else if (effect.do === 'close') secure.close();
      else if (effect.do === 'store') {
        state.stored = true;
        conversation.handle({ type: 'stored', error: null }).forEach(perform);
      } else if (effect.do === 'hand-over') beMember({ ...at, channel: secure.release() });
    };
    conversation.start().forEach(perform);
    receive(secure, (message) => conversation.handle({ type: 'message', message }).forEach(perform));
    conversation.handle({ type: 'code', code: utf8(CODE) }).forEach(perform);
  };
  link(at, { keys, host: { pk }, onOpen });
}

function link({ channel, scene, end, random }: At, given: Pick<LinkOptions, 'keys' | 'host' | 'onOpen'>): void {
  openLink({ ...given, channel, kind: scene.on[end].kind, flags: 0, clock: still, random, onFail: () => undefined });
}

/** What a new device of the host's has to prove, and what it gets. */
function ofDevice({ parties: { host, letter }, scene }: At): { terms: LinkTerms; letter: GrantLetter } | undefined {
  if (scene.lets?.in !== 'device') return undefined;
  const terms = { identityId: host.identityId, by: host.keys.sign.pk, prev: [sha256(host.chain.at(-1) as Uint8Array)] };
  const keys = { backupKey: new Uint8Array(32).fill(8), haloRecovery: new Uint8Array(32).fill(9) };
  return { terms, letter: { ...letter, link: { chain: [...host.chain], ...keys } } };
}

function beMember({ parties, scene, end, random, channel, state }: At): void {
  const [self, other] = end === 'guest' ? [parties.guest, parties.host] : [parties.host, parties.guest];
  greet({
    ...{ channel, random, clock: still, log },
    initiator: end === 'guest',
    topicKind: scene.on[end].topicKind,
    psk: parties.sessionPsk,
    self: { deviceId: self.keys.sign.pk, instance: random.bytes(8), noise: self.keys.noise },
    judge: (deviceId, noisePk) => equal(deviceId, other.keys.sign.pk) && equal(noisePk, other.keys.noise.pk),
    onProven: () => void state.session.add(end),
    onFailed: () => undefined,
  });
}

/** One end; what arrives before anybody listens waits. */
class MemoryChannel implements Channel {
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
  readonly #put: (bytes: Uint8Array) => void;
  #onMessage: ((message: Uint8Array) => void) | undefined;
  #onClose: (() => void)[] = [];
  #early: Uint8Array[] = [];
  closed = false;

  constructor(local: Uint8Array, remote: Uint8Array, put: (bytes: Uint8Array) => void) {
    this.localFingerprint = local;
    this.remoteFingerprint = remote;
    this.#put = put;
  }

  send(message: Uint8Array): void {
    if (!this.closed) this.#put(message);
  }
  buffered(): number {
    return 0;
  }
  onMessage(fn: (message: Uint8Array) => void): void {
    this.#onMessage = fn;
    for (const message of this.#early.splice(0)) fn(message);
  }
  onClose(fn: () => void): void {
    if (this.closed) fn();
    else this.#onClose.push(fn);
  }
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const fn of this.#onClose.splice(0)) fn();
  }
  arrive(message: Uint8Array): void {
    if (this.closed) return;
    if (this.#onMessage) this.#onMessage(message);
    else this.#early.push(message);
  }
}
