/**
 * The CrashNote port: a small file beside the database, written in place. What `write` handed to the operating
 * system outlives the process however it ends; it is never synced, as a power cut is no entry's fault.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import type { CrashNote } from '../../main/engine/ports.ts';

const BYTES = 32;

export interface ClosableNote extends CrashNote {
  close(): void;
}

export function fileNote(path: string): ClosableNote {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  return {
    read() {
      const bytes = new Uint8Array(BYTES);
      return bytes.subarray(0, readSync(file, bytes, 0, BYTES, 0));
    },
    write(bytes) {
      if (bytes.length !== BYTES) throw new RangeError('a crash note has 32 bytes');
      writeSync(file, bytes, 0, BYTES, 0);
    },
    close: () => closeSync(file),
  };
}

/** For a database in memory, which no process outlives either. */
export function memoryNote(): ClosableNote {
  let kept = new Uint8Array(0);
  return {
    read: () => kept,
    write(bytes) {
      if (bytes.length !== BYTES) throw new RangeError('a crash note has 32 bytes');
      kept = bytes.slice();
    },
    close: () => undefined,
  };
}
