/** A text file with an invitation code in it, which goes on a stick where no message can be sent. */
import { open, writeFile } from 'node:fs/promises';
import { unread, unwritten } from '../client/index.ts';

/** As much of one as is searched for a code. */
const MOST = 16_384;

/** Throws CoveError('file-no-room' | 'file-not-written'). */
export async function writeText(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (error) {
    unwritten(error);
  }
}

/** Throws CoveError('file-not-read'). */
export async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(MOST), 0, MOST, 0);
      return new TextDecoder().decode(buffer.subarray(0, bytesRead)).slice(0, MOST);
    } finally {
      await handle.close();
    }
  } catch (error) {
    unread(error);
  }
}
