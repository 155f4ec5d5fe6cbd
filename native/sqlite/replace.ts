/**
 * Puts a finished database in another one's place. A crash in between is finished at the next opening: the new file
 * takes a name that says so before anything of the old one goes. Its write-ahead log has to go, for it would be taken
 * for the new database's; and it must not go before the new one counts, for it holds the old one's last commits.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from '../durable-file.ts';

const DECIDED = '.replacing';
/** What belongs to the old content alone. */
const OLD = ['-wal', '-shm', '-journal', '.applying', '.suspect'] as const;

/** `fresh` is closed, so that all of it is in its one file. */
export function replaceDatabase(path: string, fresh: string): void {
  if (existsSync(`${fresh}-wal`)) throw new Error('part of the new database is in its log still');
  // The same key opens both; the old check may be damaged or gone.
  if (existsSync(`${fresh}.key-check`)) renameSync(`${fresh}.key-check`, `${path}.key-check`);
  renameSync(fresh, path + DECIDED);
  syncFolder(dirname(path));
  finishReplacing(path);
}

export const isReplacing = (path: string): boolean => existsSync(path + DECIDED);

/** To be called before anything is opened. */
export function finishReplacing(path: string): void {
  if (!isReplacing(path)) return;
  for (const suffix of OLD) rmSync(path + suffix, { force: true });
  syncFolder(dirname(path));
  renameSync(path + DECIDED, path);
  syncFolder(dirname(path));
}
