/** XChaCha20-Poly1305: entry payloads and everything sealed on meeting points. 24-byte nonces may be random. */
import { sodium } from './sodium.ts';

/** Bytes that sealing adds. */
export const SEAL_OVERHEAD = 16;

/** Ciphertext ‖ 16-byte tag. */
export function xchachaSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, aad, null, nonce, key);
}

/** The plaintext, or null when key, nonce, aad or ciphertext do not belong together. */
export function xchachaOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | null {
  if (nonce.length !== 24 || ciphertext.length < SEAL_OVERHEAD) return null;
  try {
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, aad, nonce, key);
  } catch {
    return null;
  }
}
