/** Rows of table.ts for what devices of members say: frames, bundles and archives, signals at a meeting point, and what carries them. */
import { BlobOrder, encodeBlobChunk, encodeManifest } from '../../../main/engine/archive/blobs.ts';
import { readArchiveMessage } from '../../../main/engine/archive/messages.ts';
import { readManifest } from '../../../main/engine/blob/manifest.ts';
import { readMessage } from '../../../main/engine/bundle/messages.ts';
import { toHex, utf8 } from '../../../main/engine/bytes.ts';
import { xchachaSeal } from '../../../main/engine/crypto/aead.ts';
import * as keys from '../../../main/engine/crypto/keys.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { decodeCbor, encodeCbor } from '../../../main/engine/mesh/cbor.ts';
import { decodeFrame, FrameError } from '../../../main/engine/mesh/frames.ts';
import { Messages } from '../../../main/engine/mesh/messages.ts';
import { PresenceBoard } from '../../../main/engine/mesh/presence.ts';
import { openPadded } from '../../../main/engine/mesh/sealed.ts';
import { openCall, openSignal, sealAnnounce } from '../../../main/engine/mesh/signals.ts';
import { boxSeal } from '../../../main/engine/crypto/box.ts';
import { FramingError, MqttFraming } from '../../../native/mqtt/framing.ts';
import { judgeCandidate } from '../../../native/webrtc/candidates.ts';
import { acceptableDescription } from '../../../native/webrtc/description.ts';
import blobs from '../../vectors/blobs.json' with { type: 'json' };
import carry from '../../vectors/carry.json' with { type: 'json' };
import entries from '../../vectors/entries.json' with { type: 'json' };
import sessions from '../../vectors/sessions.json' with { type: 'json' };
import { Prng } from '../../engine/net/prng.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import { manifests } from '../../vectors/derive-blobs.ts';
import { input } from '../../vectors/input.ts';
import { hexes, refusal, text, tolerant } from './row.ts';
import type { Decoder } from './trial.ts';

export function ofSessions(): Decoder[] {
  const [one, two] = [keys.deviceKeys(input('dms')), keys.deviceKeys(input('dms 2'))] as const;
  const epoch = keys.epochKeys(input('K_e'), input('M_e'), keys.spaceId(utf8('genesis payload')));
  const seal = { ...epoch, topic: keys.topic(epoch.discovery, 20_000) };
  const frames = [...hexes(sessions.frames), ...hexes(carry), ...hexes(blobs.frames)];
  const on = (channel: number): Uint8Array[] => frames.filter((frame) => tolerant(() => decodeFrame(channel, frame)));
  const sealed = (plain: Uint8Array): Uint8Array => {
    const room = new Uint8Array(8192 - 40);
    room.set([plain.length >> 8, plain.length & 255]);
    room.set(plain.subarray(0, room.length - 2), 2);
    const nonce = input('nonce', 24);
    return Buffer.concat([nonce, xchachaSeal(seal.signalKey, nonce, utf8(seal.topic), room)]);
  };
  const signed = (plain: Uint8Array): Uint8Array => {
    const [type, from, instance, nA, boxPk, , ...more] = decodeCbor(plain) as [unknown, unknown, ...Uint8Array[]];
    const announce = { instance, nA, boxPk } as Parameters<typeof sealAnnounce>[2];
    const message = sealAnnounce(seal, one.sign, announce, new Prng('announce'));
    const own = openPadded({ topic: seal.topic, key: seal.signalKey }, message) as Uint8Array;
    return encodeCbor([type, from, instance, nA, boxPk, (decodeCbor(own) as unknown[])[5], ...more]);
  };
  const directed = (boxed: Uint8Array) =>
    ({ type: 'directed', from: one.sign.pk, to: two.sign.pk, nonce: input('nonce', 24), boxed }) as const;
  return [
    { name: 'strict CBOR', valid: [...frames, ...hexes(entries.control)], read: decodeCbor, refuses: () => true },
    { name: 'session frame', valid: on(0), refuses: refusal(FrameError), read: (bytes) => decodeFrame(0, bytes) },
    { name: 'space frame', valid: on(1), refuses: refusal(FrameError), read: (bytes) => decodeFrame(1, bytes) },
    { name: 'manifest of a blob', valid: manifests(), read: readManifest },
    {
      name: 'message of a sync bundle, inside its seal',
      valid: [...on(1), encodeCbor([0, input('space')])].filter((one) => tolerant(() => readMessage(one, false))),
      refuses: refusal(CoveError),
      read: (bytes) => readMessage(bytes, false),
    },
    {
      name: 'first message of a sync bundle',
      valid: [encodeCbor([one.sign.pk, 1_790_000_000_000])],
      refuses: refusal(CoveError),
      read: (bytes) => readMessage(bytes, true),
    },
    {
      name: 'first message of an archive, inside its seal',
      valid: [encodeCbor([utf8('a genesis '.repeat(20)), [new Uint8Array(64), one.sign.sk], 1_790_000_000_000])],
      refuses: refusal(CoveError),
      read: (bytes) => readArchiveMessage(bytes, 'first'),
    },
    {
      name: 'message of an archive that brings a blob, inside its seal',
      valid: manifests().flatMap((block) => [encodeManifest(block), encodeBlobChunk(block)]),
      refuses: refusal(CoveError),
      read: (bytes) => {
        const message = readArchiveMessage(bytes, 'between');
        return message.type === 'manifest' ? new BlobOrder().manifest(message.block) : message;
      },
    },
    {
      name: 'last message of an archive, inside its seal',
      valid: [
        encodeCbor([input('state'), 7, one.sign.pk, new Uint8Array(64)]),
        encodeCbor([input('state'), 7, one.sign.pk, new Uint8Array(64), 3]),
      ],
      refuses: refusal(CoveError),
      read: (bytes) => readArchiveMessage(bytes, 'last'),
    },
    {
      name: 'announce at a meeting point, inside its seal',
      valid: [encodeCbor([0, one.sign.pk, input('i', 8), input('nA', 16), one.box.pk, new Uint8Array(64)])],
      // Signed after the mutation, where there is something to sign.
      read: (bytes) => openSignal(seal, sealed(tolerant(() => signed(bytes)) ?? bytes)),
    },
    {
      name: 'announce at a meeting point, its signature included',
      valid: [signed(encodeCbor([0, one.sign.pk, input('i', 8), input('nA', 16), one.box.pk, new Uint8Array(64)]))],
      sealed: true,
      read: (bytes) => {
        const read = openSignal(seal, sealed(bytes));
        return read?.type === 'announce' && read;
      },
    },
    {
      name: 'notice of certificates, inside its seal',
      valid: [encodeCbor([6, [200, 300].map((length) => new Prng('cert').bytes(length))]), encodeCbor([6, []])],
      read: (bytes) => openSignal(seal, sealed(bytes)),
    },
    {
      name: 'directed signal, inside its seal',
      valid: [encodeCbor([1, one.sign.pk, two.sign.pk, input('nonce', 24), new Uint8Array(100)])],
      read: (bytes) => openSignal(seal, sealed(bytes)),
    },
    {
      name: 'offer, answer, candidate and farewell, inside their box',
      valid: [
        encodeCbor([2, input('nA', 16), input('nB', 16), 'v=0 offer']),
        encodeCbor([4, input('nA', 16), input('nB', 16), 3, 'candidate:1', '0']),
        encodeCbor([
          5,
          input('nA', 16),
          [2, 3].map((n) => [new Prng(`header ${n}`).bytes(184), n === 2 ? null : input('p')]),
        ]),
      ],
      read: (bytes) =>
        openCall(directed(boxSeal(input('nonce', 24), bytes, two.box.pk, one.box.sk)), one.box.pk, two.box),
    },
    {
      name: 'presence',
      valid: [
        encodeCbor(['presence', { objectId: toHex(input('note', 16)), cursor: { field: 'body', anchor: 'AA==' } }]),
      ],
      read: (bytes) => {
        const board = new PresenceBoard({ clock: createVirtualClock(), send: () => undefined, identityOf: () => 'ab' });
        return board.receive('space', 'device', bytes);
      },
    },
    {
      name: 'message of a program',
      valid: [encodeCbor(['message', 'chess', { move: ['e2', 'e4'] }]), encodeCbor(['message', 'x', null])],
      read: (bytes) => {
        const clock = createVirtualClock();
        const messages = new Messages({ clock, log: () => undefined, send: () => undefined, readerOf: () => 'ab' });
        return messages.receive('space', 'device', bytes);
      },
    },
    {
      name: 'ICE candidate',
      valid: [
        'candidate:1 1 UDP 2114977791 127.0.0.1 54321 typ host',
        'a=candidate:2 1 udp 1 fd00::1 9 typ relay raddr 0',
      ].map(utf8),
      read: (bytes) => judgeCandidate(text(bytes), true) !== 'malformed',
    },
    {
      name: 'session description',
      valid: [utf8(DESCRIPTION)],
      read: (bytes) => acceptableDescription(text(bytes)),
    },
    {
      name: 'MQTT framing',
      valid: [Uint8Array.from([0x10, 4, 1, 2, 3, 4, 0x30, 0x82, 0x01, ...new Uint8Array(130), 0xc0, 0])],
      refuses: refusal(FramingError),
      read: (bytes) => new MqttFraming(512, 'skip').push(bytes),
    },
  ];
}

const DESCRIPTION = [
  'v=0',
  'o=rtc 3767197920 0 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:0',
  'a=setup:actpass',
  'a=ice-ufrag:4ZcD',
  'a=ice-pwd:2/1muCWoOi3uLifh0NuRHlTe',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':')}`,
  'a=sctp-port:5000',
  'a=max-message-size:262144',
  '',
].join('\r\n');
