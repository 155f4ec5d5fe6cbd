/** client.halo.backups: the whole profile in an encrypted file, on demand and every day, and back from one. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CoveError, isDamage } from '../engine/errors.ts';
import { dropMeta, readTime, writeTime } from '../engine/halo/meta.ts';
import type { ReadyProfile } from '../engine/halo/profile.ts';
import { Listeners } from '../engine/listeners.ts';
import { oneAtATime } from '../engine/one-at-a-time.ts';
import type { Cancel, Clock, Log, Storage } from '../engine/ports.ts';
import { writeBackup } from '../../native/sqlite/backup.ts';
import { settle } from './bundles.ts';
import type { Engine } from './engine.ts';
import { isOfTheFile } from './file-error.ts';

/** How many daily backups are kept. */
const KEPT = 7;
const DAY = 86_400_000;
/** After the start, which has enough to do. */
const QUIET = 60_000;
const HALF = /^cove-.*\.backup\.next$/;
/** A row with the time since when the daily ones have failed: days of it are days, however often Cove is started. */
const FAILING = 'backups.failing';
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

/** The daily backup has not worked since then, ms since 1970; `error` is what the last attempt said. */
export interface BackupTrouble {
  readonly since: number;
  readonly error: CoveError;
}

/** Copies of the database, one made each day: `client.halo.backups`. */
export class Backups {
  readonly #source: Source;
  #timer: Cancel = () => undefined;
  readonly #alone = oneAtATime();
  readonly #changed: Listeners;
  #running = false;
  #trouble: BackupTrouble | undefined;

  constructor(source: Source) {
    this.#source = source;
    this.#changed = new Listeners(source.log);
  }

  /** Where the daily ones are. */
  get folder(): string {
    return this.#source.folder();
  }

  /** When the last daily one was made, ms since 1970; undefined: none yet. */
  get latest(): number | undefined {
    try {
      const [newest] = this.list();
      return newest === undefined ? undefined : statSync(newest).mtimeMs;
    } catch {
      return undefined; // the folder cannot be read: then the daily ones fail, and that is told
    }
  }

  /** undefined as soon as one has worked. */
  get trouble(): BackupTrouble | undefined {
    return this.#trouble;
  }

  /** After a daily backup was made, or was not. */
  onChange(fn: () => void): Cancel {
    return this.#changed.add(fn);
  }

  /**
   * Writes a backup that the twelve words open. It is checked by opening it before it takes this name. Changes that
   * cannot become entries are in it as they are here. Throws CoveError: no-identity (while the client is closed, too),
   * backup-no-room, file-not-written, disk-failing, database-damaged, and what the keychain says.
   */
  async save(file: string): Promise<void> {
    const engine = this.#source.engine();
    if (engine === undefined) throw new CoveError('no-identity');
    // One after the other: two at once would write the same file.
    await this.#alone(async () => {
      for (const space of engine.replicas.all()) settle(engine, space);
      await save(engine.profile, file).catch((error: unknown) => {
        if (isDamage(error)) this.#source.damaged(error);
        throw said(error);
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

  /** For the client: the engine runs from now on. @internal */
  started(): void {
    this.#timer();
    this.#running = true;
    this.#timer = this.#source.clock.after(QUIET, () => void this.#daily());
  }

  /** For the client: the engine has ended. @internal */
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
      this.#worked();
    } catch (error) {
      const reason = said(error);
      const known = reason instanceof CoveError ? reason : new CoveError('internal', {}, error);
      log('backup-not-written', { reason: known.type });
      this.#failed(known);
    }
    if (!this.#running) return;
    this.#timer = clock.after(DAY / 24, () => void this.#daily());
    this.#changed.call();
  }

  #worked(): void {
    this.#trouble = undefined;
    this.#keep((storage) => dropMeta(storage, FAILING));
  }

  #failed(error: CoveError): void {
    const storage = this.#source.engine()?.profile.storage;
    const now = this.#source.clock.now();
    // A clock that was ahead when it began knows nothing of how long it is.
    const since = Math.min((storage && readTime(storage, FAILING)) ?? this.#trouble?.since ?? now, now);
    this.#trouble = { since, error };
    this.#keep((rows) => writeTime(rows, FAILING, since));
  }

  /** What fails backups may fail this as well; then it is known until Cove is closed. */
  #keep(write: (storage: Storage) => void): void {
    const storage = this.#source.engine()?.profile.storage;
    try {
      storage?.transaction(() => write(storage));
    } catch (error) {
      if (!(error instanceof CoveError)) throw error;
    }
  }
}

/** Not of a day to come either: one that was made while the clock was wrong must not keep the others from being made. */
const isOfToday = (age: number): boolean => age >= 0 && age < DAY;

/** In words that fit a file which is not the database's: its disk may be another one, and nothing tries it again. */
function said(error: unknown): unknown {
  if (!(error instanceof CoveError)) return isOfTheFile(error) ? new CoveError('file-not-written', {}, error) : error;
  if (error.type === 'disk-full') return new CoveError('backup-no-room', error.detail, error);
  return error.type === 'folder-read-only' ? new CoveError('file-not-written', error.detail, error) : error;
}

async function save(profile: ReadyProfile, file: string): Promise<void> {
  const keys = await profile.backupKeys();
  try {
    await writeBackup(profile.storage, file, keys);
  } finally {
    keys.key.fill(0);
    keys.backupKey.fill(0);
  }
}
