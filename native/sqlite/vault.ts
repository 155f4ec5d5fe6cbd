/**
 * The Storage port on SQLite, encrypted as a whole (sqlite3mc, chacha20). One vault is one profile's
 * database file; opening it takes an exclusive lock that the operating system drops with the process,
 * so that a second instance is told and a killed one leaves nothing behind.
 */
import type Database from 'better-sqlite3';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { LABEL } from '../../main/engine/crypto/labels.ts';
import { CoveError } from '../../main/engine/errors.ts';
import type { Storage, StorageVault } from '../../main/engine/ports.ts';
import { checkWhole, needsCheck } from './check.ts';
import { fileNote } from './crash-note.ts';
import { databaseError } from './database-error.ts';
import { openDatabaseFile } from './database-file.ts';
import type { DatabaseFile } from './database-file.ts';
import { openKeyed } from './keyed.ts';
import type { KeyedOptions } from './keyed.ts';
import { finishReplacing, isReplacing } from './replace.ts';
import { createStorage } from './storage.ts';
import type { OnDisk } from './storage.ts';

export interface VaultOptions extends KeyedOptions {
  /** The database file; its folder is made when absent. */
  readonly path: string;
  /** Hears of a disk that is full or fails, and of its recovery; and of damage that is met after the opening. */
  readonly onDisk?: OnDisk;
  /** Bytes up to which each opening reads the whole database to find damage. */
  readonly checkUpTo?: number;
  /** Only for measuring and for tests of the checkers; see protocol §6.5 and §6.7. */
  readonly unsafe?: { readonly plaintext?: boolean; readonly synchronous?: 'NORMAL' | 'OFF' };
}

/** Files SQLite keeps beside the database, our key check, the crash note and the sign that damage was met. */
export const COMPANIONS = ['', '-wal', '-shm', '-journal', '.key-check', '.applying', '.suspect'] as const;

export function createVault(options: VaultOptions): StorageVault {
  const { path } = options;
  return {
    exists: () => existsSync(path) || isReplacing(path),
    open(key) {
      if (key.length !== 32) throw new RangeError('a database key has 32 bytes');
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        finishReplacing(path);
        if (!existsSync(path)) writeFileSync(checkPath(path), newKeyCheck(key), { mode: 0o600, flush: true });
      } catch (error) {
        throw databaseError(error);
      }
      return openDatabase(options, key);
    },
    discard() {
      for (const suffix of COMPANIONS) rmSync(path + suffix, { force: true });
    },
  };
}

function openDatabase(options: VaultOptions, key: Uint8Array): Storage {
  const toBeChecked = needsCheck(options.path, options.checkUpTo);
  let file: DatabaseFile | undefined;
  let database: Database.Database | undefined;
  try {
    file = openDatabaseFile(options.path);
    database = openKeyed(options, key);
    readFirstPage(database, options.path, key);
    for (const [name, value] of settings(options)) database.pragma(`${name} = ${value}`);
    database.exec('BEGIN IMMEDIATE; COMMIT');
    if (toBeChecked) checkWhole(database, options.path);
    return createStorage(database, { file, crashNote: fileNote(`${options.path}.applying`), onDisk: options.onDisk });
  } catch (error) {
    database?.close();
    file?.close();
    throw databaseError(error);
  }
}

/** Whether another process has this database open. */
export function isInUse(path: string): boolean {
  if (!existsSync(path)) return false;
  const database = openKeyed({ path }, new Uint8Array(32));
  try {
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return false;
  } catch (error) {
    return (databaseError(error) as { type?: unknown }).type === 'profile-in-use';
  } finally {
    database.close();
  }
}

function settings(options: VaultOptions): readonly (readonly [name: string, value: string])[] {
  return [
    ['journal_mode', 'WAL'],
    // better-sqlite3 is compiled with NORMAL for WAL, which loses acknowledged commits on a power cut (protocol §6.5, R1).
    ['synchronous', options.unsafe?.synchronous ?? 'FULL'],
    ['fullfsync', '1'], // macOS: fsync alone does not reach the platter; no effect elsewhere
    ['checkpoint_fullfsync', '1'],
    ['foreign_keys', 'ON'],
    ['secure_delete', 'ON'],
    ['cache_size', '-16384'], // 16 MiB: decrypted pages are dear
    ['journal_size_limit', '67108864'],
    ['trusted_schema', 'OFF'],
  ];
}

/** SQLite says NOTADB for a wrong key and for a damaged first page alike; the key check tells them apart. */
function readFirstPage(database: Database.Database, path: string, key: Uint8Array): void {
  try {
    database.prepare('SELECT count(*) FROM sqlite_master').get();
  } catch (error) {
    if ((error as { code?: string }).code !== 'SQLITE_NOTADB') throw error;
    throw new CoveError(keyCheckPasses(path, key) ? 'database-damaged' : 'wrong-key', {}, error);
  }
}

// The key check: 16 random bytes and HMAC-SHA-256 of them under the key. It says nothing about a random 256-bit key.

const checkPath = (path: string): string => `${path}.key-check`;

/** nonce 16 B ‖ tag 32 B */
export function keyCheck(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  return Buffer.concat([nonce, createHmac('sha256', key).update(LABEL.databaseCheck).update(nonce).digest()]);
}

/** For a database that came to its place in another way than `open`. */
export function writeKeyCheck(path: string, key: Uint8Array): void {
  writeFileSync(checkPath(path), newKeyCheck(key), { mode: 0o600 });
}

function newKeyCheck(key: Uint8Array): Uint8Array {
  return keyCheck(key, randomBytes(16));
}

function keyCheckPasses(path: string, key: Uint8Array): boolean {
  if (!existsSync(checkPath(path))) return false;
  const stored = readFileSync(checkPath(path));
  return stored.length === 48 && timingSafeEqual(stored, keyCheck(key, stored.subarray(0, 16)));
}
