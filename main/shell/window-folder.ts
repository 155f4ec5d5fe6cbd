/**
 * Where Chromium keeps its own files (caches, window state, the lock of the single instance): inside the profile's
 * folder, beside the database. Where that cannot be written Chromium would take its missing lock for a second
 * instance and end without a word; so a passing folder takes its place, and a window can say what is wrong.
 */
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function windowFolder(dataDir: string): string {
  const folder = join(dataDir, 'window');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return folder;
  } catch {
    const passing = mkdtempSync(join(tmpdir(), 'cove-window-'));
    process.once('exit', () => rmSync(passing, { recursive: true, force: true }));
    return passing;
  }
}
