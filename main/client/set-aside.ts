/**
 * A profile that cannot be opened, or whose device was removed, out of the way when the person says so: all of it goes
 * into a dated folder beside it, with a word on how to go back. Nothing is deleted and the keychain is left alone. The
 * folder's name says so before the first file moves, and a crash in between is finished at the next start: half a
 * profile is never opened.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../../native/durable-file.ts';
import { databaseError } from '../../native/sqlite/index.ts';

/** In the profile's folder. */
export const DATABASE = 'cove.db';
/** Files that the database names: blocks of blobs. */
export const BLOBS = 'blobs';
/** The app's keys of a profile that is protected by a passphrase instead of a keychain. */
export const PASSPHRASE_FILE = 'keys.json';
/** Beside what belongs to the database: its key's name in the keychain, or the key itself, and the backups. */
const OTHERS = new Set(['profile-id', PASSPHRASE_FILE, BLOBS, 'backups']);
const belongsToProfile = (name: string): boolean => name.startsWith(DATABASE) || OTHERS.has(name);
const MOVING = '.moving';
const UNFINISHED = /^(?:set-aside|damaged)-.*\.moving$/;
const FINISHED = /^(?:set-aside|damaged)-20[\dT-]+$/;

const WORDS = `These are the files of a Cove profile that could not be opened, or of a device that was removed.
They were put here because the person at this computer said so; nothing was changed in them and
nothing was deleted.

To go back, when their key is in the system keychain again: close Cove, move what lies in
Cove's own folder (one above this one) somewhere else, except folders like this one, and
move everything from here into its place. Then start Cove.

With the twelve words of the recovery phrase, Cove can also read the backups in here.
`;

/** A name for something of now that no folder has yet. */
export function datedFolder(dataDir: string, what: 'set-aside' | 'damaged', now: number): string {
  const name = `${what}-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')}`;
  const isTaken = (candidate: string) => existsSync(join(dataDir, candidate));
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!isTaken(candidate) && !isTaken(candidate + MOVING)) return candidate;
  }
}

/** The names of the folders that hold such profiles, the newest first. */
export function asideFolders(dataDir: string): string[] {
  const when = (name: string) => name.slice(name.indexOf('-20'));
  const names = existsSync(dataDir) ? readdirSync(dataDir).filter((name) => FINISHED.test(name)) : [];
  return names.sort((a, b) => (when(a) < when(b) ? 1 : -1));
}

/** Whether anything is there that would be moved. */
export function holdsProfile(dataDir: string): boolean {
  const names = statSync(dataDir, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(dataDir) : [];
  return names.some(belongsToProfile);
}

/** `folder` may be there already, with copies that a salvage has made. Throws CoveError: folder-read-only, disk-full. */
export function setProfileAside(dataDir: string, folder: string): void {
  const target = join(dataDir, folder);
  try {
    if (existsSync(target)) renameSync(target, target + MOVING);
    else mkdirSync(target + MOVING, { mode: 0o700 });
    syncFolder(dataDir);
  } catch (error) {
    throw databaseError(error);
  }
  finishSettingAside(dataDir);
}

/** The rows that named them are in the database that was set aside; others have what they held. */
export function setBlobsAside(dataDir: string, folder: string): void {
  try {
    if (existsSync(join(dataDir, BLOBS))) renameSync(join(dataDir, BLOBS), join(dataDir, folder, BLOBS));
  } catch (error) {
    throw databaseError(error);
  }
}

/** To be called before anything of the profile is read. */
export function finishSettingAside(dataDir: string): void {
  // What is no folder is told of by whoever reads the profile.
  if (statSync(dataDir, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  try {
    const names = readdirSync(dataDir);
    for (const moving of names.filter((name) => UNFINISHED.test(name))) {
      const target = join(dataDir, moving);
      for (const name of names) {
        if (belongsToProfile(name)) renameSync(join(dataDir, name), join(target, name));
      }
      writeFileSync(join(target, 'READ ME.txt'), WORDS, { mode: 0o600, flush: true });
      syncFolder(target);
      renameSync(target, target.slice(0, -MOVING.length));
      syncFolder(dataDir);
    }
  } catch (error) {
    throw databaseError(error);
  }
}
