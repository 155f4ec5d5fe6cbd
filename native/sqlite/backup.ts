/**
 * Backup files: the whole database in one file, compact, under the backup key that the recovery phrase gives. SQLite
 * makes the copy (VACUUM INTO: the backup API does not change keys), the cipher gives it its own key, and only what has
 * opened and passed the integrity check takes the name of a backup.
 */
import Database from 'better-sqlite3';
import { closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { CoveError } from '../../main/engine/errors.ts';
import type { StagedRestore } from '../../main/engine/halo/restore.ts';
import type { Storage } from '../../main/engine/ports.ts';
import { databaseError } from './database-error.ts';
import { createStorage } from './storage.ts';
import { nativeBinding, writeKeyCheck } from './vault.ts';

export interface BackupKeys {
  /** The database's own key. */
  readonly key: Uint8Array;
  readonly backupKey: Uint8Array;
}

/**
 * Whole or not at all; durable and checked when it resolves. Other work gets its turn between the steps, of which the
 * first alone needs `storage`. Throws CoveError: disk-full, disk-failing, folder-read-only, database-damaged.
 */
export async function writeBackup(storage: Storage, file: string, { key, backupKey }: BackupKeys): Promise<void> {
  const next = `${file}.next`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rmSync(next, { force: true });
    storage.exec(`VACUUM INTO '${next.replaceAll("'", "''")}'`);
    await turn();
    rekey(next, key, backupKey);
    await check(next, backupKey);
    sync(next);
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw databaseError(error);
  }
}

/** Opens a copy of the backup beside `target`, under `key`. Throws CoveError('phrase-mismatch') when the backup key does not open it. */
export function stageRestore(file: string, target: string, { key, backupKey }: BackupKeys): StagedRestore {
  const next = `${target}.next`;
  try {
    if (!existsSync(file)) throw new CoveError('backup-missing');
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    copyFileSync(file, next);
    rekey(next, backupKey, key);
    const database = keyed(next, key);
    return {
      storage: createStorage(database),
      commit() {
        database.close();
        sync(next);
        writeKeyCheck(target, key);
        renameSync(next, target);
      },
      drop() {
        if (database.open) database.close();
        rmSync(next, { force: true });
      },
    };
  } catch (error) {
    rmSync(next, { force: true });
    // A whole file that the key does not open is somebody else's, or the words are.
    if ((error as { code?: string }).code === 'SQLITE_NOTADB') throw new CoveError('phrase-mismatch', {}, error);
    throw databaseError(error);
  }
}

function rekey(path: string, from: Uint8Array, to: Uint8Array): void {
  const database = keyed(path, from);
  try {
    database.pragma('journal_mode = DELETE');
    database.pragma(`rekey = ${literal(to)}`);
  } finally {
    database.close();
  }
}

/** Table by table: each page of a file that was just made compact belongs to one. */
async function check(path: string, key: Uint8Array): Promise<void> {
  const database = keyed(path, key);
  try {
    const tables = database.prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    for (const { name } of tables) {
      await turn();
      const found = database.pragma(`integrity_check('${name.replaceAll("'", "''")}')`, { simple: true });
      if (found !== 'ok') throw new CoveError('database-damaged', { found: String(found).slice(0, 200) });
    }
  } finally {
    database.close();
  }
}

function keyed(path: string, key: Uint8Array): Database.Database {
  const database = new Database(path, nativeBinding());
  database.pragma("cipher = 'chacha20'");
  database.pragma(`key = ${literal(key)}`);
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

function sync(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
