/**
 * The files of one profile in its folder: opened, restored from a backup, salvaged or put out of the way. All but
 * `markSuspect` is for a profile that is not open, which whoever uses this sees to.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CoveError, isDamage } from '../engine/errors.ts';
import { openProfile, type OpenedProfile, type ProfileOptions } from '../engine/halo/profile.ts';
import { recoverProfile, type Recovery } from '../engine/halo/recovery.ts';
import { restoreProfile } from '../engine/halo/restore.ts';
import type { Clock, Keychain, Log, Random } from '../engine/ports.ts';
import { createKeychain } from '../../native/keychain/index.ts';
import { stageRestore } from '../../native/sqlite/backup.ts';
import { createSalvage, createVault, isInUse, markSuspect, type OnDisk } from '../../native/sqlite/index.ts';
import { POINTS_OFF } from './meeting-points.ts';
import { dataDirFrom, type ClientOptions } from './options.ts';
import { profileId } from './profile-id.ts';
import { PROXIES } from './proxies.ts';
import { BROKERS } from './server-passwords.ts';
import {
  asideFolders,
  DATABASE,
  datedFolder,
  finishSettingAside,
  holdsProfile,
  setBlobsAside,
  setProfileAside,
} from './set-aside.ts';
import { TURN_SERVERS } from './turn-address.ts';

export interface ProfileFilesParts {
  readonly options: ClientOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Hears of a disk that is full or fails, and of its recovery; and of damage that is met after the opening. */
  readonly onDisk: OnDisk;
}

export class ProfileFiles {
  readonly #parts: ProfileFilesParts;
  /** Where damaged files go, however often it is tried. */
  #damaged: string | undefined;

  constructor(parts: ProfileFilesParts) {
    this.#parts = parts;
  }

  /** Throws CoveError, see `Client.initialize`. */
  open(): Promise<OpenedProfile> {
    finishSettingAside(this.#dataDir);
    return openProfile(this.#profileOptions());
  }

  /** A profile from a backup and the twelve words, opened. Throws CoveError: backup-damaged, and as `open`. */
  async restore(file: string, phrase: string): Promise<OpenedProfile> {
    const target = this.#database;
    try {
      await restoreProfile(this.#profileOptions(), phrase, (keys) => stageRestore(file, target, keys));
    } catch (error) {
      throw isDamage(error) ? new CoveError('backup-damaged', {}, error) : error;
    }
    return openProfile(this.#profileOptions());
  }

  /** Sets damaged files aside and makes a database of what can still be read. */
  async recover(): Promise<Recovery> {
    const { clock, random, log } = this.#parts;
    const dataDir = this.#dataDir;
    this.#damaged ??= datedFolder(dataDir, 'damaged', clock.now());
    const recovery = await recoverProfile({
      keychain: this.#keychain,
      salvage: createSalvage({ path: this.#database }),
      random,
      clock,
      account: profileId(dataDir, () => true),
      deviceName: this.#deviceName,
      log,
      folder: this.#damaged,
      settings: [BROKERS.kept, TURN_SERVERS.kept, PROXIES.kept, POINTS_OFF],
    });
    // Its key stays in the keychain under the id that goes with the files.
    if (!recovery.identity) setProfileAside(dataDir, recovery.folder);
    else setBlobsAside(dataDir, recovery.folder);
    return recovery;
  }

  /** Moves the profile as it is into a folder of its own and gives that folder. Throws CoveError: profile-in-use, no-identity. */
  setAside(): string {
    const dataDir = this.#dataDir;
    if (isInUse(this.#database)) throw new CoveError('profile-in-use');
    if (!holdsProfile(dataDir)) throw new CoveError('no-identity');
    const folder = datedFolder(dataDir, 'set-aside', this.#parts.clock.now());
    setProfileAside(dataDir, folder);
    return join(dataDir, folder);
  }

  /** Where profiles that could not be opened lie now, the newest first. */
  asideFolders(): readonly string[] {
    const dataDir = this.#dataDir;
    return asideFolders(dataDir).map((name) => join(dataDir, name));
  }

  /** The next start looks whether the database is damaged. */
  markSuspect(): void {
    markSuspect(this.#database);
  }

  #profileOptions(): ProfileOptions {
    const { random, log, onDisk } = this.#parts;
    const vault = createVault({ path: this.#database, onDisk });
    return {
      keychain: this.#keychain,
      vault,
      random,
      account: profileId(this.#dataDir, () => vault.exists()),
      deviceName: this.#deviceName,
      log,
    };
  }

  get #dataDir(): string {
    return dataDirFrom(this.#parts.options);
  }

  get #database(): string {
    return join(this.#dataDir, DATABASE);
  }

  get #keychain(): Keychain {
    return this.#parts.options.keychain ?? createKeychain();
  }

  get #deviceName(): string {
    return this.#parts.options.deviceName ?? hostname();
  }
}
