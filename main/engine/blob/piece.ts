/**
 * The one message of which there are thousands, each of 52 KiB: written and read without a copy of its bytes. It is the
 * CBOR of every frame (mesh/frames.ts); what is written in another way is left to the general decoder.
 *
 *   85 18 id | 58 20 hash 32 | total uint | offset uint | bytes
 */
import type { BlobFrame } from './frames.ts';
import { BLOB } from './limits.ts';

type Piece = Extract<BlobFrame, { type: 'blob-piece' }>;

const HASH_AT = 5;
const AFTER_HASH = HASH_AT + 32;

/** What stands before the bytes, and these. */
export function encodePiece(id: number, { hash, total, offset, bytes }: Piece): readonly [Uint8Array, Uint8Array] {
  const head = [
    0x85,
    0x18,
    id,
    0x58,
    32,
    ...hash,
    ...number(0, total),
    ...number(0, offset),
    ...number(2, bytes.length),
  ];
  return [Uint8Array.from(head), bytes];
}

/** Undefined: not a piece, or not as it is written here. Its bytes are those of the message. */
export function readPiece(id: number, message: Uint8Array): Piece | undefined {
  if (message.length < AFTER_HASH + 3 || message.length > AFTER_HASH + 15 + BLOB.piece) return undefined;
  if (message[0] !== 0x85 || message[1] !== 0x18 || message[2] !== id || message[3] !== 0x58 || message[4] !== 32)
    return undefined;
  const total = readNumber(message, AFTER_HASH, 0);
  const offset = total && readNumber(message, total.end, 0);
  const length = offset && readNumber(message, offset.end, 2);
  if (!length || length.end + length.value !== message.length) return undefined;
  if (total.value < 1 || total.value > BLOB.block || offset.value > BLOB.block) return undefined;
  if (length.value < 1 || length.value > BLOB.piece) return undefined;
  const hash = message.slice(HASH_AT, AFTER_HASH);
  return { type: 'blob-piece', hash, total: total.value, offset: offset.value, bytes: message.subarray(length.end) };
}

/** The head of an item (RFC 8949 §3), as short as it can be. Below 2³². */
function number(major: number, value: number): readonly number[] {
  const type = major << 5;
  if (value < 24) return [type | value];
  if (value < 0x100) return [type | 24, value];
  if (value < 0x1_0000) return [type | 25, value >>> 8, value & 255];
  return [type | 26, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** Its inverse: undefined for another type, for more than 32 bits, and for what could be shorter. */
function readNumber(bytes: Uint8Array, at: number, major: number): { value: number; end: number } | undefined {
  const head = bytes[at] ?? 0xff;
  const info = head & 31;
  if (head >> 5 !== major || info > 26) return undefined;
  if (info < 24) return { value: info, end: at + 1 };
  const width = 1 << (info - 24);
  let value = 0;
  for (let i = 1; i <= width; i++) value = value * 256 + (bytes[at + i] ?? Number.NaN);
  const least = [24, 0x100, 0x1_0000][info - 24] as number;
  return value >= least ? { value, end: at + 1 + width } : undefined;
}
