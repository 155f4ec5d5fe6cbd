/**
 * All members of a space check the same signatures, and in one process a fleet does each of it a hundred times. What
 * libsodium has found for one device is said again to the others: the function is pure, and all that goes in is the key.
 */
import { sodium } from '../../../main/engine/crypto/sodium.ts';
import { remember } from '../../../main/engine/mesh/remember.ts';

/** More than are under way between all devices at a time. */
const KEPT = 16_384;

/** For as long as `fn` takes. */
export async function checkedOnce<T>(fn: () => Promise<T>): Promise<T> {
  const check = sodium.crypto_sign_verify_detached;
  const found = new Map<string, boolean>();
  sodium.crypto_sign_verify_detached = (signature, message, pk) => {
    const key = [signature, pk, message].map(text).join();
    let valid = found.get(key);
    if (valid === undefined) remember(found, key, (valid = check(signature, message, pk)), KEPT);
    return valid;
  };
  try {
    return await fn();
  } finally {
    sodium.crypto_sign_verify_detached = check;
  }
}

const text = (bytes: string | Uint8Array): string => Buffer.from(bytes as Uint8Array).toString('latin1');
