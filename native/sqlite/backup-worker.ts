/**
 * A thread of its own for what takes long in a backup and needs the copy only: its key, its check, its sync. The main
 * one goes on answering meanwhile. Posts null, or what went wrong.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { syncFile } from '../durable-file.ts';
import { damageIn, rekey } from './rekey.ts';

/** What it is started with. */
export interface BackupCopy {
  readonly path: string;
  readonly key: Uint8Array;
  readonly backupKey: Uint8Array;
}
/** With a code as SQLite and the file system give it. */
export interface BackupFailure {
  readonly code: string | undefined;
  readonly message: string;
}

function seal({ path, key, backupKey }: BackupCopy): BackupFailure | null {
  try {
    rekey(path, key, backupKey);
    const damage = damageIn(path, backupKey);
    if (damage !== undefined) return { code: 'SQLITE_CORRUPT', message: damage };
    syncFile(path);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { code, message };
  } finally {
    key.fill(0);
    backupKey.fill(0);
  }
}

parentPort?.postMessage(seal(workerData as BackupCopy));
