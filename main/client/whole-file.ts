/** Files of a person's: read, and written whole or not at all. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CoveError } from '../engine/errors.ts';
import { syncFolder } from '../../native/durable-file.ts';
import { unread, unwritten } from './file-error.ts';

export type Fill<T> = (write: (bytes: Uint8Array) => Promise<void>) => Promise<T>;

/** In the same folder, a name that nothing has: what a person keeps there is not Cove's to write over. */
export const unfinished = (path: string): string => join(dirname(path), `cove-${randomBytes(8).toString('hex')}.part`);

/**
 * Under another name until it is whole and on the disk. Throws what `fill` throws, and CoveError: file-no-room,
 * file-not-written; then there is no such file, or the one that was there before.
 */
export async function writeWhole<T>(
  file: string,
  fill: Fill<T>,
): Promise<{ readonly bytes: number; readonly result: T }> {
  const next = unfinished(file);
  try {
    const handle = await open(next, 'wx', 0o600);
    let bytes = 0;
    let result: T;
    try {
      result = await fill(async (piece) => {
        bytes += piece.length;
        await handle.writeFile(piece);
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, file);
    syncFolder(dirname(file));
    return { bytes, result };
  } catch (error) {
    await rm(next, { force: true }).catch(() => undefined);
    unwritten(error);
  }
}

/** Of a file alone: a pipe or a device may have no end. Throws CoveError('file-not-read'). */
export async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(unread);
  if (!found.isFile()) throw new CoveError('file-not-read');
  return found.size;
}
