/**
 * Padding of data payloads: the ciphertext's length tells its size class and no more (protocol §6.1).
 *
 *   plaintext = u32 n ‖ n bytes ‖ zeros to the next class;  c₀ = 64, cₖ₊₁ = ⌊3cₖ/2⌋, the top class is the limit
 */
import { u32be } from '../bytes.ts';
import { ECHO } from './limits.ts';

/** Bytes of an entry's payload, nonce and tag included (protocol §6.6). */
export const PAYLOAD_LIMIT = ECHO.payload;
/** 24-byte nonce and 16-byte tag around the padded plaintext. */
const CIPHER_OVERHEAD = 40;
const TOP = PAYLOAD_LIMIT - CIPHER_OVERHEAD;
/** The most content one entry carries. */
export const CONTENT_LIMIT = TOP - 4;

/** The padded plaintext, or null when the content is over the limit. */
export function pad(content: Uint8Array): Uint8Array | null {
  if (content.length > CONTENT_LIMIT) return null;
  const out = new Uint8Array(sizeClass(content.length + 4));
  out.set(u32be(content.length));
  out.set(content, 4);
  return out;
}

/** The content, or null when length, class or zeros are not what `pad` makes. */
export function unpad(padded: Uint8Array): Uint8Array | null {
  if (padded.length < 4) return null;
  const length = new DataView(padded.buffer, padded.byteOffset, 4).getUint32(0);
  if (length > padded.length - 4 || sizeClass(length + 4) !== padded.length) return null;
  for (let i = 4 + length; i < padded.length; i++) if (padded[i] !== 0) return null;
  return padded.subarray(4, 4 + length);
}

function sizeClass(length: number): number {
  let size = 64;
  while (size < length) size = Math.floor((size * 3) / 2);
  return Math.min(size, TOP);
}
