/**
 * The bytes of a beacon, one UDP message to everybody on the network:
 *
 *   "COVE" ‖ version u8 = 1 ‖ flags u8 ‖ port u16 ‖ nonce 8 B ‖ tags 6 B each        flags: 1 others are asked for theirs
 *
 * Numbers are big-endian. More tags than one message takes go into several with the same nonce. Nothing in it names a
 * person, a device or a space: tags say something only to whoever holds a space's key.
 */
import type { Beacon } from '../../main/engine/ports.ts';

export const NONCE_BYTES = 8;
export const TAG_BYTES = 6;
const MAGIC = new TextEncoder().encode('COVE');
const VERSION = 1;
const ASKS = 1;
const HEADER = MAGIC.length + 1 + 1 + 2 + NONCE_BYTES;
/** One message stays below 1,232 bytes, which every IPv6 link carries in one piece (RFC 8200 §5). */
export const TAGS_PER_MESSAGE = 200;

export interface BeaconMessage extends Beacon {
  readonly port: number;
  readonly asks: boolean;
}

/** What a message says, in either way. */
export interface Told {
  /** Others are to say theirs. */
  readonly asks: boolean;
  /** Of who said it; undefined: it did not say. */
  readonly nonce: Uint8Array | undefined;
  readonly beacon?: Beacon & { readonly port: number };
}

/** One or more messages; the first asks, if any does. */
export function encodeBeacon({ nonce, tags, port, asks }: BeaconMessage): Uint8Array[] {
  if (nonce.length !== NONCE_BYTES || tags.some((tag) => tag.length !== TAG_BYTES))
    throw new RangeError('not a beacon');
  const messages: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < tags.length; at += TAGS_PER_MESSAGE) {
    const part = tags.slice(at, at + TAGS_PER_MESSAGE);
    const bytes = new Uint8Array(HEADER + part.length * TAG_BYTES);
    bytes.set(MAGIC);
    bytes.set([VERSION, asks && at === 0 ? ASKS : 0, port >> 8, port & 0xff], MAGIC.length);
    bytes.set(nonce, HEADER - NONCE_BYTES);
    part.forEach((tag, i) => bytes.set(tag, HEADER + i * TAG_BYTES));
    messages.push(bytes);
  }
  return messages;
}

export const isBeacon = (bytes: Uint8Array): boolean =>
  bytes[MAGIC.length] === VERSION && MAGIC.every((byte, i) => bytes[i] === byte);

/** undefined for anything else that is sent to the same port. */
export function decodeBeacon(bytes: Uint8Array): Told | undefined {
  const tagBytes = bytes.length - HEADER;
  if (tagBytes < 0 || tagBytes % TAG_BYTES !== 0 || tagBytes > TAGS_PER_MESSAGE * TAG_BYTES) return undefined;
  if (!isBeacon(bytes)) return undefined;
  const [flags, high, low] = bytes.subarray(MAGIC.length + 1) as unknown as [number, number, number];
  const port = (high << 8) | low;
  if (port === 0) return undefined;
  const tags = Array.from({ length: tagBytes / TAG_BYTES }, (_, i) =>
    bytes.slice(HEADER + i * TAG_BYTES, HEADER + (i + 1) * TAG_BYTES),
  );
  const nonce = bytes.slice(HEADER - NONCE_BYTES, HEADER);
  return { asks: (flags & ASKS) !== 0, nonce, beacon: { nonce, tags, port } };
}
