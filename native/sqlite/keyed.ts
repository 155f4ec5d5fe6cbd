/** A connection with its key and its lock set, and nothing read yet. */
import Database from 'better-sqlite3';
import { nativeBinding } from './native-binding.ts';

export interface KeyedOptions {
  readonly path: string;
  /** How long to wait for another instance that is just closing, ms. */
  readonly lockTimeout?: number;
  /** Only for measuring and for tests of the checkers; see protocol §6.7. */
  readonly unsafe?: { readonly plaintext?: boolean };
}

export function openKeyed({ path, lockTimeout = 500, unsafe }: KeyedOptions, key: Uint8Array): Database.Database {
  const database = new Database(path, { timeout: lockTimeout, ...nativeBinding() });
  if (unsafe?.plaintext !== true) {
    database.pragma("cipher = 'chacha20'");
    database.pragma(`key = ${literal(key)}`);
  }
  // Exclusive before the first read: the lock is then held until close, and the WAL needs no shared memory file.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('temp_store = MEMORY'); // temporary files would be plaintext
  return database;
}

/** The one place where a secret becomes a string: SQLite takes raw keys as hexadecimal text only. */
export const literal = (key: Uint8Array): string => `"x'${Buffer.from(key).toString('hex')}'"`;
