/**
 * What goes over meeting points: sealed for one topic under a key, in one of five sizes, so that outside it looks
 * random and says nothing but when and how much (protocol §7).
 *
 *   nonce 24 ‖ AEAD(length u16 ‖ message ‖ zeros)
 */
import { concat, utf8 } from '../bytes.ts';
import { SEAL_OVERHEAD, xchachaOpen, xchachaSeal } from '../crypto/aead.ts';
import type { Random } from '../ports.ts';
import { MESH } from './limits.ts';

export interface Seal {
  readonly topic: string;
  readonly key: Uint8Array;
}

const NONCE = 24;
const LENGTH = 2;
/** Bytes that sealing adds before padding. */
export const PADDED_OVERHEAD = NONCE + SEAL_OVERHEAD + LENGTH;

/** Throws RangeError for what the largest size does not hold. */
export function sealPadded({ topic, key }: Seal, message: Uint8Array, random: Random): Uint8Array {
  const needed = PADDED_OVERHEAD + message.length;
  const size = MESH.signalSizes.find((candidate) => candidate >= needed);
  if (size === undefined) throw new RangeError('signal too long');
  const plain = new Uint8Array(size - NONCE - SEAL_OVERHEAD);
  plain.set([message.length >> 8, message.length & 255]);
  plain.set(message, LENGTH);
  const nonce = random.bytes(NONCE);
  return concat(nonce, xchachaSeal(key, nonce, utf8(topic), plain));
}

/** Null for whatever was not sealed for this topic under this key. */
export function openPadded({ topic, key }: Seal, sealed: Uint8Array): Uint8Array | null {
  if (!(MESH.signalSizes as readonly number[]).includes(sealed.length)) return null;
  const plain = xchachaOpen(key, sealed.subarray(0, NONCE), utf8(topic), sealed.subarray(NONCE));
  if (!plain) return null;
  const length = ((plain[0] as number) << 8) | (plain[1] as number);
  return plain.subarray(LENGTH, LENGTH + length);
}
