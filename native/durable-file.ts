/** Small files beside the database: whole or not at all, and there after a power cut. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CoveError } from '../main/engine/errors.ts';
import { databaseError } from './sqlite/database-error.ts';

/** For its owner only; the folder is made when absent. Throws CoveError: disk-full, disk-failing, folder-read-only. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const next = `${path}.next`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(next, content, { mode: 0o600, flush: true });
    renameSync(next, path);
    syncFolder(dirname(path));
  } catch (cause) {
    const error = databaseError(cause);
    throw error instanceof CoveError ? error : new CoveError('folder-read-only', {}, cause);
  }
}

export function syncFolder(folder: string): void {
  // Windows opens no folders; its renames are durable by themselves.
  if (process.platform !== 'win32') sync(folder, 'r');
}

export const syncFile = (path: string): void => sync(path, 'r+');

function sync(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
