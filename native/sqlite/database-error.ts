/** What SQLite and the file system say, as the failures a person can meet. Unknown errors pass unchanged. */
import { CoveError } from '../../main/engine/errors.ts';
import type { ErrorType } from '../../main/engine/errors.ts';

/** By the code's beginning: SQLite's extended codes (SQLITE_IOERR_FSYNC) start with the primary one. */
const TYPES: readonly (readonly [code: string, type: ErrorType])[] = [
  ['SQLITE_BUSY', 'profile-in-use'], // only another process can hold the exclusive lock
  ['SQLITE_LOCKED', 'profile-in-use'],
  ['SQLITE_NOTADB', 'database-damaged'], // a page's checksum is wrong; a wrong key is told apart at opening
  ['SQLITE_CORRUPT', 'database-damaged'],
  ['SQLITE_IOERR_DATA', 'database-damaged'],
  ['SQLITE_IOERR_CORRUPTFS', 'database-damaged'],
  ['SQLITE_IOERR_LOCK', 'folder-read-only'], // an exclusive lock on a file that could be opened for reading only
  ['SQLITE_READONLY', 'folder-read-only'],
  ['SQLITE_CANTOPEN', 'folder-read-only'],
  ['SQLITE_PERM', 'folder-read-only'],
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_IOERR', 'disk-failing'],
  ['EACCES', 'folder-read-only'],
  ['EPERM', 'folder-read-only'],
  ['EROFS', 'folder-read-only'],
  ['ENOSPC', 'disk-full'],
  ['EIO', 'disk-failing'],
  ['EDQUOT', 'disk-full'],
];

export function databaseError(error: unknown): unknown {
  if (error instanceof CoveError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return error;
  const type = TYPES.find(([prefix]) => code.startsWith(prefix))?.[1];
  return type === undefined ? error : new CoveError(type, { code }, error);
}
