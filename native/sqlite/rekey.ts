/** Another key for a database file that nobody has open, and what opens such a file. */
import Database from 'better-sqlite3';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { nativeBinding } from './native-binding.ts';

export function rekey(path: string, from: Uint8Array, to: Uint8Array): void {
  const database = keyed(path, from);
  try {
    database.pragma('journal_mode = DELETE');
    database.pragma(`rekey = ${literal(to)}`);
  } finally {
    database.close();
  }
}

/** What SQLite finds wrong with it; undefined: nothing. */
export function damageIn(path: string, key: Uint8Array): string | undefined {
  const database = keyed(path, key);
  try {
    const found = String(database.pragma('integrity_check(1)', { simple: true }));
    return found === 'ok' ? undefined : found;
  } finally {
    database.close();
  }
}

export function keyed(path: string, key: Uint8Array): Database.Database {
  const database = new Database(path, nativeBinding());
  database.pragma("cipher = 'chacha20'");
  database.pragma(`key = ${literal(key)}`);
  database.pragma('locking_mode = EXCLUSIVE'); // else a copy, which is in WAL mode, wants a file of shared memory
  database.pragma('temp_store = MEMORY'); // temporary files would be plaintext
  try {
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite takes raw keys as hexadecimal text only. */
const literal = (key: Uint8Array): string => `"x'${Buffer.from(key).toString('hex')}'"`;

export function sync(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
