/** Files of sealed bytes in a folder of their own beside the database. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { CoveError } from '../main/engine/errors.ts';
import type { BlockFiles } from '../main/engine/ports.ts';
import { syncFolder } from './durable-file.ts';
import { databaseError } from './sqlite/database-error.ts';

export function createBlockFiles(folder: string): BlockFiles {
  async function write(name: string, bytes: Uint8Array): Promise<void> {
    const file = await open(join(folder, name), 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
  }
  return {
    async write(blocks) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        await Promise.all([...blocks].map(([name, bytes]) => write(name, bytes)));
        syncFolder(folder);
      } catch (cause) {
        const error = databaseError(cause);
        throw error instanceof CoveError ? error : new CoveError('folder-read-only', {}, cause);
      }
    },
    read(name) {
      try {
        const { buffer, byteOffset, byteLength } = readFileSync(join(folder, name));
        return new Uint8Array(buffer, byteOffset, byteLength);
      } catch {
        return undefined; // what cannot be read is fetched again
      }
    },
    delete(name) {
      rmSync(join(folder, name), { force: true });
    },
    names() {
      try {
        return readdirSync(folder);
      } catch {
        return []; // nothing was ever written
      }
    },
  };
}
