/**
 * Ed25519. `verify` is the only verifier in Cove: libraries disagree on crafted signatures (torsion
 * components, small-order keys), so two verifiers would let one writer split the members of a space.
 */
import { concat } from '../bytes.ts';
import { sodium } from './sodium.ts';

export interface KeyPair {
  readonly pk: Uint8Array;
  readonly sk: Uint8Array;
}

/** From a 32-byte seed; `sk` is libsodium's 64-byte form (seed ‖ pk). */
export function signKeyPair(seed: Uint8Array): KeyPair {
  const pair = sodium.crypto_sign_seed_keypair(seed);
  return { pk: pair.publicKey, sk: pair.privateKey };
}

/** 64-byte signature over the concatenated parts; the first part is a label. */
export function sign(sk: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return sodium.crypto_sign_detached(concat(...parts), sk);
}

/** False for anything that is not a valid signature, wrong lengths included; never throws. */
export function verify(pk: Uint8Array, signature: Uint8Array, ...parts: readonly Uint8Array[]): boolean {
  if (pk.length !== 32 || signature.length !== 64) return false;
  try {
    return sodium.crypto_sign_verify_detached(signature, concat(...parts), pk);
  } catch {
    return false;
  }
}
