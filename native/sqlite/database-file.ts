/**
 * The file of an open database, to be copied while the database goes on being written. Its lock keeps every other
 * connection out, so the bytes are copied: once the write-ahead log is emptied into the file, and while nothing of it
 * is brought over, the file is the database of that moment, whole (sqlite.org/walformat.html, "checkpoints").
 *
 * POSIX takes all locks on a file from a process that closes any descriptor of it (sqlite.org/howtocorrupt.html §2.2).
 * So there is one descriptor, opened before the database and closed after it.
 */
import type Database from 'better-sqlite3';
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { CoveError } from '../../main/engine/errors.ts';

/** Bytes for which nobody else has a turn: about a millisecond. */
const CHUNK = 1024 * 1024;
/** Where SQLite's locks lie. The page there holds nothing, and Windows lets nobody read it (sqlite.org/fileformat2.html §1.4). */
const LOCK_BYTE = 1024 * CHUNK;
/** SQLite's own default, pages. */
const AUTOCHECKPOINT = 1000;

export interface DatabaseFile {
  /** All of `database`, the one that is open on this file, as it is now, under the same key. Not synced. One at a time. */
  copy(database: Database.Database, target: string): Promise<void>;
  /** After the database. */
  close(): void;
}

/** Before the database is opened; makes an empty file where there is none. */
export function openDatabaseFile(path: string): DatabaseFile {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_CREAT, 0o600);
  return {
    async copy(database, target) {
      const page = database.pragma('page_size', { simple: true }) as number;
      database.pragma('wal_autocheckpoint = 0');
      try {
        await emptyLog(database);
        await copyPages(descriptor, target, page, () => database.open);
      } finally {
        if (database.open) database.pragma(`wal_autocheckpoint = ${AUTOCHECKPOINT}`);
      }
    },
    close: () => closeSync(descriptor),
  };
}

/** A read that is under way keeps the log; it ends within its turn. */
async function emptyLog(database: Database.Database): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (database.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0) return;
    await turn();
    if (!database.open) throw new CoveError('closed');
  }
  throw new Error('a read that does not end keeps the write-ahead log from being emptied');
}

async function copyPages(from: number, target: string, page: number, isOpen: () => boolean): Promise<void> {
  if (!isOpen()) throw new CoveError('closed');
  const to = openSync(target, 'w', 0o600);
  try {
    const { size } = fstatSync(from);
    const buffer = Buffer.alloc(CHUNK);
    ftruncateSync(to, size);
    for (let chunk = 0; chunk < size; chunk += CHUNK) {
      const position = chunk === LOCK_BYTE ? chunk + page : chunk;
      const length = readSync(from, buffer, 0, Math.min(chunk + CHUNK, size) - position, position);
      for (let done = 0; done < length;) done += writeSync(to, buffer, done, length - done, position + done);
      await turn();
      if (!isOpen()) throw new CoveError('closed');
    }
  } finally {
    closeSync(to);
  }
}
