/**
 * Backup files: the whole database in one file under the backup key that the recovery phrase gives. The storage copies
 * itself (SQLite's backup API does not change keys), the cipher gives the copy its own key, and only what has opened
 * and passed the integrity check takes the name of a backup. All but the copying has a thread of its own.
 */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CoveError } from '../../main/engine/errors.ts';
import type { StagedRestore } from '../../main/engine/halo/restore.ts';
import type { Storage } from '../../main/engine/ports.ts';
import { syncFile, syncFolder } from '../durable-file.ts';
import type { BackupCopy, BackupFailure } from './backup-worker.ts';
import { databaseError } from './database-error.ts';
import { keyed, rekey } from './rekey.ts';
import { createStorage } from './storage.ts';
import { writeKeyCheck } from './vault.ts';

export interface BackupKeys {
  /** The database's own key. */
  readonly key: Uint8Array;
  readonly backupKey: Uint8Array;
}

/** Beside this file, or beside the bundle that this file went into: both are built into one folder. */
const WORKER = new URL(`./backup-worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/**
 * Whole or not at all; durable and checked when it resolves. Other work goes on meanwhile. Throws CoveError: disk-full,
 * disk-failing, folder-read-only, database-damaged, closed.
 */
export async function writeBackup(storage: Storage, file: string, keys: BackupKeys): Promise<void> {
  const next = `${file}.next`;
  try {
    // Its folder only: with `recursive` Node never ends where the system answers ENOENT for a name in a folder that is
    // there, as below /proc, and has ENOENT for a full disk (nodejs/node#42808).
    if (!existsSync(dirname(file))) mkdirSync(dirname(file), { mode: 0o700 });
    rmSync(next, { force: true });
    await storage.copyTo(next);
    await seal({ path: next, ...keys });
    renameSync(next, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(next, { force: true });
    throw databaseError(error);
  }
}

function seal(workerData: BackupCopy): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData });
    worker.once('message', (failure: BackupFailure | null) => {
      if (failure === null) resolve();
      else reject(Object.assign(new Error(failure.message), { code: failure.code }));
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that writes backups ended without an answer')));
  });
}

/** Opens a copy of the backup beside `target`, under `key`. Throws CoveError('backup-not-opened') when the backup key does not open it. */
export function stageRestore(file: string, target: string, { key, backupKey }: BackupKeys): StagedRestore {
  const next = `${target}.next`;
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw new CoveError('backup-missing');
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    copyFileSync(file, next);
    rekey(next, backupKey, key);
    const database = keyed(next, key);
    return {
      storage: createStorage(database),
      commit() {
        database.close();
        syncFile(next);
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
    // It looks the same whether the file is somebody else's, no backup at all or damaged at its beginning, or the words are.
    if ((error as { code?: string }).code === 'SQLITE_NOTADB') throw new CoveError('backup-not-opened', {}, error);
    throw databaseError(error);
  }
}
