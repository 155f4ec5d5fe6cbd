/** client.halo.backups: the whole profile in an encrypted file, on demand and every day, and back from one. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CoveError, isDamage } from '../engine/errors.ts';
import type { ReadyProfile } from '../engine/halo/profile.ts';
import { oneAtATime } from '../engine/one-at-a-time.ts';
import type { Cancel, Clock, Log } from '../engine/ports.ts';
import { writeBackup } from '../../native/sqlite/backup.ts';
import type { Engine } from './engine.ts';

/** How many daily backups are kept. */
const KEPT = 7;
const DAY = 86_400_000;
/** After the start, which has enough to do. */
const QUIET = 60_000;
const HALF = /^cove-.*\.backup\.next$/;
const NAME = /^cove-\d{4}-\d{2}-\d{2}\.backup$/;

interface Source {
  readonly engine: () => Engine | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Hears when the check of a copy has found the database damaged. */
  readonly damaged: (error: CoveError) => void;
  /** Folder of the daily ones. */
  readonly folder: () => string;
}

export class Backups {
  readonly #source: Source;
  #timer: Cancel = () => undefined;
  readonly #alone = oneAtATime();
  #running = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * Writes a backup that the twelve words open. It is checked by opening it before it takes this name. Throws
   * CoveError: no-identity, disk-full, folder-read-only.
   */
  async save(file: string): Promise<void> {
    const engine = this.#source.engine();
    if (engine === undefined) throw new CoveError('no-identity');
    // One after the other: two at once would write the same file.
    await this.#alone(async () => {
      for (const space of engine.replicas.all()) engine.objects.space(space).flush();
      await save(engine.profile, file).catch((error: unknown) => {
        if (isDamage(error)) this.#source.damaged(error);
        throw error;
      });
    });
  }

  /** The daily backups, newest first. */
  list(): readonly string[] {
    const folder = this.#source.folder();
    if (!existsSync(folder)) return [];
    const names = readdirSync(folder).filter((name) => NAME.test(name));
    return names
      .sort()
      .reverse()
      .map((name) => join(folder, name));
  }

  /** For the client: the engine runs from now on. */
  started(): void {
    this.#timer();
    this.#running = true;
    this.#timer = this.#source.clock.after(QUIET, () => void this.#daily());
  }

  stopped(): void {
    this.#timer();
    this.#running = false;
  }

  async #daily(): Promise<void> {
    const { clock, log, folder } = this.#source;
    try {
      if (!this.list().some((file) => isOfToday(clock.now() - statSync(file).mtimeMs))) {
        await this.save(join(folder(), `cove-${new Date(clock.now()).toISOString().slice(0, 10)}.backup`));
        for (const old of this.list().slice(KEPT)) rmSync(old, { force: true });
        // What a crash left of earlier ones.
        for (const name of readdirSync(folder())) if (HALF.test(name)) rmSync(join(folder(), name), { force: true });
      }
    } catch (error) {
      log('backup-not-written', { reason: error instanceof CoveError ? error.type : 'internal' });
    }
    if (this.#running) this.#timer = clock.after(DAY / 24, () => void this.#daily());
  }
}

/** Not of a day to come either: one that was made while the clock was wrong must not keep the others from being made. */
const isOfToday = (age: number): boolean => age >= 0 && age < DAY;

async function save(profile: ReadyProfile, file: string): Promise<void> {
  const keys = await profile.backupKeys();
  try {
    await writeBackup(profile.storage, file, keys);
  } finally {
    keys.key.fill(0);
    keys.backupKey.fill(0);
  }
}
