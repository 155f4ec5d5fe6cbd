/**
 * The Keychain port on the system's own: macOS Keychain, Windows Credential Manager, Secret Service on
 * Linux, through keytar. Nothing is swallowed: an absent or locked keychain must never look like an
 * empty one, or a new identity would be written over an old one.
 */
import keytar from 'keytar';
import { CoveError } from '../../main/engine/errors.ts';
import type { Keychain } from '../../main/engine/ports.ts';

const SERVICE = 'cove';
/** No profile's: those are hexadecimal. */
const PROOF = 'is-it-open';

export interface SystemKeychainOptions {
  /** How long to wait for an answer, ms: long enough to type the keyring's password into its prompt. */
  readonly timeout?: number;
}

export function createKeychain({ timeout = 30_000 }: SystemKeychainOptions = {}): Keychain {
  const read = (account: string) => answer(timeout, () => keytar.getPassword(SERVICE, account));
  return {
    async get(account) {
      const found = await read(account);
      if (found !== null || process.platform !== 'linux') return found;
      await proveOpen(timeout);
      return read(account); // the keyring may have been unlocked for the proof only
    },
    set: (account, secret) => answer(timeout, () => keytar.setPassword(SERVICE, account, secret)),
    async delete(account) {
      await answer(timeout, () => keytar.deletePassword(SERVICE, account));
    },
  };
}

/**
 * libsecret gives the same null for an item that is not there and for one whose keyring is locked when the prompt to
 * unlock it was dismissed (`secret_service_lookup_sync` drops that outcome). Only writing tells: a locked keyring
 * refuses it, after one more prompt. (keytar's findCredentials reads locked items and crashes on them.)
 */
async function proveOpen(timeout: number): Promise<void> {
  await answer(timeout, () => keytar.setPassword(SERVICE, PROOF, 'open'));
  await answer(timeout, () => keytar.deletePassword(SERVICE, PROOF));
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
  // What they say is for the log: `detail` goes to the windows.
  return new CoveError(LOCKED.test(message) ? 'keychain-locked' : 'keychain-missing', {}, error);
}
