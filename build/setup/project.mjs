/**
 * Where things are: the project's folder, the cache outside it, and the programs that the set-up calls.
 * Everything under build/setup runs on plain Node 20 with nothing installed, so it imports Node's own modules only.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The version of Node that builds and tests run on: the devDependency `node`, whatever started the set-up. */
export const projectNode = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Reads a JSON file, given from the project's folder. */
export function readJson(/** @type {string} */ path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/** Folder for what is slow to make and the same for every checkout: a second clone finds it there. */
export function cacheFolder() {
  const byPlatform = {
    darwin: () => join(homedir(), 'Library/Caches'),
    win32: () => process.env.LOCALAPPDATA ?? join(homedir(), 'AppData/Local'),
  };
  const base =
    byPlatform[/** @type {'darwin' | 'win32'} */ (process.platform)]?.() ??
    (process.env.XDG_CACHE_HOME || join(homedir(), '.cache'));
  return join(base, 'cove');
}

/**
 * Makes `<cache>/<name>` with `fill(folder)`, unless it is there. It is filled under another name and renamed when
 * complete, so that an interrupted set-up leaves nothing that looks finished.
 * @param {string} name
 * @param {(folder: string) => void} fill
 */
export function cached(name, fill) {
  const finished = join(cacheFolder(), name);
  if (existsSync(finished)) return finished;
  mkdirSync(cacheFolder(), { recursive: true });
  const unfinished = mkdtempSync(join(cacheFolder(), `.unfinished-${name}-`));
  try {
    fill(unfinished);
    try {
      renameSync(unfinished, finished);
    } catch (error) {
      // Another set-up, running at the same time, may have been faster: its result is as good.
      if (!existsSync(finished)) throw error;
    }
    return finished;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** The full path of a program, or undefined. Debian keeps servers in folders that are on root's PATH only. */
export function findProgram(/** @type {string} */ name) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin']
    .map((folder) => join(folder, name + suffix))
    .find((path) => existsSync(path));
}

/** `process.env` with the project's own programs, Node 24 among them, first on the PATH. */
export function projectEnvironment(/** @type {Record<string, string | undefined>} */ extra = {}) {
  const path = [dirname(projectNode), join(root, 'node_modules/.bin'), process.env.PATH, '/usr/sbin', '/sbin'];
  return { ...process.env, PATH: path.filter(Boolean).join(delimiter), ...extra };
}
