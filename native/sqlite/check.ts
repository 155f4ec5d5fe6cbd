/**
 * When an opening reads the whole database to find damage. Each page carries a checksum that is looked at whenever it is
 * read, and the copy that a daily backup makes is checked as a whole; so an opening does it where it is a matter of a
 * moment, and where there is a reason: the last end was none, or damage was met.
 */
import type Database from 'better-sqlite3';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { CoveError } from '../../main/engine/errors.ts';

/** Bytes; some tenths of a second. */
const MOMENT = 16 * 1024 * 1024;

const suspectPath = (path: string): string => `${path}.suspect`;

/** The next opening of this database checks it. Never throws: what was met is told in any case. */
export function markSuspect(path: string): void {
  try {
    writeFileSync(suspectPath(path), '', { mode: 0o600 });
  } catch {
    // A disk that fails; the next read of the same page says so again.
  }
}

/** To be asked before anything is opened. */
export function needsCheck(path: string, moment = MOMENT): boolean {
  const size = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return size(path) <= moment || size(`${path}-wal`) > 0 || existsSync(suspectPath(path));
}

/** Throws CoveError('database-damaged'). */
export function checkWhole(database: Database.Database, path: string): void {
  const found = database.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw new CoveError('database-damaged', { found: String(found).slice(0, 200) });
  rmSync(suspectPath(path), { force: true });
}
