/**
 * The messages of the protocol, from fixed values: entries, control operations and items; frames and signals of
 * member sessions; signals and messages of invitations. What is sealed into 512 bytes and more is frozen as its hash.
 */
import { encodeChunk, encodeHead } from '../../main/engine/bundle/format.ts';
import { makerMessage, signBundle, spaceMessage } from '../../main/engine/bundle/write-bundle.ts';
import { toHex, u32be, utf8 } from '../../main/engine/bytes.ts';
import { boxKeyPair, sealTo } from '../../main/engine/crypto/box.ts';
import { Sha256, sha256 } from '../../main/engine/crypto/hash.ts';
import * as keys from '../../main/engine/crypto/keys.ts';
import { encodeControl } from '../../main/engine/echo/control.ts';
import type { Control, ControlOf, ControlType } from '../../main/engine/echo/control.ts';
import { ENTRY_KIND, NO_KEY, NO_PREV, sealPayload, signEntry } from '../../main/engine/echo/entry.ts';
import { encodeItems } from '../../main/engine/echo/items.ts';
import type { DataItem } from '../../main/engine/echo/replica.ts';
import { openLink } from '../../main/engine/invitation/link.ts';
import type { Link } from '../../main/engine/invitation/link.ts';
import { encodeMessage, END_REASONS, grantMessages } from '../../main/engine/invitation/messages.ts';
import type { GrantLetter, Message, MessageOf } from '../../main/engine/invitation/messages.ts';
import { BY_RELAY, sealSignal } from '../../main/engine/invitation/signals.ts';
import type { Signal } from '../../main/engine/invitation/signals.ts';
import { encodeFrame } from '../../main/engine/mesh/frames.ts';
import type { Frame } from '../../main/engine/mesh/frames.ts';
import { MemberHandshake } from '../../main/engine/mesh/handshake.ts';
import { encodeRelayFrame } from '../../main/engine/mesh/relay-frames.ts';
import { sealPadded } from '../../main/engine/mesh/sealed.ts';
import { sealAnnounce, sealCall } from '../../main/engine/mesh/signals.ts';
import type { Call } from '../../main/engine/mesh/signals.ts';
import type { Channel, Clock, Random } from '../../main/engine/ports.ts';
import { input } from './input.ts';
import type { Frozen } from './input.ts';

const id = (name: string) => input(name, 16);

// ---------------------------------------------------------------- entries

/** By their types, those that entries.json has; derive-more.ts sees to the others, and that none is missing. */
export const CONTROL = () =>
  ({
    Genesis: ['Genesis', { v: 1, nonce: input('nonce'), kind: 'shared', owners: [[utf8('certificate')]], policy: {} }],
    LogOpen: ['LogOpen', { deviceId: input('device'), incarnation: id('incarnation'), identityId: input('identity') }],
    MemberAdmit: [
      'MemberAdmit',
      { identityId: input('identity'), chain: [utf8('certificate')], role: 'editor', invId: id('invitation') },
    ],
    MemberRole: ['MemberRole', { identityId: input('identity'), role: 'reader' }],
    MemberRemove: ['MemberRemove', { identityId: input('identity') }],
    MemberLeave: ['MemberLeave', {}],
    IdentityUpdate: ['IdentityUpdate', { certs: [utf8('certificate')] }],
    KeyEpoch: ['KeyEpoch', { keyId: id('epoch'), wraps: [[input('device'), new Uint8Array(160).fill(7)]] }],
    SpaceDelete: ['SpaceDelete', {}],
  }) satisfies { readonly [T in ControlType]?: ControlOf<T> };

/** Each register operation, and text. */
const ITEMS = (): readonly DataItem[] => [
  [
    id('object'),
    {
      '/title': [0, 'Grüße'],
      '/done': [0, true],
      '/size': [0, 1.5],
      '/tags': [2, 'home'],
      '/old': [1],
      '/gone': [3, 'work', [[id('log'), 3]]],
      '/deep': [0, { list: [1, null, 'x'] }],
    },
    null,
  ],
  [id('note'), null, utf8('a text update')],
];

export function deriveEntries(): Frozen {
  const device = keys.deviceKeys(input('dms'));
  const space = keys.spaceId(utf8('genesis payload'));
  const logId = keys.logId(space, device.sign.pk, id('incarnation'));
  const { keyId, entryKey } = keys.epochKeys(input('K_e'), input('M_e'), space);
  const open = encodeControl(CONTROL().LogOpen);
  const common = { logId, wall: 1_800_000_000_123 };
  const first = signEntry(
    {
      ...common,
      kind: ENTRY_KIND.control,
      seq: 1,
      prev: NO_PREV,
      keyId: NO_KEY,
      deps: [],
      payloadLength: open.length,
      payloadHash: sha256(open),
    },
    space,
    device.sign.sk,
  );
  const place = { space, logId, seq: 2, prev: first.hash, keyId };
  const payload = sealPayload(entryKey, input('nonce', 24), place, encodeItems(ITEMS())) as Uint8Array;
  const other = id('other log');
  const second = signEntry(
    {
      ...common,
      kind: ENTRY_KIND.data,
      seq: 2,
      prev: first.hash,
      keyId,
      deps: [{ logId: other, log: toHex(other), seq: 41 }],
      payloadLength: payload.length,
      payloadHash: sha256(payload),
    },
    space,
    device.sign.sk,
  );
  return {
    control: Object.fromEntries(
      Object.values<Control>(CONTROL()).map((operation) => [operation[0], toHex(encodeControl(operation))]),
    ),
    items: toHex(encodeItems(ITEMS())),
    first: { header: toHex(first.bytes), payload: toHex(open), hash: toHex(first.hash) },
    second: { header: toHex(second.bytes), payload: toHex(payload), hash: toHex(second.hash) },
  };
}

// ---------------------------------------------------------------- member sessions

/** As CONTROL: those that sessions.json has. */
export const FRAMES = () =>
  ({
    hello: { type: 'hello', vMin: 1, vMax: 1, features: ['x'] },
    tags: { type: 'tags', tags: [input('tag', 8)] },
    'space-open': { type: 'space-open', channel: 1, tag: input('tag', 8) },
    'space-refuse': { type: 'space-refuse', tag: input('tag', 8), code: 'unknown' },
    bye: { type: 'bye', code: 'closing' },
    have: { type: 'have', heads: [[id('log'), 7, input('hash')]] },
    want: { type: 'want', ranges: [[id('log'), 1, 7]] },
    entries: { type: 'entries', entries: [[new Uint8Array(184), utf8('payload')], [new Uint8Array(184), null]] },
    applied: { type: 'applied', heads: [[id('log'), 7]] },
    ephemeral: { type: 'ephemeral', bytes: utf8('presence') },
    ping: { type: 'ping', nonce: 1 },
    pong: { type: 'pong', nonce: 0xffff_ffff },
  }) as const satisfies Readonly<Record<string, Frame>>;

export const CALLS = () => {
  const names = { nA: id('nA'), nB: id('nB') };
  return {
    offer: { type: 'offer', ...names, sdp: 'v=0 offer' },
    answer: { type: 'answer', ...names, sdp: 'v=0 answer' },
    candidate: { type: 'candidate', ...names, seq: 3, candidate: 'candidate:1', mid: '0' },
  } as const satisfies Readonly<Record<string, Call>>;
};

export function deriveSessions(): Frozen {
  const [one, two] = [keys.deviceKeys(input('dms')), keys.deviceKeys(input('dms 2'))] as const;
  const epoch = keys.epochKeys(input('K_e'), input('M_e'), keys.spaceId(utf8('genesis payload')));
  const seal = { ...epoch, topic: keys.topic(epoch.discovery, 20_000) };
  const from = { deviceId: one.sign.pk, box: one.box };
  const to = { deviceId: two.sign.pk, boxPk: two.box.pk };
  const announce = { instance: input('instance', 8), nA: id('nA'), boxPk: one.box.pk };
  return {
    frames: Object.fromEntries(Object.values<Frame>(FRAMES()).map((frame) => [frame.type, toHex(encodeFrame(frame))])),
    announceSha256: digest(sealAnnounce(seal, one.sign, announce, draws('announce'))),
    callsSha256: Object.fromEntries(
      Object.values<Call>(CALLS()).map((call) => [
        call.type,
        digest(sealCall(seal, from, to, call, draws(call.type))),
      ]),
    ),
    handshake: handshakeMessages(one, two, epoch.sessionPsk),
  };
}

function handshakeMessages(one: keys.DeviceKeys, two: keys.DeviceKeys, psk: Uint8Array): readonly string[] {
  const [fpDialer, fpListener] = [input('fingerprint of the dialer'), input('fingerprint of the listener')];
  const common = { topicKind: 'mqtt', psk, judge: () => true } as const;
  const dialer = new MemberHandshake({
    ...common,
    initiator: true,
    localFingerprint: fpDialer,
    remoteFingerprint: fpListener,
    self: { deviceId: one.sign.pk, instance: input('instance', 8), noise: one.noise },
    random: draws('dialer'),
  });
  const listener = new MemberHandshake({
    ...common,
    initiator: false,
    localFingerprint: fpListener,
    remoteFingerprint: fpDialer,
    self: { deviceId: two.sign.pk, instance: input('instance 2', 8), noise: two.noise },
    random: draws('listener'),
  });
  const messages: string[] = [];
  let next: Uint8Array | null | undefined = dialer.start();
  for (let to = listener; next; to = to === listener ? dialer : listener) {
    messages.push(toHex(next));
    next = to.handle(next).send;
  }
  return messages;
}

// ---------------------------------------------------------------- invitations

export const SIGNALS = () => {
  const names = { nG: id('nG'), nH: id('nH') };
  const candidate = { ...names, seq: 2, candidate: 'candidate:1', mid: '0' };
  return {
    hello: { type: 'hello', v: 1, nG: names.nG, caps: [] },
    here: { type: 'here', ...names, hostPk: input('hostPk'), busy: false },
    offer: { type: 'offer', ...names, sdp: 'v=0 offer' },
    answer: { type: 'answer', ...names, sdp: 'v=0 answer' },
    hostCandidate: { type: 'hostCandidate', ...candidate },
    guestCandidate: { type: 'guestCandidate', ...candidate },
    bye: { type: 'bye', nG: names.nG, reason: 'locked' },
    leave: { type: 'leave', nG: names.nG },
  } as const satisfies Readonly<Record<string, Signal>>;
};

/** Those that invitation-messages.json has. */
export const letter = (): GrantLetter => ({
  host: input('device'),
  spaceId: input('space'),
  grant: {
    genesis: [new Uint8Array(184), utf8('genesis')],
    control: [[new Uint8Array(184), utf8('control')]],
    keyRing: [new Uint8Array(64).fill(5)],
    role: 'editor',
    admitEntryHash: input('hash'),
  },
});

export const MESSAGES = () => {
  const part = { share: input('share'), ad: input('ad', 17) };
  const tag = new Uint8Array(64).fill(9);
  const [grant] = grantMessages(letter());
  return {
    PakeA: { type: 'PakeA', attempt: 1, ...part },
    PakeB: { type: 'PakeB', ...part },
    PakeOkA: { type: 'PakeOkA', tag },
    PakeOkB: { type: 'PakeOkB', tag },
    PakeBad: { type: 'PakeBad', left: 2 },
    AdmitReq: { type: 'AdmitReq', chain: [utf8('certificate')], deviceId: input('device'), sig: tag },
    AdmitWait: { type: 'AdmitWait' },
    AdmitGrant: grant as MessageOf<'AdmitGrant'>,
    AdmitNo: { type: 'AdmitNo', reason: 'refused' },
    AdmitAck: { type: 'AdmitAck' },
    Bye: { type: 'Bye', reason: 'timeout' },
  } as const satisfies Readonly<Record<string, Message>>;
};

export function deriveInvitationMessages(): Frozen {
  const { topic, signalKey } = keys.inviteKeys(id('S'), id('pkHash'));
  const key = { key: signalKey, topic };
  return {
    signalsSha256: Object.fromEntries(
      Object.values<Signal>(SIGNALS()).map((signal) => [
        signal.type,
        digest(sealSignal(key, draws(signal.type), signal)),
      ]),
    ),
    messages: Object.fromEntries(
      Object.values<Message>(MESSAGES()).map((message) => [message.type, toHex(encodeMessage(message))]),
    ),
  };
}

export function deriveEndReasons(): Frozen {
  const encoded = (type: 'AdmitNo' | 'Bye') =>
    Object.fromEntries(END_REASONS.map((reason) => [reason, toHex(encodeMessage({ type, reason }))]));
  return { AdmitNo: encoded('AdmitNo'), Bye: encoded('Bye') };
}

export function deriveRelay(): Frozen {
  const pair = keys.pairKeys(input('shared'), input('space'));
  const { dialer, listener } = keys.relayKeys(input('shared'), input('nA', 16), input('nB', 16));
  const frame = encodeRelayFrame({ number: 7, next: 5, seen: 0b1010, flags: 2, bytes: utf8('bytes') });
  return {
    pair: {
      keyId: toHex(pair.keyId),
      discovery: toHex(pair.discovery),
      signalKey: toHex(pair.signalKey),
      sessionPsk: toHex(pair.sessionPsk),
    },
    dialer: { topic: dialer.topic, key: toHex(dialer.key) },
    listener: { topic: listener.topic, key: toHex(listener.key) },
    frame: toHex(frame),
    sealed: digest(sealPadded(dialer, frame, draws('relay'))),
  };
}

/** What of a sync bundle is Cove's own; between head and end is libsodium's secretstream. */
export function deriveBundle(): Frozen {
  const { box, sign: maker } = keys.deviceKeys(input('dms'));
  const head = encodeHead([sealTo(box.pk, input('file key'), input('ephemeral'))]);
  const messages = [makerMessage(maker.pk, 1_790_000_000_000), spaceMessage(input('space'))];
  const digest = new Sha256();
  digest.update(head, ...messages.flatMap((message) => [u32be(message.length), message]));
  return {
    head: toHex(head),
    firstAd: toHex(sha256(head)),
    messages: messages.map(toHex),
    chunk: toHex(encodeChunk(utf8('sealed'))),
    signature: toHex(signBundle(maker.sk, digest.digest())),
  };
}

/** Flags as of a code for several people that names a broker. */
export function deriveInvitationRelay(): Frozen {
  const host = boxKeyPair(input('hostSk'));
  const own = keys.inviteKeys(id('S'), keys.invitePkHash(host.pk));
  const { dialer, listener } = keys.relayKeys(own.relay, id('nG'), id('nH'));
  const said: string[] = [];
  const names: string[] = [];
  const ends: ((message: Uint8Array) => void)[] = [];
  // As every channel through a meeting point, without fingerprints.
  const end = (to: 0 | 1): Channel => ({
    localFingerprint: new Uint8Array(0),
    remoteFingerprint: new Uint8Array(0),
    send: (message) => (said.push(toHex(message)), ends[to]?.(message)),
    buffered: () => 0,
    onMessage: (fn) => void (ends[1 - to] = fn),
    onClose: () => undefined,
    close: () => undefined,
  });
  const clock: Clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };
  const common = { kind: 'relayed', keys: own, flags: 10, clock, onFail: () => undefined } as const;
  const onOpen = ({ h }: Link): void => void names.push(toHex(h));
  openLink({ ...common, channel: end(0), host, random: draws('host'), onOpen });
  openLink({ ...common, channel: end(1), host: { pk: host.pk }, random: draws('guest'), onOpen });
  const hello: Signal = { type: 'hello', v: 1, nG: id('nG'), caps: [BY_RELAY] };
  return {
    relay: toHex(own.relay),
    guest: { topic: dialer.topic, key: toHex(dialer.key) },
    host: { topic: listener.topic, key: toHex(listener.key) },
    handshake: said,
    h: names,
    helloSha256: digest(sealSignal({ key: own.signalKey, topic: own.topic }, draws('hello'), hello)),
  };
}

/** What members carry for each other, in carry.json. */
export const CARRY_FRAMES = () => {
  const { topic } = keys.relayKeys(input('shared'), input('nA', 16), input('nB', 16)).dialer;
  return {
    'carry-open': { type: 'carry-open', topics: [topic] },
    'carry-close': { type: 'carry-close', topics: [topic] },
    carry: { type: 'carry', topic, bytes: utf8('sealed') },
    carried: { type: 'carried', topic, bytes: utf8('sealed') },
    'carry-heard': { type: 'carry-heard', topic, heard: true },
  } as const satisfies Readonly<Record<string, Frame>>;
};
export function deriveCarry(): Frozen {
  return Object.fromEntries(Object.values<Frame>(CARRY_FRAMES()).map((one) => [one.type, toHex(encodeFrame(one))]));
}

/** Deterministic draws, each block named by its place. */
function draws(name: string): Random {
  let count = 0;
  return { bytes: (length) => input(`${name} ${count++}`, length) };
}

const digest = (bytes: Uint8Array): string => toHex(sha256(bytes));

export { digest, draws };
