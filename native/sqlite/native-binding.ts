/**
 * The prebuilt binary needs N-API 10 and crashes the process below it. There a build of our own is taken: the one that
 * COVE_SQLITE_BINDING names, else the one that `npm run build` leaves in the user's cache (build/setup/sqlite.mjs).
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CoveError } from '../../main/engine/errors.ts';

/** Throws CoveError('sqlite-missing'). */
export function nativeBinding(): { nativeBinding?: string } {
  if (Number(process.versions['napi']) >= 10) return {};
  const nativeBinding = process.env['COVE_SQLITE_BINDING'] || builtBinding();
  if (!existsSync(nativeBinding)) throw new CoveError('sqlite-missing');
  return { nativeBinding };
}

/** Where the set-up keeps its build for this version of better-sqlite3. */
export function builtBinding(): string {
  const entrance = createRequire(import.meta.url).resolve('better-sqlite3'); // in its folder `lib`
  const { version } = JSON.parse(readFileSync(join(dirname(entrance), '../package.json'), 'utf8')) as {
    version: string;
  };
  const { platform, arch } = process;
  return join(cacheFolder(), 'cove', `better-sqlite3-${version}-${platform}-${arch}-napi9`, 'better_sqlite3.node');
}

function cacheFolder(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches');
  if (process.platform === 'win32') return process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData/Local');
  return process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
}
