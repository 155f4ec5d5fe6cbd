/** How much room a space takes on this device, and keeping old changes in less of it. */
import type { Compacted } from '../engine/echo/compaction.ts';
import { shrink, databaseStorage, spaceStorage } from '../engine/echo/storage-use.ts';
import type { DatabaseStorage, SpaceStorage } from '../engine/echo/storage-use.ts';
import type { Replica } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { check, SHAPES } from './arguments.ts';
import type { Engine } from './engine.ts';
import { following, type WorkOptions } from './work.ts';

export type { DatabaseStorage, SpaceStorage };

/** Which changes are old, and how far it is. */
export interface CompactOptions extends WorkOptions {
  /** What has been on this device for less stays as it is: others may ask for it at any moment. Default: 30 days. */
  readonly olderThanMs?: number;
}
/** What compacting came to. */
export interface CompactResult {
  /** Payloads that are kept in packs now and were not. */
  readonly payloads: number;
  /** Bytes that these take less. */
  readonly saved: number;
  /**
   * False: the file was not rewritten, because the disk has no room for that or more than 1 GiB is in it. What was saved
   * is used by the next changes then.
   */
  readonly shrunk: boolean;
}

const OLD_MS = 30 * 24 * 3_600_000;

export const storageOf = (engine: Engine, replica: Replica): SpaceStorage =>
  spaceStorage(engine.profile.storage, replica.row);

export const storageOfAll = (engine: Engine): DatabaseStorage => databaseStorage(engine.profile.storage);

/** What was saved in these spaces goes to the disk at the end; a space that is deleted meanwhile is passed over. */
export async function compactSpaces(engine: Engine, options: CompactOptions = {}): Promise<CompactResult> {
  check('options', SHAPES.compact, options);
  const all = engine.replicas.all();
  let [payloads, saved] = [0, 0];
  for (const [at, replica] of all.entries()) {
    const onProgress = (share: number): void => options.onProgress?.((at + share) / all.length);
    try {
      const compacted = await compacting(engine, replica, { ...options, onProgress });
      payloads += compacted.payloads;
      saved += compacted.saved;
    } catch (error) {
      if (!(error instanceof CoveError) || error.type !== 'space-not-found') throw error;
    }
  }
  return { payloads, saved, shrunk: shrink(engine.profile.storage) };
}

export async function compactSpace(
  engine: Engine,
  replica: Replica,
  options: CompactOptions = {},
): Promise<CompactResult> {
  check('options', SHAPES.compact, options);
  const compacted = await compacting(engine, replica, options);
  return { ...compacted, shrunk: shrink(engine.profile.storage) };
}

const compacting = (engine: Engine, replica: Replica, options: CompactOptions): Promise<Compacted> =>
  engine.replicas.compact(replica, {
    before: engine.clock.now() - (options.olderThanMs ?? OLD_MS),
    ...following(options),
  });
