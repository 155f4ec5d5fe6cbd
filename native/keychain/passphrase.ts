/**
 * The Keychain port without a system keychain: a file that only a passphrase opens. Chosen by the person,
 * never a silent fallback.
 *
 * File: "cove-pf1" ‖ salt 16 ‖ nonce 24 ‖ XChaCha20-Poly1305(JSON {account: secret}), the first 24 bytes authenticated.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { equal, fromUtf8, utf8 } from '../../main/engine/bytes.ts';
import { passwordKey } from '../../main/engine/crypto/password.ts';
import { ready, sodium, wipe } from '../../main/engine/crypto/sodium.ts';
import { CoveError } from '../../main/engine/errors.ts';
import type { Keychain } from '../../main/engine/ports.ts';
import { replaceFile } from '../durable-file.ts';

/** Where a keychain under a passphrase is, and the passphrase. */
export interface PassphraseKeychainOptions {
  readonly file: string;
  readonly passphrase: string;
}

const MAGIC = utf8('cove-pf1');
const SALT_END = 24;
const NONCE_END = 48;

/**
 * Its methods throw CoveError passphrase-wrong when the passphrase does not open the file, and keys-unreadable; those that
 * write it also disk-full, disk-failing, folder-read-only.
 */
export function createPassphraseKeychain({ file, passphrase }: PassphraseKeychainOptions): Keychain {
  /** Argon2id takes a good part of a second: once per salt. */
  let derived: { readonly salt: Uint8Array; readonly key: Uint8Array } | undefined;

  function keyFor(salt: Uint8Array): Uint8Array {
    if (derived === undefined || !equal(derived.salt, salt)) {
      const key = passwordKey(passphrase, salt);
      derived = { salt: salt.slice(), key };
    }
    return derived.key;
  }

  function read(): Record<string, string> {
    const bytes = readIfThere(file);
    if (bytes === undefined) return {};
    if (bytes.length < NONCE_END + 16 || !equal(bytes.subarray(0, MAGIC.length), MAGIC)) {
      throw new CoveError('keys-unreadable', { reason: 'damaged' });
    }
    const head = bytes.subarray(0, SALT_END);
    const key = keyFor(bytes.slice(MAGIC.length, SALT_END));
    let plain: Uint8Array;
    try {
      plain = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
        null,
        bytes.subarray(NONCE_END),
        head,
        bytes.subarray(SALT_END, NONCE_END),
        key,
      );
    } catch (error) {
      throw new CoveError('passphrase-wrong', {}, error);
    }
    const items = JSON.parse(fromUtf8(plain)) as Record<string, string>;
    wipe(plain);
    return items;
  }

  function write(items: Readonly<Record<string, string>>): void {
    const salt = derived?.salt ?? randomBytes(16);
    const nonce = randomBytes(24);
    const head = Buffer.concat([MAGIC, salt]);
    const plain = utf8(JSON.stringify(items));
    const sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, head, null, nonce, keyFor(salt));
    wipe(plain);
    replaceFile(file, Buffer.concat([head, nonce, sealed]));
  }

  return {
    async get(account) {
      await ready();
      return read()[account] ?? null;
    },
    async set(account, secret) {
      await ready();
      write({ ...read(), [account]: secret });
    },
    async delete(account) {
      await ready();
      const { [account]: removed, ...rest } = read();
      if (removed !== undefined) write(rest);
    },
  };
}

function readIfThere(file: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CoveError('keys-unreadable', { reason: String((error as NodeJS.ErrnoException).code) }, error);
  }
}
