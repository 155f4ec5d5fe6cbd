/**
 * X25519 pairs, sealed boxes (epoch keys to a device) and authenticated boxes (signals between members).
 * Sealing takes its ephemeral key as an argument, so that the simulator replays byte for byte; the result is
 * what `crypto_box_seal` makes and `crypto_box_seal_open` opens.
 */
import { concat } from '../bytes.ts';
import type { KeyPair } from './sign.ts';
import { sodium } from './sodium.ts';

/** Bytes that `sealTo` adds: ephemeral key and tag. */
export const SEALED_BOX_OVERHEAD = 48;

/** The 32 bytes are the X25519 secret itself (clamped in use, RFC 7748). Also for Noise statics and invitation keys. */
export function boxKeyPair(secret: Uint8Array): KeyPair {
  return { pk: sodium.crypto_scalarmult_base(secret), sk: secret.slice() };
}

/** 32 bytes that only the holders of the two secrets can compute. `pk` of low order throws. */
export function sharedSecret(pk: Uint8Array, sk: Uint8Array): Uint8Array {
  return sodium.crypto_box_beforenm(pk, sk);
}

/** Anonymous: anyone may seal, only the holder of `pk`'s secret opens. `ephemeral` is 32 fresh random bytes. */
export function sealTo(pk: Uint8Array, message: Uint8Array, ephemeral: Uint8Array): Uint8Array {
  const pair = boxKeyPair(ephemeral);
  const sealed = sodium.crypto_box_easy(message, sealNonce(pair.pk, pk), pk, pair.sk);
  sodium.memzero(pair.sk);
  return concat(pair.pk, sealed);
}

/** The message, or null when it was not sealed to this pair. */
export function openSealed(pair: KeyPair, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < SEALED_BOX_OVERHEAD) return null;
  try {
    return sodium.crypto_box_seal_open(sealed, pair.pk, pair.sk);
  } catch {
    return null;
  }
}

/** Authenticated: `recipientPk` opens it with the sender's public key. The 24-byte nonce may be random. */
export function boxSeal(
  nonce: Uint8Array,
  message: Uint8Array,
  recipientPk: Uint8Array,
  senderSk: Uint8Array,
): Uint8Array {
  return sodium.crypto_box_easy(message, nonce, recipientPk, senderSk);
}

/** The message, or null when the sender or recipient is another. */
export function boxOpen(
  nonce: Uint8Array,
  sealed: Uint8Array,
  senderPk: Uint8Array,
  recipientSk: Uint8Array,
): Uint8Array | null {
  if (nonce.length !== 24 || senderPk.length !== 32 || sealed.length < 16) return null;
  try {
    return sodium.crypto_box_open_easy(sealed, nonce, senderPk, recipientSk);
  } catch {
    return null;
  }
}

/** The nonce of libsodium's sealed boxes: BLAKE2b-192(ephemeral pk ‖ recipient pk). */
function sealNonce(ephemeralPk: Uint8Array, recipientPk: Uint8Array): Uint8Array {
  return sodium.crypto_generichash(24, concat(ephemeralPk, recipientPk), null);
}
