/**
 * Sealed payloads of many entries in one smaller form, from which each is made again bit for bit: the random nonces as
 * they are, the contents without seals and padding, compressed together. The row of such an entry has an empty payload.
 *
 *   pack = version u8 (1) | entryKey 32 | count u16 | count × (seq u64 | nonce 24) | deflate(count × (length u32 | content))
 *
 * The entries are of one log and one epoch, and follow each other. The epoch's key stands beside them, so that losing its
 * row in a damaged database loses none of them. It is a form at rest in the profile's database, and never sent.
 */
import { deflateSync, inflateSync } from 'fflate';
import { concat, u32be, u64be } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { hasPayload, openPayload, sealPayload } from './entry.ts';
import type { Header } from './entry.ts';

const VERSION = 1;
const HEAD_BYTES = 35;
const PLACE_BYTES = 32;

/** What a payload is made of, besides its key and its place. */
export interface PayloadParts {
  readonly seq: number;
  readonly nonce: Uint8Array;
  readonly content: Uint8Array;
}
export interface PayloadPack {
  readonly entryKey: Uint8Array;
  readonly payloads: readonly PayloadParts[];
}

export function encodePack({ entryKey, payloads }: PayloadPack): Uint8Array {
  const places = payloads.flatMap(({ seq, nonce }) => [u64be(seq), nonce]);
  const contents = payloads.flatMap(({ content }) => [u32be(content.length), content]);
  const head = Uint8Array.of(VERSION, ...entryKey, payloads.length >> 8, payloads.length & 255);
  return concat(head, ...places, deflateSync(concat(...contents), { level: 9 }));
}

/** Throws CoveError('database-damaged') for bytes that `encodePack` has not made. */
export function decodePack(bytes: Uint8Array): PayloadPack {
  try {
    if (bytes[0] !== VERSION) throw new Error('not a pack');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const count = view.getUint16(HEAD_BYTES - 2);
    const contents = inflateSync(bytes.subarray(HEAD_BYTES + count * PLACE_BYTES));
    const lengths = new DataView(contents.buffer, contents.byteOffset, contents.length);
    let at = 0;
    const payloads = Array.from({ length: count }, (_, i) => {
      const place = HEAD_BYTES + i * PLACE_BYTES;
      const from = at + 4;
      at = from + lengths.getUint32(at);
      if (at > contents.length) throw new Error('not a pack');
      const nonce = bytes.slice(place + 8, place + PLACE_BYTES);
      return { seq: Number(view.getBigUint64(place)), nonce, content: contents.subarray(from, at) };
    });
    return { entryKey: bytes.slice(1, 33), payloads };
  } catch (error) {
    throw new CoveError('database-damaged', {}, error);
  }
}

/** Whether a row's payload is in a pack. Anybody may sign an entry over an empty payload: that one is stored as it is. */
export const isPacked = (header: Header, stored: Uint8Array | null): boolean =>
  stored?.length === 0 && header.payloadLength > 0;

/** The parts of a payload; undefined for one that the key does not open, or that could not be made again from them. */
export function takeApart(
  spaceId: Uint8Array,
  header: Header,
  payload: Uint8Array,
  entryKey: Uint8Array,
): PayloadParts | undefined {
  const content = openPayload(entryKey, { space: spaceId, ...header }, payload);
  const parts = content && { seq: header.seq, nonce: payload.slice(0, 24), content };
  return parts && makeAgain(spaceId, header, parts, entryKey) ? parts : undefined;
}

/** The very payload that the header names; undefined when these parts are not its. */
export function makeAgain(
  spaceId: Uint8Array,
  header: Header,
  { seq, nonce, content }: PayloadParts,
  entryKey: Uint8Array,
): Uint8Array | undefined {
  if (seq !== header.seq) return undefined;
  const payload = sealPayload(entryKey, nonce, { space: spaceId, ...header }, content);
  return payload && hasPayload(header, payload) ? payload : undefined;
}
