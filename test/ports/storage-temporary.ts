/** Storage for tests: the real encrypted SQLite on a temporary folder, removed when the test is done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageVault } from '../../main/engine/ports.ts';
import { createVault } from '../../native/sqlite/index.ts';
import type { VaultOptions } from '../../native/sqlite/index.ts';

export interface TemporaryVault {
  readonly folder: string;
  readonly path: string;
  readonly vault: StorageVault;
  remove(): void;
}

export const TEST_KEY: Uint8Array = new Uint8Array(32).fill(7);

export function temporaryVault(options: Omit<VaultOptions, 'path'> = {}): TemporaryVault {
  const folder = mkdtempSync(join(tmpdir(), 'cove-test-'));
  const path = join(folder, 'profile', 'cove.db');
  return {
    folder,
    path,
    vault: createVault({ path, ...options }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
