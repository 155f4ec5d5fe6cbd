/**
 * The messages of a member session (protocol §4), one CBOR array each: `[type, …]`. Logical channel 0 carries
 * the session's own messages, channels 1–255 one open space each, so that no message names a space.
 *
 *   01 Hello     vMin, vMax, features        both, first
 *   02 Tags      [tag8]                      both, again whenever spaces or epochs change
 *   03 SpaceOpen channel, tag8               the dialer asks, the listener answers with its own tag
 *   04 SpaceRefuse tag8, code, farewell?     instead of an answer, or later, when the peer is no member any more
 *   80 Notice      certs                    to a device that is turned out because it was revoked
 *   05 Bye       code                        last
 *   10 Have      [[logId, seq, headHash]]    all heads at open, then changes
 *   11 Want      [[logId, from, to]]
 *   12 Entries   [[header, payload|null]]
 *   13 Applied   [[logId, seq]]              stored durably by the sender: "up to date with N devices"
 *   20 Ephemeral bytes                       never stored: presence.ts, messages.ts
 *   30 BlobWant  [hash]                      these four only where both said `blobs` in Hello: see blob/
 *   31 BlobPiece hash, total, offset, bytes  of a block of `total` bytes, in order
 *   32 BlobLack  [hash]                      asked for and not here
 *   33 BlobHave  [hash]                      asked for in vain before, and here now
 *   7e Ping  7f Pong   nonce u32
 *   90 CarryOpen [topic]    what to pass on to the sender, of what others say       91 CarryClose [topic]
 *   92 Carry topic, bytes   to be passed on      93 Carried topic, bytes   passed on      94 CarryHeard topic, heard
 *
 * Reserved and not agreed on in version 1: 14 KeyReq, 15 KeyGrant, 16 ForkProof.
 * Types from 0x80 on may be ignored by whoever does not know them; any other unknown type ends the session.
 */
import { z } from 'zod';
import type { BlobFrame } from '../blob/frames.ts';
import { BLOB } from '../blob/limits.ts';
import type { LogHead, LogRange, RawEntry } from '../echo/replica.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { encodePiece, readPiece } from '../blob/piece.ts';
import { CERT_LIMITS } from '../halo/cert.ts';
import { MESH } from './limits.ts';

/** Why a session or a space was ended; for the log and for the peer's back-off, never shown to people. */
export const BYE_CODES = {
  closing: 'This Cove stops.',
  duplicate: 'Another session with the same device stays.',
  version: 'No common protocol version.',
  protocol: 'A message that an honest peer does not send.',
  violation: 'An entry that an honest peer does not write, or a limit.',
  'unknown-device': 'Not a member here, and nothing came that proves otherwise.',
  'not-a-member': 'No longer a member, or a revoked device.',
  full: 'Too many sessions, or too many links in the only space that is shared.',
} as const;
export type ByeCode = keyof typeof BYE_CODES;

export type Frame =
  | { readonly type: 'hello'; readonly vMin: number; readonly vMax: number; readonly features: readonly string[] }
  | { readonly type: 'tags'; readonly tags: readonly Uint8Array[] }
  | { readonly type: 'space-open'; readonly channel: number; readonly tag: Uint8Array }
  | {
      readonly type: 'space-refuse';
      readonly tag: Uint8Array;
      readonly code: string;
      /** The entries that prove it to the peer: see echo/farewell.ts. */
      readonly farewell?: readonly RawEntry[] | undefined;
    }
  | { readonly type: 'bye'; readonly code: string }
  | { readonly type: 'have'; readonly heads: readonly LogHead[] }
  | { readonly type: 'want'; readonly ranges: readonly LogRange[] }
  | { readonly type: 'entries'; readonly entries: readonly RawEntry[] }
  | { readonly type: 'applied'; readonly heads: readonly (readonly [logId: Uint8Array, seq: number])[] }
  | { readonly type: 'ephemeral'; readonly bytes: Uint8Array }
  | { readonly type: 'ping' | 'pong'; readonly nonce: number }
  | BlobFrame
  /** Certificates for whom they concern: to be checked like any others. An older version ignores it. */
  | { readonly type: 'notice'; readonly certs: readonly Uint8Array[] }
  | CarryFrame;
/** Channel 0 too; an older version ignores them. */
export type CarryFrame =
  | { readonly type: 'carry-open' | 'carry-close'; readonly topics: readonly string[] }
  | { readonly type: 'carry' | 'carried'; readonly topic: string; readonly bytes: Uint8Array }
  | { readonly type: 'carry-heard'; readonly topic: string; readonly heard: boolean };
export type FrameType = Frame['type'];

/** The peer's bytes are not a message of this table. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const bytes = (min: number, max = min) =>
  z.instanceof(Uint8Array).refine((b) => b.length >= min && b.length <= max, `not ${min}–${max} bytes`);
const logId = bytes(16);
const tag = bytes(8);
const seq = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const code = z.string().max(32);
const topic = z.string().regex(/^[a-z2-7]{26}$/); // base32 of 16 bytes
const topics = z.tuple([z.array(topic).max(MESH.carryTopicsPerFrame)]);
const carried = z.tuple([topic, bytes(0, MESH.carryBytes)]);
const nonce = z.int().min(0).max(0xffff_ffff);
const hashes = z.tuple([z.array(bytes(32)).min(1).max(BLOB.hashes)]);
const entry = z.tuple([bytes(184, MESH.header), bytes(0, MESH.payload).nullable()]);

interface Row {
  readonly id: number;
  /** Where the message belongs: on channel 0 or on a space's channel. */
  readonly on: 'session' | 'space';
  readonly schema: z.ZodType<readonly unknown[]>;
  /** Field names in the order of the array, after the type. */
  readonly fields: readonly string[];
}

const TABLE: Readonly<Record<FrameType, Row>> = {
  hello: {
    id: 0x01,
    on: 'session',
    schema: z.tuple([z.int().min(1).max(255), z.int().min(1).max(255), z.array(z.string().max(32)).max(32)]),
    fields: ['vMin', 'vMax', 'features'],
  },
  tags: { id: 0x02, on: 'session', schema: z.tuple([z.array(tag).max(MESH.tags)]), fields: ['tags'] },
  'space-open': {
    id: 0x03,
    on: 'session',
    schema: z.tuple([z.int().min(1).max(255), tag]),
    fields: ['channel', 'tag'],
  },
  'space-refuse': {
    id: 0x04,
    on: 'session',
    schema: z.union([z.tuple([tag, code]), z.tuple([tag, code, z.array(entry).length(2)])]),
    fields: ['tag', 'code', 'farewell'],
  },
  bye: { id: 0x05, on: 'session', schema: z.tuple([code]), fields: ['code'] },
  have: {
    id: 0x10,
    on: 'space',
    schema: z.tuple([z.array(z.tuple([logId, seq, bytes(32)])).max(MESH.heads)]),
    fields: ['heads'],
  },
  want: {
    id: 0x11,
    on: 'space',
    schema: z.tuple([
      z.array(z.tuple([logId, seq, seq]).refine(([, from, to]) => from <= to, 'range runs backwards')).max(MESH.ranges),
    ]),
    fields: ['ranges'],
  },
  entries: {
    id: 0x12,
    on: 'space',
    schema: z.tuple([z.array(entry).max(MESH.entriesPerMessage)]),
    fields: ['entries'],
  },
  applied: {
    id: 0x13,
    on: 'space',
    schema: z.tuple([z.array(z.tuple([logId, seq])).max(MESH.heads)]),
    fields: ['heads'],
  },
  ephemeral: { id: 0x20, on: 'space', schema: z.tuple([bytes(0, MESH.ephemeral)]), fields: ['bytes'] },
  'blob-want': { id: 0x30, on: 'space', schema: hashes, fields: ['hashes'] },
  'blob-piece': {
    id: 0x31,
    on: 'space',
    schema: z.tuple([bytes(32), z.int().min(1).max(BLOB.block), z.int().min(0).max(BLOB.block), bytes(1, BLOB.piece)]),
    fields: ['hash', 'total', 'offset', 'bytes'],
  },
  'blob-lack': { id: 0x32, on: 'space', schema: hashes, fields: ['hashes'] },
  'blob-have': { id: 0x33, on: 'space', schema: hashes, fields: ['hashes'] },
  ping: { id: 0x7e, on: 'session', schema: z.tuple([nonce]), fields: ['nonce'] },
  pong: { id: 0x7f, on: 'session', schema: z.tuple([nonce]), fields: ['nonce'] },
  notice: {
    id: 0x80,
    on: 'session',
    schema: z.tuple([
      z.array(z.instanceof(Uint8Array).refine((b) => b.length <= CERT_LIMITS.bytes)).max(CERT_LIMITS.certs),
    ]),
    fields: ['certs'],
  },
  'carry-open': { id: 0x90, on: 'session', schema: topics, fields: ['topics'] },
  'carry-close': { id: 0x91, on: 'session', schema: topics, fields: ['topics'] },
  carry: { id: 0x92, on: 'session', schema: carried, fields: ['topic', 'bytes'] },
  carried: { id: 0x93, on: 'session', schema: carried, fields: ['topic', 'bytes'] },
  'carry-heard': { id: 0x94, on: 'session', schema: z.tuple([topic, z.boolean()]), fields: ['topic', 'heard'] },
};
const BY_ID = new Map(Object.entries(TABLE).map(([type, row]) => [row.id, { type, row }]));

export const isCarryFrame = (frame: Frame): frame is CarryFrame => TABLE[frame.type].id >= 0x90;

export const isBlobFrame = (frame: Frame): frame is BlobFrame => TABLE[frame.type].id >> 4 === 0x3;

export function encodeFrame(frame: Frame): Uint8Array {
  const row = TABLE[frame.type];
  const values = frame as unknown as Record<string, unknown>; // the table names this type's own fields
  const fields = row.fields.map((field) => values[field]);
  while (fields.length > 0 && fields.at(-1) === undefined) fields.pop(); // optional ones stand last
  return encodeCbor([row.id, ...fields]);
}

/** The bytes of `encodeFrame`, in pieces where that saves a copy of many. */
export const encodeParts = (frame: Frame): readonly Uint8Array[] =>
  frame.type === 'blob-piece' ? encodePiece(TABLE[frame.type].id, frame) : [encodeFrame(frame)];

/** The message, or null for an optional type that this version does not know. Throws FrameError. */
export function decodeFrame(channel: number, message: Uint8Array): Frame | null {
  const piece = channel === 0 ? undefined : readPiece(TABLE['blob-piece'].id, message);
  if (piece) return piece;
  let items: unknown;
  try {
    items = decodeCbor(message);
  } catch (error) {
    throw new FrameError('not strict CBOR', { cause: error });
  }
  if (!Array.isArray(items)) throw new FrameError('not a message');
  const [id, ...rest] = items as unknown[];
  const known = BY_ID.get(id as number);
  if (!known) {
    if (typeof id === 'number' && id >= 0x80 && id <= 0xff) return null;
    throw new FrameError('unknown message type');
  }
  const { type, row } = known;
  if ((row.on === 'session') !== (channel === 0)) throw new FrameError(`${type} on the wrong channel`);
  const parsed = row.schema.safeParse(rest);
  if (!parsed.success) throw new FrameError(`malformed ${type}`);
  const out: Record<string, unknown> = { type };
  parsed.data.forEach((value, i) => (out[row.fields[i] as string] = value));
  return out as unknown as Frame; // checked field by field against this type's schema
}
