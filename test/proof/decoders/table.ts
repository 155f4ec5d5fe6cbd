/**
 * The decoders of bytes that come from a peer, a meeting point, a window, a person's clipboard or a file. A new decoder
 * gets a row here. Where bytes arrive sealed, the mutations are made inside the seal: an honest key in a hostile hand.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'cborg';
import * as Y from 'yjs';
import { Preferences } from '../../../main/bridge/preferences.ts';
import { answer } from '../../../main/bridge/router.ts';
import { takeJson } from '../../../main/client/files/take-json.ts';
import type { Handlers } from '../../../main/bridge/router.ts';
import { BlobOrder, encodeBlobChunk, encodeManifest } from '../../../main/engine/archive/blobs.ts';
import { readArchiveMessage } from '../../../main/engine/archive/messages.ts';
import { readManifest } from '../../../main/engine/blob/manifest.ts';
import { readMessage } from '../../../main/engine/bundle/messages.ts';
import { fromHex, toHex, utf8 } from '../../../main/engine/bytes.ts';
import { xchachaSeal } from '../../../main/engine/crypto/aead.ts';
import * as keys from '../../../main/engine/crypto/keys.ts';
import { decodeControl } from '../../../main/engine/echo/control.ts';
import { readDeps, readHeader } from '../../../main/engine/echo/entry.ts';
import { decodeItems } from '../../../main/engine/echo/items.ts';
import { parsePointer } from '../../../main/engine/echo/json-value.ts';
import { pad, unpad } from '../../../main/engine/echo/padding.ts';
import { Rejected } from '../../../main/engine/echo/replica.ts';
import { checkUpdate } from '../../../main/engine/echo/text-check.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { readCert } from '../../../main/engine/halo/cert.ts';
import { verifyChain } from '../../../main/engine/halo/chain.ts';
import { decodeItem, encodeItem } from '../../../main/engine/halo/keychain-item.ts';
import { entropyOf, phraseOf } from '../../../main/engine/halo/phrase.ts';
import { readShare } from '../../../main/engine/halo/share.ts';
import { encodeJoinFile, headOf, PartReader, readJoinFile } from '../../../main/engine/invitation/by-file/format.ts';
import { decodeCode, encodeCode } from '../../../main/engine/invitation/code.ts';
import { decodeMessage, grantMessages, readGrant } from '../../../main/engine/invitation/messages.ts';
import { openSignal as openInvitationSignal } from '../../../main/engine/invitation/signals.ts';
import { decodeCbor, encodeCbor } from '../../../main/engine/mesh/cbor.ts';
import { decodeFrame, FrameError } from '../../../main/engine/mesh/frames.ts';
import { Messages } from '../../../main/engine/mesh/messages.ts';
import { PresenceBoard } from '../../../main/engine/mesh/presence.ts';
import { openPadded } from '../../../main/engine/mesh/sealed.ts';
import { openCall, openSignal, sealAnnounce } from '../../../main/engine/mesh/signals.ts';
import { boxSeal } from '../../../main/engine/crypto/box.ts';
import { isLink } from '../../../main/shell/link.ts';
import { FramingError, MqttFraming } from '../../../native/mqtt/framing.ts';
import { judgeCandidate } from '../../../native/webrtc/candidates.ts';
import { acceptableDescription } from '../../../native/webrtc/description.ts';
import { documentRequest } from '../../../preload/contract/document.ts';
import { operations } from '../../../preload/contract/index.ts';
import { phraseAnswers, splitting } from '../../../preload/contract/phrase.ts';
import blobs from '../../vectors/blobs.json' with { type: 'json' };
import carry from '../../vectors/carry.json' with { type: 'json' };
import entries from '../../vectors/entries.json' with { type: 'json' };
import invitationMessages from '../../vectors/invitation-messages.json' with { type: 'json' };
import sessions from '../../vectors/sessions.json' with { type: 'json' };
import { Prng } from '../../engine/net/prng.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import { manifests } from '../../vectors/derive-blobs.ts';
import { input } from '../../vectors/input.ts';
import { person, device } from '../../engine/log/fixture.ts';
import { ofMembers } from './members.ts';
import { ofNetwork } from './network.ts';
import type { Decoder } from './trial.ts';

const hexes = (values: Readonly<Record<string, string>>): Uint8Array[] => Object.values(values).map(fromHex);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const refusal =
  (...kinds: readonly (abstract new (...args: never[]) => Error)[]) =>
  (error: unknown) =>
    kinds.some((kind) => error instanceof kind);
/** What a window sends is structured; text that is no JSON arrives as a string. */
const value = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(text(bytes));
  } catch {
    return text(bytes);
  }
};
const json = (...values: readonly unknown[]): Uint8Array[] => values.map((one) => utf8(JSON.stringify(one)));

/** `folder`: for decoders of files. */
export function decoders(folder: string): readonly Decoder[] {
  return [
    ...ofEntries(),
    ...ofIdentity(),
    ...ofNetwork(),
    ...ofMembers(),
    ...ofSessions(),
    ...ofInvitations(),
    ...ofWindows(),
    ...ofFiles(folder),
  ];
}

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-decoders-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ofEntries(): Decoder[] {
  const logs = encodeDeps([input('one', 16), input('two', 16)].sort(Buffer.compare));
  const { updates, doc, client } = texts();
  const base = Y.encodeStateAsUpdate(doc);
  const clocks = (of: number): number => (of === client ? doc.getText('t:body').length : 0);
  return [
    { name: 'entry header', valid: [fromHex(entries.first.header), fromHex(entries.second.header)], read: readHeader },
    { name: 'version vector', valid: [logs], read: readDeps },
    { name: 'control operation', valid: hexes(entries.control), read: decodeControl },
    { name: 'items of a data entry', valid: [fromHex(entries.items)], read: decodeItems },
    { name: 'padded payload', valid: [pad(fromHex(entries.items)) as Uint8Array], read: unpad },
    { name: 'JSON pointer', valid: ['/title', '/a~1b/c~0d/0'].map(utf8), read: (bytes) => parsePointer(text(bytes)) },
    {
      // What passes is applied: Yjs must take it whole, with nothing left waiting for clocks that are not written yet.
      name: 'text update, its delete set included',
      valid: updates,
      refuses: refusal(Rejected),
      read(bytes) {
        checkUpdate(bytes, client, clocks);
        const copy = new Y.Doc({ gc: false });
        Y.applyUpdate(copy, base);
        Y.applyUpdate(copy, bytes);
        const { pendingStructs, pendingDs } = copy.store;
        if (pendingStructs !== null || pendingDs !== null) throw new Error('something waits in the document');
        return true;
      },
    },
  ];
}

/** One of halo/share.test.ts. */
const SHARE = 'coveshare1zq3sznff3j2pvctenpaa5ccy03u8097k4a6xznwuju0sfxv3g4';

function ofIdentity(): Decoder[] {
  const ana = person('decoders');
  device(ana, 'decoders 1').close();
  const chain = ana.certs;
  return [
    { name: 'certificate', valid: chain, read: readCert },
    {
      name: 'identity chain',
      valid: [encode(chain)],
      read: (bytes) => {
        const certs = tolerant(() => decodeCbor(bytes));
        return Array.isArray(certs) && certs.every((cert) => cert instanceof Uint8Array) ? verifyChain(certs) : null;
      },
    },
    {
      name: 'recovery phrase as typed',
      valid: [utf8(phraseOf(input('entropy', 16)).join(' '))],
      refuses: refusal(CoveError),
      read: (bytes) => entropyOf(text(bytes)),
    },
    {
      name: 'recovery share as typed',
      valid: [SHARE, `Ana’s share:\n${SHARE.toUpperCase()}\n`].map(utf8),
      refuses: refusal(CoveError),
      read: (bytes) => readShare(text(bytes)),
    },
    {
      name: 'keychain item',
      valid: [utf8(encodeItem({ dms: input('dms'), bootId: input('boot', 16), dbUuid: input('db', 16) }))],
      refuses: refusal(CoveError),
      read: (bytes) => decodeItem(text(bytes)),
    },
    {
      name: 'keychain item, inside its text',
      valid: [encode({ v: 1, dms: input('dms'), bootId: input('boot', 16), dbUuid: input('db', 16) })],
      refuses: refusal(CoveError),
      read: (bytes) => decodeItem(Buffer.from(bytes).toString('base64url')),
    },
  ];
}

function ofSessions(): Decoder[] {
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

function ofInvitations(): Decoder[] {
  const { topic, signalKey } = keys.inviteKeys(input('S', 16), input('pkHash', 16));
  const code = encodeCode({
    kind: 'space',
    multiUse: true,
    expires: 1_800_000_000_000 - (1_800_000_000_000 % 60_000),
    address: { ip: '192.168.1.7', port: 1883 },
    url: 'mqtts://meet.example:8883/x',
    secret: input('S', 16),
    pkHash: input('pkHash', 16),
  });
  const letter = {
    host: input('device'),
    spaceId: input('space'),
    grant: {
      genesis: [new Uint8Array(184), utf8('genesis')] as const,
      control: [[new Uint8Array(184), utf8('control')] as const],
      keyRing: [new Uint8Array(64).fill(5)],
      role: 'editor' as const,
      admitEntryHash: input('hash'),
    },
  };
  const names = { nG: input('nG', 16), nH: input('nH', 16) };
  const signals = [
    [1, { v: 1, nG: names.nG, caps: [] }],
    [2, { ...names, hostPk: input('hostPk'), busy: false }],
    [3, { ...names, sdp: 'v=0 offer' }],
    [5, { ...names, seq: 2, candidate: 'candidate:1', mid: '0' }],
    [7, { nG: names.nG, reason: 'locked' }],
  ] as const;
  return [
    {
      name: 'invitation code with text around it',
      valid: [code, `Join me: cove://join#${code}.`, `<${code.toUpperCase()}>`].map(utf8),
      refuses: refusal(CoveError),
      read: (bytes) => decodeCode(text(bytes)),
    },
    { name: 'deep link', valid: [utf8(`cove://join#${code}`)], read: (bytes) => isLink(text(bytes)) },
    { name: 'invitation message', valid: hexes(invitationMessages.messages), read: decodeMessage },
    {
      name: 'grant',
      valid: [Buffer.concat(grantMessages(letter).map(({ part }) => part))],
      read: readGrant,
    },
    {
      name: 'file of a join without a network, its parts still sealed',
      valid: [1, 2, 3].map((parts) =>
        encodeJoinFile(
          headOf(3, input('id', 16)),
          ...Array<Uint8Array>(parts).fill(Uint8Array.of(0, 0, 0, 3, 1, 2, 3)),
        ),
      ),
      refuses: refusal(CoveError),
      read: (bytes) => new PartReader(readJoinFile(bytes)).left > 0,
    },
    {
      name: 'signal of an invitation, inside its seal',
      valid: signals.map(([number, fields]) => Buffer.concat([Uint8Array.of(number), encode(fields)])),
      read: (bytes) => {
        const body = bytes.subarray(1);
        const plain = new Uint8Array(8192 - 41);
        new DataView(plain.buffer).setUint16(0, body.length);
        plain.set(body.subarray(0, plain.length - 2), 2);
        const number = Uint8Array.of(bytes[0] ?? 0);
        const nonce = input('nonce', 24);
        const aad = Buffer.concat([utf8(topic), number]);
        const message = Buffer.concat([number, nonce, xchachaSeal(signalKey, nonce, aad, plain)]);
        return openInvitationSignal({ key: signalKey, topic }, message);
      },
    },
  ];
}

function ofWindows(): Decoder[] {
  let reached = false;
  const handler = () => void (reached = true);
  const nothing = Object.fromEntries(Object.keys(operations).map((name) => [name, handler])) as unknown as Handlers;
  const call = answer(nothing);
  const [space, note] = [toHex(input('space')), toHex(input('note', 16))];
  const caller = { contents: undefined as never };
  return [
    {
      name: 'request of a window',
      valid: json(
        { name: 'spaces.create', input: { name: 'Garden' } },
        { name: 'notes.rename', input: { spaceId: space, noteId: note, title: 'Plums' } },
        { name: 'notes.search', input: { spaceId: space, text: 'plum', limit: 5 } },
        { name: 'invitations.create', input: { spaceId: space, role: 'editor' } },
      ),
      // It answers with a promise that never rejects: a rejection ends the run as an error outside of any test. What is
      // taken reaches its handler before the first wait.
      read(bytes) {
        reached = false;
        void call(value(bytes), caller);
        return reached;
      },
    },
    {
      name: 'request for a document',
      valid: json(
        { type: 'push', version: 3, updates: [{ changes: [4, [2, 'ab'], 3], clientId: 'w1' }] },
        { type: 'cursor', anchor: 3, head: 4, version: 9 },
        { type: 'blur' },
      ),
      read: (bytes) => documentRequest.safeParse(value(bytes)).success,
    },
    {
      name: 'answers of the phrase window',
      valid: json([0, 4, 11].map((index) => ({ index, word: 'abandon' }))),
      read: (bytes) => phraseAnswers.safeParse(value(bytes)).success,
    },
    {
      name: 'splitting in the phrase window',
      valid: json(
        { threshold: 2, shares: 3, phrase: null },
        { threshold: 2, shares: 3, phrase: { shares: [SHARE] } },
        { threshold: 2, shares: 3, phrase: { words: Array.from({ length: 12 }, () => 'abandon') } },
      ),
      read: (bytes) => splitting.safeParse(value(bytes)).success,
    },
  ];
}

function ofFiles(folder: string): Decoder[] {
  const settings = join(folder, 'preferences.json');
  const saved = join(folder, 'saved.json');
  const ids = [toHex(input('one', 16)), toHex(input('two', 16))] as const;
  return [
    {
      // What passes is made by the engine, which judges values as it does a window's.
      name: 'JSON that a person takes in',
      valid: json({
        cove: 1,
        objects: [
          { id: ids[0], fields: { type: 'note', title: 'Plums' }, texts: { body: 'in the cellar' } },
          { id: ids[1], fields: { type: 'task', of: [{ $ref: ids[0] }], done: false, weight: 1.5, more: { a: null } } },
        ],
      }),
      refuses: refusal(CoveError),
      async read(bytes) {
        writeFileSync(saved, bytes);
        await takeJson(NOWHERE, saved, {});
        return true;
      },
    },
    {
      name: 'settings file',
      valid: json({ theme: 'dark', meetingPoints: ['mqtts://meet.example'], meetingPointPort: 1883 }),
      read: (bytes) => {
        writeFileSync(settings, bytes);
        return new Preferences(settings).values.theme === 'dark';
      },
    },
  ];
}

/** Makes nothing of what it is told to make. */
const NOWHERE = {
  batch: (fn: () => void) => fn(),
  create: () => toHex(input('made', 16)),
  update: () => undefined,
  remove: () => undefined,
  flush: () => undefined,
} as unknown as Parameters<typeof takeJson>[0];

/** Updates of one author that go on from `doc`, with insertions and deletions in several places. */
function texts(): { updates: Uint8Array[]; doc: Y.Doc; client: number } {
  const doc = new Y.Doc({ gc: false });
  const client = 7;
  doc.clientID = client;
  doc.getText('t:body').insert(0, 'The quick brown fox jumps over the lazy dog.');
  const updates = [0, 1, 2, 3].map((i) => {
    const copy = new Y.Doc({ gc: false });
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
    copy.clientID = client;
    let made: Uint8Array = new Uint8Array();
    copy.on('update', (update: Uint8Array) => (made = update));
    copy.transact(() => {
      if (i !== 1) copy.getText('t:body').insert(4 + i, `word ${i} `);
      if (i > 0) copy.getText('t:body').delete(2 * i, 3);
    });
    return made;
  });
  return { updates, doc, client };
}

function encodeDeps(logs: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(logs.flatMap((log, i) => [log, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, i + 1)]));
}

function tolerant<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
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
