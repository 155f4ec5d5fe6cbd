/** Files of a person's: read, and written whole or not at all. */
import { open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CoveError } from '../engine/errors.ts';
import { syncFolder } from '../../native/durable-file.ts';
import { unread, unwritten } from './file-error.ts';
import type { Unfinished } from './unfinished.ts';

export type Fill<T> = (write: (bytes: Uint8Array) => Promise<void>) => Promise<T>;

/**
 * Under another name until it is whole and on the disk. Throws what `fill` throws, and CoveError: file-no-room,
 * file-not-written; then there is no such file, or the one that was there before.
 */
export async function writeWhole<T>(
  unfinished: Unfinished,
  file: string,
  fill: Fill<T>,
): Promise<{ readonly bytes: number; readonly result: T }> {
  const next = unfinished.begin(file);
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
    unfinished.end(next);
    syncFolder(dirname(file));
    return { bytes, result };
  } catch (error) {
    await unfinished.discard(next);
    unwritten(error);
  }
}

/** Of a file alone: a pipe or a device may have no end. Throws CoveError('file-not-read'). */
export async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(unread);
  if (!found.isFile()) throw new CoveError('file-not-read');
  return found.size;
}
