/**
 * The one door to libsodium (WASM). Every primitive of Cove comes through here, because Electron's
 * BoringSSL lacks some of them and because different Ed25519 verifiers accept different signatures.
 */
import sodium from 'libsodium-wrappers-sumo';

/** Resolves when the WASM module is usable; call it once before anything else in `crypto/`. Idempotent. */
export function ready(): Promise<void> {
  return sodium.ready;
}

/** Overwrites a secret that is no longer needed. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) sodium.memzero(secret);
}

export { sodium };
