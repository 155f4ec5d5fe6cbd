/**
 * The profile's id: the keychain account under which its one item stands. A random name in a file beside the
 * database, so that several profiles on one machine keep apart and a moved folder keeps its key.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoveError } from '../engine/errors.ts';

/** Reads or makes it. Throws CoveError('folder-read-only' | 'disk-full'). */
export function profileId(dataDir: string): string {
  const file = join(dataDir, 'profile-id');
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f]{32}$/.test(text)) return text;
  } catch {
    // First start: made below.
  }
  const id = randomBytes(16).toString('hex');
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // Synced: without this name nobody finds the key again.
    writeFileSync(`${file}.next`, `${id}\n`, { mode: 0o600, flush: true });
    renameSync(`${file}.next`, file);
  } catch (error) {
    throw new CoveError(
      (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'disk-full' : 'folder-read-only',
      {},
      error,
    );
  }
  return id;
}

/** Moves it to the damaged files that it belongs to: the profile begins anew, under another one. */
export function setProfileIdAside(dataDir: string, folder: string): void {
  renameSync(join(dataDir, 'profile-id'), join(dataDir, folder, 'profile-id'));
}
