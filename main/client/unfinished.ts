/**
 * Files and folders of a person's that are being written under another name. The profile keeps a list of them, so what a
 * killed process left is known for Cove's own, and the next start clears it away; nothing is looked for by its name.
 */
import { randomBytes } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { fromUtf8, utf8 } from '../engine/bytes.ts';
import { CoveError } from '../engine/errors.ts';
import { readMeta, writeMeta } from '../engine/halo/meta.ts';
import type { Log, Storage } from '../engine/ports.ts';

/** A row of meta: paths as a JSON list, the oldest first. */
const KEPT = 'files.unfinished';
/** Of disks that never come back, no more than these are remembered. */
const MOST = 100;
const schema = z.array(z.string());

export class Unfinished {
  readonly #storage: Storage;
  readonly #log: Log;
  #stopped = false;

  constructor(storage: Storage, log: Log) {
    this.#storage = storage;
    this.#log = log;
  }

  /** In the same folder, a name that nothing has: what a person keeps there is not Cove's to write over. */
  begin(path: string): string {
    const next = join(dirname(resolve(path)), `cove-${randomBytes(8).toString('hex')}.part`);
    this.#keep([...this.#kept(), next]);
    return next;
  }

  /** It has its own name, or is gone. */
  end(next: string): void {
    this.#keep(this.#kept().filter((path) => path !== next));
  }

  /** It is not to be: it is deleted, and stays remembered where that fails. */
  async discard(next: string): Promise<void> {
    try {
      await rm(next, { recursive: true, force: true });
    } catch {
      return;
    }
    this.end(next);
  }

  /** Deletes what the processes before this one left. What is on a disk that is not here now waits for a later start. */
  async clear(): Promise<void> {
    for (const path of this.#kept()) {
      const there = await stat(dirname(path)).catch(() => undefined);
      if (there?.isDirectory() === true) await this.discard(path);
    }
  }

  /** The storage closes. */
  stop(): void {
    this.#stopped = true;
  }

  #kept(): readonly string[] {
    if (this.#stopped) return [];
    const bytes = readMeta(this.#storage, KEPT);
    return bytes === null ? [] : schema.parse(JSON.parse(fromUtf8(bytes)));
  }

  /** A disk of the profile's that is full keeps nobody from saving to another. */
  #keep(paths: readonly string[]): void {
    if (this.#stopped) return;
    try {
      writeMeta(this.#storage, KEPT, utf8(JSON.stringify(paths.slice(-MOST))));
    } catch (error) {
      if (!(error instanceof CoveError)) throw error;
      this.#log('unfinished-not-kept', { type: error.type });
    }
  }
}
