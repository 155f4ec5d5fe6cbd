/**
 * The Keychain port on the system's own: macOS Keychain, Windows Credential Manager, Secret Service on
 * Linux, through keytar. Nothing is swallowed: an absent or locked keychain must never look like an
 * empty one, or a new identity would be written over an old one.
 */
import keytar from 'keytar';
import { CoveError } from '../../main/engine/errors.ts';
import type { Keychain } from '../../main/engine/ports.ts';

const SERVICE = 'cove';

export interface SystemKeychainOptions {
  /** How long to wait for an answer, ms: long enough to type the keyring's password into its prompt. */
  readonly timeout?: number;
}

export function createKeychain({ timeout = 30_000 }: SystemKeychainOptions = {}): Keychain {
  return {
    get: (account) => answer(timeout, () => keytar.getPassword(SERVICE, account)),
    set: (account, secret) => answer(timeout, () => keytar.setPassword(SERVICE, account, secret)),
    async delete(account) {
      await answer(timeout, () => keytar.deletePassword(SERVICE, account));
    },
  };
}

/** The Secret Service hangs for as long as an unlock prompt is open, for ever when nobody can see it. */
async function answer<T>(timeout: number, ask: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CoveError('keychain-locked', { reason: 'no answer' })), timeout);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    throw keychainError(error);
  } finally {
    clearTimeout(timer);
  }
}

/** libsecret, Security.framework and wincred report by message only. */
const LOCKED = /locked|dismissed|cancel|interaction is not allowed|not logged on/i;

function keychainError(error: unknown): CoveError {
  if (error instanceof CoveError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CoveError(LOCKED.test(message) ? 'keychain-locked' : 'keychain-missing', { reason: message }, error);
}
