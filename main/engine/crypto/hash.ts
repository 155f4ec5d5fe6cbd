/**
 * SHA-2, HMAC and HKDF over byte strings. Parts are hashed as their concatenation: callers put a
 * label first and length-prefix whatever has a variable length.
 */
import { concat, utf8 } from '../bytes.ts';
import { sodium } from './sodium.ts';

const joined = (parts: readonly Uint8Array[]): Uint8Array =>
  parts.length === 1 ? (parts[0] as Uint8Array) : concat(...parts);

/** SHA-256 of the concatenated parts: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return sodium.crypto_hash_sha256(joined(parts));
}

/** SHA-256 of what is not in memory all at once. */
export class Sha256 {
  readonly #state = sodium.crypto_hash_sha256_init();

  update(...parts: readonly Uint8Array[]): void {
    for (const part of parts) sodium.crypto_hash_sha256_update(this.#state, part);
  }

  /** 32 bytes; once, and nothing after it. */
  digest(): Uint8Array {
    return sodium.crypto_hash_sha256_final(this.#state);
  }
}

/** SHA-512 of the concatenated parts: 64 bytes. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return sodium.crypto_hash_sha512(joined(parts));
}

/** HMAC-SHA-256 with a key of any length (RFC 2104): 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = sodium.crypto_auth_hmacsha256_init(key);
  sodium.crypto_auth_hmacsha256_update(state, joined(parts));
  return sodium.crypto_auth_hmacsha256_final(state);
}

/** HMAC-SHA-512 with a key of any length: 64 bytes. */
export function hmacSha512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = sodium.crypto_auth_hmacsha512_init(key);
  sodium.crypto_auth_hmacsha512_update(state, joined(parts));
  return sodium.crypto_auth_hmacsha512_final(state);
}

/** RFC 5869 with SHA-256, extract and expand. `info` is a label of labels.ts. At most 8,160 bytes. */
export function hkdf(ikm: Uint8Array, salt: Uint8Array, info: string | Uint8Array, length: number): Uint8Array {
  if (length < 1 || length > 255 * 32) throw new RangeError('HKDF-SHA-256 gives 1 to 8,160 bytes');
  const context = typeof info === 'string' ? utf8(info) : info;
  const prk = hmacSha256(salt, ikm);
  const out = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0, counter = 1; at < length; at += 32, counter++) {
    block = hmacSha256(prk, block, context, Uint8Array.of(counter));
    out.set(block.subarray(0, Math.min(32, length - at)), at);
  }
  sodium.memzero(prk);
  return out;
}

/** BLAKE2b with a key of 16 to 64 bytes: 32 bytes. For what is large: in WASM it is twice as fast as SHA-256. */
export function blake2b(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = sodium.crypto_generichash_init(key, 32);
  for (const part of parts) sodium.crypto_generichash_update(state, part);
  return sodium.crypto_generichash_final(state, 32);
}
