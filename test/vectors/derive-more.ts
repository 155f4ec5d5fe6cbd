/**
 * What sessions.json, invitation-messages.json, entries.json and keys.json do not have, in files of their own. The
 * tables are held to the codecs' types: a message without a vector does not compile.
 */
import { toHex, utf8 } from '../../main/engine/bytes.ts';
import * as keys from '../../main/engine/crypto/keys.ts';
import { CipherState } from '../../main/engine/crypto/noise.ts';
import { encodeControl } from '../../main/engine/echo/control.ts';
import type { Control, ControlOf, ControlType } from '../../main/engine/echo/control.ts';
import type { SpaceObjects, StoredObject } from '../../main/engine/echo/object-types.ts';
import { grantOf, put, putGrant } from '../../main/engine/halo/records.ts';
import type { RecordKind } from '../../main/engine/halo/records.ts';
import { encodeGrant, encodeMessage } from '../../main/engine/invitation/messages.ts';
import type { GrantLetter, Message, MessageOf, MessageType } from '../../main/engine/invitation/messages.ts';
import type { SignalOf, SignalType } from '../../main/engine/invitation/signals.ts';
import { encodeFrame } from '../../main/engine/mesh/frames.ts';
import type { Frame, FrameType } from '../../main/engine/mesh/frames.ts';
import { Messages } from '../../main/engine/mesh/messages.ts';
import { PresenceBoard } from '../../main/engine/mesh/presence.ts';
import type { PresenceData } from '../../main/engine/mesh/presence.ts';
import { SecureChannel } from '../../main/engine/mesh/secure-channel.ts';
import { sealCall, sealNotice } from '../../main/engine/mesh/signals.ts';
import type { Call, FarewellSignal } from '../../main/engine/mesh/signals.ts';
import type { Channel } from '../../main/engine/ports.ts';
import { encodeBeacon } from '../../native/lan/beacon.ts';
import { keyCheck } from '../../native/sqlite/vault.ts';
import { BLOB_FRAMES } from './derive-blobs.ts';
import { CALLS, CARRY_FRAMES, CONTROL, digest, draws, FRAMES, letter, MESSAGES, SIGNALS } from './derive-messages.ts';
import { input } from './input.ts';
import type { Frozen } from './input.ts';

const FAREWELL = () =>
  [
  [new Uint8Array(184).fill(1), utf8('opening')],
  [new Uint8Array(184).fill(2), utf8('removal')],
] as const;

const NAMED_POINTS: ControlOf<'MeetingPoints'> = [
  'MeetingPoints',
  { urls: ['mqtts://meet.example', 'mqtts://[2001:db8::7]:8884'] },
];
export const deriveMeetingPoints = (): Frozen => ({ MeetingPoints: toHex(encodeControl(NAMED_POINTS)) });

const MORE_CONTROL = () => ({
  ForkProof: [
    'ForkProof',
    {
      logId: input('log', 16),
      deviceId: input('device'),
      incarnation: input('incarnation', 16),
      a: [new Uint8Array(184).fill(1)],
      b: [new Uint8Array(184).fill(2), new Uint8Array(184).fill(3)],
    },
  ],
}) satisfies { readonly [T in ControlType]?: ControlOf<T> };

type CallType = (Call | FarewellSignal)['type'];
const MORE_CALLS = () => ({
  farewell: { type: 'farewell', nA: input('nA', 16), entries: FAREWELL() },
}) as const satisfies { readonly [T in CallType]?: (Call | FarewellSignal) & { readonly type: T } };

const NOTICE = () => ({ type: 'notice', certs: [utf8('certificate'), utf8('revocation')] }) as const;

const tag = new Uint8Array(64).fill(9);
const MORE_MESSAGES = () => ({
  LinkReq: {
    type: 'LinkReq',
    deviceId: input('device'),
    noisePk: input('noise'),
    boxPk: input('box'),
    name: 'Büro',
    sig: tag,
  },
  LinkTerms: { type: 'LinkTerms', identityId: input('identity'), by: input('device'), prev: [input('hash')] },
  LinkPop: { type: 'LinkPop', pop: tag },
}) as const satisfies { readonly [T in MessageType]?: MessageOf<T> };

/** Every type there is, from the codecs' own tables. */
export const COMPLETE = () => ({
  control: { ...CONTROL(), ...MORE_CONTROL(), MeetingPoints: NAMED_POINTS } satisfies { readonly [T in ControlType]: ControlOf<T> },
  frames: { ...FRAMES(), ...CARRY_FRAMES(), ...BLOB_FRAMES(), notice: NOTICE() } satisfies { readonly [T in FrameType]: Frame & { readonly type: T } },
  calls: { ...CALLS(), ...MORE_CALLS() } satisfies {
    readonly [T in CallType]: (Call | FarewellSignal) & { readonly type: T };
  },
  signals: SIGNALS() satisfies { readonly [T in SignalType]: SignalOf<T> },
  messages: { ...MESSAGES(), ...MORE_MESSAGES() } satisfies { readonly [T in MessageType]: MessageOf<T> },
});

const linked = (): GrantLetter => ({
  ...letter(),
  link: { chain: [utf8('genesis'), utf8('admit')], backupKey: input('backup'), haloRecovery: input('recovery') },
});

/** A device's coming to an identity: by a code, and by the phrase alone. */
export function deriveDevices(): Frozen {
  const { invId, topic, signalKey, psk, host, pkHash } = keys.recoveryKeys(input('recovery'), 20_000);
  return {
    messages: Object.fromEntries(
      Object.values<Message>(MORE_MESSAGES()).map((message) => [message.type, toHex(encodeMessage(message))]),
    ),
    grant: toHex(encodeGrant(linked())),
    recoveryOfDay20000: {
      invId: toHex(invId),
      topic,
      signalKey: toHex(signalKey),
      psk: toHex(psk),
      hostPk: toHex(host.pk),
      hostSk: toHex(host.sk),
      pkHash: toHex(pkHash),
    },
    records: Object.fromEntries(Object.entries(RECORDS).map(([kind, write]) => [kind, written(write)])),
  };
}

const RECORDS: Readonly<Record<RecordKind, (objects: SpaceObjects) => void>> = {
  space: (objects) => void putGrant(objects, toHex(input('space')), toHex(input('epoch', 16)), letter()),
  device: (objects) => put(objects, 'device', toHex(input('device')), { name: 'Büro' }),
  contact: (objects) => put(objects, 'contact', toHex(input('identity')), { verifiedAt: 1_800_000_000_000 }),
};

/** The fields of the one record that `write` makes. */
function written(write: (objects: SpaceObjects) => void): Frozen {
  const made: Record<string, unknown>[] = [];
  const record = (): StoredObject | undefined =>
    made[0] && ({ id: 'id', type: made[0]['type'], fields: made[0] } as unknown as StoredObject);
  const objects: Partial<SpaceObjects> = {
    query: () => [record()].filter((one) => one !== undefined),
    create: (fields) => (made.push({ ...fields }), 'id'),
    update: (_, fields) => void Object.assign(made[0] as object, fields),
    set: (_, path, value) => void ((made[0] as Record<string, unknown>)[path.slice(1)] = value),
    batch: (fn) => fn(),
  };
  write(objects as SpaceObjects);
  const one = record() as StoredObject;
  if (one.type === 'space' && grantOf(one) === null) throw new Error('a grant that cannot be read again');
  return made[0] as Frozen;
}

/** Between members: what is said to a device that was removed or revoked, the next key of a long session, and who is here. */
export function deriveMembers(): Frozen {
  const [one, two] = [keys.deviceKeys(input('dms')), keys.deviceKeys(input('dms 2'))] as const;
  const epoch = keys.epochKeys(input('K_e'), input('M_e'), keys.spaceId(utf8('genesis payload')));
  const seal = { ...epoch, topic: keys.topic(epoch.discovery, 20_000) };
  const from = { deviceId: one.sign.pk, box: one.box };
  const to = { deviceId: two.sign.pk, boxPk: two.box.pk };
  const refusal = { type: 'space-refuse', tag: input('tag', 8), code: 'not-a-member', farewell: FAREWELL() } as const;
  const beacon = { nonce: input('nonce', 8), tags: [input('one', 6), input('two', 6)], port: 18_830, asks: true };
  return {
    control: Object.fromEntries(
      Object.values<Control>(MORE_CONTROL()).map((one) => [one[0], toHex(encodeControl(one))]),
    ),
    callsSha256: Object.fromEntries(
      Object.values<Call | FarewellSignal>(MORE_CALLS()).map((call) => [
        call.type,
        digest(sealCall(seal, from, to, call, draws(call.type))),
      ]),
    ),
    noticeSha256: digest(sealNotice(seal, [utf8('certificate'), utf8('revocation')], draws('notice'))),
    refusal: toHex(encodeFrame(refusal)),
    rekeyed: rekeyed(),
    presence: [{ objectId: 'note', field: 'body', anchor: 3, head: 5 }, null].map(presence),
    beacon: encodeBeacon(beacon).map(toHex),
    databaseCheck: toHex(keyCheck(input('key'), input('nonce', 16))),
  };
}

/** Two messages, the first of which is the last under its key. */
function rekeyed(): string[] {
  const sent: string[] = [];
  const channel: Channel = {
    localFingerprint: input('one'),
    remoteFingerprint: input('other'),
    send: (message) => void sent.push(toHex(message)),
    buffered: () => 0,
    onMessage: () => undefined,
    onClose: () => undefined,
    close: () => undefined,
  };
  const [tx, rx] = [new CipherState(input('tx')), new CipherState(input('rx'))];
  const secure = new SecureChannel(channel, { tx, rx, rekeyBytes: 1 });
  for (const text of ['before', 'after']) secure.send(1, utf8(text));
  return sent;
}

function presence(data: PresenceData | null): string {
  const said: string[] = [];
  const board = new PresenceBoard({
    clock: { now: () => 0, monotonic: () => 0, after: () => () => undefined },
    send: (_, message) => void said.push(toHex(message)),
    identityOf: () => undefined,
  });
  board.set('space', data);
  return said.join();
}

/** What programs post in a space, inside an `ephemeral` frame. */
export function deriveMessages(): Frozen {
  const said: string[] = [];
  const messages = new Messages({
    clock: { now: () => 0, monotonic: () => 0, after: () => () => undefined },
    log: () => undefined,
    send: (_, bytes) => void said.push(toHex(encodeFrame({ type: 'ephemeral', bytes }))),
    readerOf: () => undefined,
  });
  messages.post('space', 'chess', { move: ['e2', 'e4'], clock: 12.5, check: false });
  messages.post('space', 'ping', null);
  return { frames: said };
}

/** To a device that nobody there knows. */
export function deriveUnknown(): Frozen {
  const [one, two] = [keys.deviceKeys(input('dms')), keys.deviceKeys(input('dms 2'))] as const;
  const epoch = keys.epochKeys(input('K_e'), input('M_e'), keys.spaceId(utf8('genesis payload')));
  const seal = { ...epoch, topic: keys.topic(epoch.discovery, 20_000) };
  const [from, to] = [
    { deviceId: one.sign.pk, box: one.box },
    { deviceId: two.sign.pk, boxPk: two.box.pk },
  ];
  const answer = { type: 'farewell', nA: input('nA', 16), entries: [] } as const;
  return {
    answerSha256: digest(sealCall(seal, from, to, answer, draws('unknown'))),
    notice: toHex(encodeFrame(NOTICE())),
  };
}
