/** Another key for a database file that nobody has open, and what opens such a file. */
import type Database from 'better-sqlite3';
import { literal, openKeyed } from './keyed.ts';

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

/** Open, and known to be opened by the key. */
export function keyed(path: string, key: Uint8Array): Database.Database {
  const database = openKeyed({ path }, key);
  try {
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
