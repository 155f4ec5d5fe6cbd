/** Files of a person's: read, and written whole or not at all. */
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../native/durable-file.ts';
import { unread, unwritten } from './file-error.ts';

export type Fill<T> = (write: (bytes: Uint8Array) => Promise<void>) => Promise<T>;

/**
 * Under another name until it is whole and on the disk. Throws what `fill` throws, and CoveError: file-no-room,
 * file-not-written; then there is no such file, or the one that was there before.
 */
export async function writeWhole<T>(
  file: string,
  fill: Fill<T>,
): Promise<{ readonly bytes: number; readonly result: T }> {
  const next = `${file}.next`;
  try {
    const handle = await open(next, 'w', 0o600);
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

/** Throws CoveError('file-not-read'). */
export const sizeOf = (file: string): Promise<number> => stat(file).then(({ size }) => size, unread);
