/** How much room a space's entries take here, and the database as a whole. */
import { CoveError } from '../errors.ts';
import type { Storage } from '../ports.ts';

/** How much room a space takes: bytes as they are stored, without what SQLite adds for rows and indexes. */
export interface SpaceStorage {
  /** Changes, and what changed members and keys. */
  readonly entries: number;
  /** Bytes of what signs and orders them; these stay as they are. */
  readonly headers: number;
  /** Bytes of their content that is kept as it is sent. */
  readonly payloads: number;
  /** How many contents are kept in packs. */
  readonly packedPayloads: number;
  /** Bytes that these would take as they are sent. */
  readonly packed: number;
  /** Bytes that they take in packs. */
  readonly packs: number;
  /** How many contents are here no more; compacting drops none. */
  readonly dropped: number;
}
/** The size of the database with all spaces. */
export interface DatabaseStorage {
  /** Bytes of the file. */
  readonly bytes: number;
  /** Of these, what the next changes are written into. */
  readonly free: number;
}

/** Reads every row of the space: for who asks, not for what is always shown. */
export function spaceStorage(storage: Storage, space: number): SpaceStorage {
  const entries = storage
    .prepare(
      `SELECT count(*) AS entries, ifnull(sum(length(header)), 0) AS headers, ifnull(sum(length(payload)), 0) AS payloads,
         ifnull(sum(payload IS NULL), 0) AS dropped
       FROM entry WHERE log IN (SELECT id FROM log WHERE space = ?)`,
    )
    .get(space) as Record<'entries' | 'headers' | 'payloads' | 'dropped', number>;
  const packs = storage
    .prepare(
      `SELECT ifnull(sum(entries), 0) AS packedPayloads, ifnull(sum(sealed), 0) AS packed,
         ifnull(sum(length(bytes)), 0) AS packs
       FROM payload_pack WHERE space = ?`,
    )
    .get(space) as Record<'packedPayloads' | 'packed' | 'packs', number>;
  return { ...entries, ...packs };
}

export function databaseStorage(storage: Storage): DatabaseStorage {
  const number = (pragma: string): number => Number(Object.values(storage.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const page = number('page_size');
  return { bytes: number('page_count') * page, free: number('freelist_count') * page };
}

/** Payloads have gone into packs since the file was rewritten: their pages are half empty, and none of them is free. */
const DUE = 'shrink';

/** Inside the transaction that makes a pack. */
export function noteShrunk(storage: Storage): void {
  storage.prepare("INSERT OR REPLACE INTO meta (k, v) VALUES (?, x'01')").run(DUE);
}

/** SQLite makes the new file in memory first, because a temporary one would be plaintext. */
const MOST_REWRITTEN = 1024 ** 3;

/**
 * Gives the disk what packs have saved, if any were made since it was done last; it takes as long as copying the file, and
 * so much room and memory meanwhile. Not inside a transaction. False: it is still due, because there is no room for it on
 * the disk, or more than `most` bytes are in the file. Throws CoveError: disk-failing and the other troubles of a disk.
 */
export function shrink(storage: Storage, most = MOST_REWRITTEN): boolean {
  if (storage.prepare('SELECT 1 FROM meta WHERE k = ?').get(DUE) === undefined) return true;
  const { bytes, free } = databaseStorage(storage);
  if (bytes - free > most) return false;
  try {
    storage.exec('VACUUM');
  } catch (error) {
    if (error instanceof CoveError && error.type === 'disk-full') return false;
    throw error;
  }
  storage.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  storage.prepare('DELETE FROM meta WHERE k = ?').run(DUE);
  return true;
}
