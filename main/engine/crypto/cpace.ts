/**
 * CPace (draft-irtf-cfrg-cpace-21, ristretto255 + SHA-512, initiator-responder): turns a six-digit code into
 * a strong shared key, one guess per run. `sid` is the Noise handshake hash, so a relayed run fails.
 * Never export K and never log the ISK.
 */
import { lp, lv, utf8 } from '../bytes.ts';
import { hmacSha512, sha512 } from './hash.ts';
import { sodium, wipe } from './sodium.ts';

const DSI = utf8('CPaceRistretto255');
const DSI_ISK = utf8('CPaceRistretto255_ISK');
const DSI_MAC = utf8('CPaceMac');
/** SHA-512's input block: the code is padded to it, so that its length does not show in hashing time. */
const HASH_BLOCK = 128;

export interface CpaceInput {
  /** The password-related string: ASCII digits of the authentication code. */
  readonly prs: Uint8Array;
  /** Channel identifier. */
  readonly ci: Uint8Array;
  /** Session identifier. */
  readonly sid: Uint8Array;
}
export interface CpaceShare {
  /** y: wipe after use. */
  readonly secret: Uint8Array;
  /** Y, to be sent: 32 bytes. */
  readonly share: Uint8Array;
}
export interface CpaceTranscript {
  readonly ya: Uint8Array;
  readonly ada: Uint8Array;
  readonly yb: Uint8Array;
  readonly adb: Uint8Array;
}

/** One side's share; `random` is 32 fresh bytes. */
export function cpaceStart(input: CpaceInput, random: Uint8Array): CpaceShare {
  if (random.length !== 32) throw new RangeError('a CPace scalar needs 32 random bytes');
  const secret = random.slice();
  secret[31] = (secret[31] as number) & 0x0f; // 252 bits, below the group order (draft, ristretto255 sample_scalar)
  const generator = cpaceGenerator(input);
  return { secret, share: sodium.crypto_scalarmult_ristretto255(secret, generator) };
}

/** The intermediate session key, 64 bytes; null when the other side's share is no valid point: abort. */
export function cpaceFinish(
  sid: Uint8Array,
  secret: Uint8Array,
  remoteShare: Uint8Array,
  transcript: CpaceTranscript,
): Uint8Array | null {
  const point = scalarMultVerify(secret, remoteShare);
  if (!point) return null;
  const { ya, ada, yb, adb } = transcript;
  const isk = sha512(lv(DSI_ISK, sid, point), lv(ya, ada), lv(yb, adb));
  wipe(point);
  return isk;
}

/** Explicit key confirmation: each side sends the MAC over its own share and associated data. 64 bytes. */
export function cpaceConfirmation(
  sid: Uint8Array,
  isk: Uint8Array,
  share: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const key = sha512(DSI_MAC, sid, isk);
  const tag = hmacSha512(key, lv(share, associated));
  wipe(key);
  return tag;
}

/** The generator that only holders of the code know. */
export function cpaceGenerator({ prs, ci, sid }: CpaceInput): Uint8Array {
  const padding = Math.max(0, HASH_BLOCK - lp(prs).length - lp(DSI).length - 1);
  const text = lv(DSI, prs, new Uint8Array(padding), ci, sid);
  const generator = sodium.crypto_core_ristretto255_from_hash(sha512(text));
  wipe(text);
  return generator;
}

/** scalar_mult_vfy of the draft: null for encodings that are no point and for the identity. */
export function scalarMultVerify(secret: Uint8Array, point: Uint8Array): Uint8Array | null {
  if (point.length !== 32 || !sodium.crypto_core_ristretto255_is_valid_point(point)) return null;
  try {
    const product = sodium.crypto_scalarmult_ristretto255(secret, point);
    return sodium.is_zero(product) ? null : product;
  } catch {
    return null; // libsodium throws when the product is the identity
  }
}
