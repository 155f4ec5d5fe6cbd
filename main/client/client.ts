/**
 * The SDK's Client: one profile, opened. It composes the engine with its native parts; the app's main process
 * and plain Node programs use it alike.
 */
import { join } from 'node:path';
import { CoveError, isDamage } from '../engine/errors.ts';
import { writeMeta } from '../engine/halo/meta.ts';
import type { OpenedProfile } from '../engine/halo/profile.ts';
import type { Recovery } from '../engine/halo/recovery.ts';
import { oneAtATime } from '../engine/one-at-a-time.ts';
import type { Cancel, Clock, Log } from '../engine/ports.ts';
import { createBlockFiles } from '../../native/block-files.ts';
import { createSystemClock } from '../../native/clock.ts';
import { createSystemRandom } from '../../native/random.ts';
import { nativeBinding } from '../../native/sqlite/index.ts';
import { check, SHAPES } from './arguments.ts';
import { Backups } from './backups.ts';
import { Bundles } from './bundles.ts';
import { FileJoins } from './file-joins.ts';
import { Devices } from './devices.ts';
import { Disk } from './disk.ts';
import { Echo } from './echo.ts';
import { runningEngine, startEngine, type Engine, type EnginePorts } from './engine.ts';
import { Halo } from './halo.ts';
import { pointsOff } from './meeting-points.ts';
import { Mesh } from './mesh.ts';
import type { Network } from './network.ts';
import {
  bindFrom,
  carryFrom,
  checkBind,
  consoleLog,
  dataDirFrom,
  isLoopback,
  lanAddressesFrom,
  lanFrom,
  meetingPointsFrom,
  proxyFrom,
  turnServersFrom,
  type ClientOptions,
} from './options.ts';
import { ProfileFiles } from './profile-files.ts';
import { PROXIES, parseProxyChoice } from './proxies.ts';
import { republish } from './republish.ts';
import { BROKERS, ServerPasswords } from './server-passwords.ts';
import { TURN_SERVERS, parseTurnServers } from './turn-address.ts';
import { BLOBS } from './set-aside.ts';

/** How long the keychain, and what clears files away, may take at the end. */
const GUARD_MS = 2_000;
/** Between attempts to start on a disk that was full. */
const AGAIN_MS = 5_000;
/** A row that only shows that rows can be written. */
const WRITTEN = 'disk.written';
/** Bytes: as much as others send at once. */
const MUCH = 1 << 20;

/**
 * One profile, opened. Before `initialize` and after `destroy` what needs the profile throws CoveError('closed'), and
 * without an identity CoveError('no-identity'). Spaces and objects that it gave are of no use after `destroy`.
 */
export class Client {
  readonly halo: Halo;
  readonly echo: Echo;
  readonly mesh: Mesh;
  readonly #options: ClientOptions;
  readonly #log: Log;
  /**
   * Whether something can be written at the moment. After `database-damaged` destroy the client and initialize it again:
   * that says what is wrong, and `recover` is the way on.
   */
  readonly disk: Pick<Disk, 'trouble' | 'changed'>;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #random = createSystemRandom();
  readonly #storage = () => (this.#profile?.state === 'ready' ? this.#profile.storage : undefined);
  readonly #passwords = new ServerPasswords(BROKERS, this.#storage);
  readonly #turnSecrets = new ServerPasswords(TURN_SERVERS, this.#storage);
  readonly #proxyPassword = new ServerPasswords(PROXIES, this.#storage);
  readonly #files: ProfileFiles;
  #profile: OpenedProfile | undefined;
  #network: Network | undefined;
  #engine: Engine | undefined;
  #stopBeginning: Cancel = () => undefined;
  /** Opening, closing and making a profile: whoever fails clears up, and must not clear away what another has made. */
  readonly #alone = oneAtATime();

  /** Throws CoveError('argument-invalid'). */
  constructor(options: ClientOptions = {}) {
    check('options', SHAPES.client, options);
    const { log = consoleLog } = options;
    this.#options = options;
    this.#log = log;
    this.#disk = new Disk(createSystemClock(), log, () => this.#writeSomething());
    this.disk = this.#disk;
    this.#clock = this.#disk.clock;
    this.#files = new ProfileFiles({ options, clock: this.#clock, random: this.#random, log, onDisk: this.#heard });
    const engine = () => this.#engine;
    const network = () => this.#network;
    this.halo = new Halo({
      profile: () => this.#open(),
      created: (profile) => this.#begin(profile) as Engine,
      alone: this.#alone,
      engine,
      parts: () => this.#parts(),
      devices: new Devices({ engine, network, log }),
      backups: new Backups({
        engine,
        clock: this.#clock,
        log,
        damaged: this.#heard,
        folder: () => join(dataDirFrom(options), 'backups'),
      }),
      restore: (file, phrase) => this.#restore(file, phrase),
      log,
    });
    this.mesh = new Mesh({
      ...{ engine, network, log, passwords: this.#passwords, turnSecrets: this.#turnSecrets, storage: this.#storage },
      spaces: () => this.echo.spaces,
      proxyPassword: this.#proxyPassword,
      chosen: () => this.#republish(),
    });
    const running = () => runningEngine({ engine, network });
    const bundles = new Bundles({ engine: running, clock: this.#clock, random: this.#random });
    const fileJoins = new FileJoins({ engine: running, bundles });
    this.echo = new Echo({ engine, network, bundles, fileJoins, loopback: this.#loopback, log });
  }

  /**
   * Opens the profile and the network. Throws CoveError: keychain-locked, keychain-missing, keychain-unreachable,
   * keychain-item-missing, keys-unreadable, passphrase-wrong, wrong-key, database-damaged, database-missing,
   * database-newer, profile-id-lost, folder-read-only, profile-in-use, disk-full, disk-failing, bind-invalid,
   * bind-not-here, turn-invalid, proxy-invalid, lan-address-invalid, sqlite-missing. Then nothing is open, and it
   * may be tried again. Nothing happens when it is open.
   */
  initialize(): Promise<void> {
    return this.#alone(async () => {
      if (this.#profile !== undefined) return;
      try {
        await this.#initialize();
      } catch (error) {
        await this.#close();
        if (error instanceof CoveError && error.type.startsWith('keychain-')) {
          this.#log('keychain.failed', {
            type: error.type,
            reason: String(error.cause ?? error.detail['reason'] ?? ''),
          });
        }
        throw error;
      }
    });
  }

  async #initialize(): Promise<void> {
    nativeBinding(); // there would be none for a profile that is yet to be made
    const bind = bindFrom(this.#options);
    checkBind(bind);
    const turnServers = turnServersFrom(this.#options) ?? [];
    parseTurnServers(turnServers);
    const proxy = proxyFrom(this.#options) ?? 'system';
    parseProxyChoice(proxy);
    const opening = this.#files.open().then((profile) => (this.#profile = profile));
    // The network's libraries are read while the keychain is asked, which another thread does.
    const [, { openNetwork }] = await Promise.all([opening, import('./network.ts')]);
    const points = meetingPointsFrom(this.#options);
    const { usable, lacking } = parseTurnServers(this.#turnSecrets.filled(turnServers));
    // Whoever put an older database back, or edits a file, is not kept from the notes.
    if (lacking.length > 0) this.#log('turn-secret-missing', { servers: lacking.length });
    this.#network = await openNetwork({
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      meetingPoints: points && this.#passwords.filled(points),
      bind,
      iceServers: this.#options.iceServers,
      turnServers: usable,
      proxy: parseProxyChoice(this.#proxyPassword.filled([proxy])[0] ?? proxy),
      systemProxy: this.#options.systemProxy,
      ownMeetingPoint: this.#options.ownMeetingPoint ?? false,
      carries: carryFrom(this.#options),
      lan: lanFrom(this.#options),
      lanAddresses: lanAddressesFrom(this.#options),
      ports: [this.#options.meetingPointPort ?? 0, ...(this.#options.meetingPointFormerPorts ?? [])],
    });
    this.mesh.opened(this.#network);
    this.#start();
  }

  /**
   * After `initialize` has thrown database-damaged, and only when the person has chosen it: sets the damaged files
   * aside and makes a database of what can still be read. The rest comes from one's other devices and from members.
   * Then `initialize` opens it. Throws CoveError: bad-request (it is open), profile-id-lost, keychain-item-missing,
   * wrong-key, and what the keychain and the disk say.
   */
  recover(): Promise<Recovery> {
    return this.#alone(async () => {
      this.#assertClosed();
      return this.#files.recover();
    });
  }

  /**
   * After `initialize` has thrown keychain-unreachable, keychain-item-missing, keys-unreadable, passphrase-wrong,
   * wrong-key, profile-id-lost or database-missing, or after `destroy` on a device that was removed, and only when the
   * person has chosen it: moves the profile as it is into a folder of its own and gives that folder. The next `initialize`
   * finds none and begins anew, for the recovery phrase or a backup. Throws CoveError: bad-request (it is open),
   * profile-in-use, no-identity (there is nothing to move), folder-read-only, disk-full.
   */
  setAside(): string {
    this.#assertClosed();
    return this.#files.setAside();
  }

  /** Where profiles that could not be opened lie now, the newest first. */
  asideFolders(): readonly string[] {
    return this.#files.asideFolders();
  }

  /** Leaves politely and closes everything; nothing saved is lost without it. Harmless when called twice. */
  destroy(): Promise<void> {
    return this.#alone(() => this.#close());
  }

  async #close(): Promise<void> {
    const profile = this.#profile;
    const network = this.#network;
    const cleared = this.#engine?.cleared;
    this.#stopBeginning();
    try {
      this.#engine?.stop();
    } catch (error) {
      // On a damaged database nothing can be put in order any more.
      if (!isDamage(error)) throw error;
    }
    this.#engine = undefined;
    this.halo.stopped();
    this.halo.backups.stopped();
    this.halo.devices.stopped();
    this.echo.stopped();
    this.#network = undefined;
    this.#profile = undefined;
    await network?.close();
    await this.#atMost(GUARD_MS, cleared); // of a short command it may have hardly begun
    this.#disk.close();
    if (profile?.state !== 'ready') return;
    // From here on a copy of this run's database is known for one. A keychain that does not answer is not waited for.
    await this.#atMost(GUARD_MS, profile.turnGuard()).catch(() => this.#log('guard-not-turned'));
    profile.storage.close();
  }

  async #atMost(ms: number, work: Promise<unknown> | undefined): Promise<void> {
    let stopWaiting: Cancel = () => undefined;
    const waited = new Promise<void>((resolve) => (stopWaiting = this.#clock.after(ms, resolve)));
    await Promise.race([work, waited]).finally(stopWaiting);
  }

  /** A profile from a backup and the twelve words, opened. */
  async #restore(file: string, phrase: string): Promise<void> {
    if (this.#open().state === 'ready') throw new CoveError('identity-exists');
    this.#begin(await this.#files.restore(file, phrase));
  }

  /** A profile that was just made stays, whatever the disk says to the engine's first steps: they are tried again. */
  #begin(profile: OpenedProfile): Engine | undefined {
    this.#profile = profile;
    try {
      return this.#start();
    } catch (error) {
      const again = (): void => {
        this.#stopBeginning = this.#clock.after(AGAIN_MS, () => {
          try {
            this.#start();
            this.halo.begun();
          } catch {
            again();
          }
        });
      };
      again();
      throw error;
    }
  }

  readonly #heard = (trouble: CoveError | undefined): void => {
    if (isDamage(trouble)) this.#files.markSuspect();
    this.#disk.heard(trouble);
  };

  #writeSomething(): void {
    if (this.#profile?.state !== 'ready') return;
    const { storage } = this.#profile;
    for (const bytes of [new Uint8Array(MUCH), this.#random.bytes(8)]) {
      storage.transaction(() => writeMeta(storage, WRITTEN, bytes));
    }
  }

  get #loopback(): boolean {
    return isLoopback(bindFrom(this.#options));
  }

  #assertClosed(): void {
    if (this.#profile !== undefined) throw new CoveError('bad-request');
  }

  #open(): OpenedProfile {
    if (this.#profile === undefined) throw new CoveError('closed');
    return this.#profile;
  }

  #start(): Engine | undefined {
    if (this.#profile?.state !== 'ready' || this.#network === undefined || this.#engine !== undefined) {
      return this.#engine;
    }
    this.#passwords.started();
    this.#turnSecrets.started();
    this.#network.setOff(pointsOff(this.#profile.storage));
    this.#proxyPassword.started();
    this.#engine = startEngine(this.#profile, this.#parts());
    this.echo.started(this.#engine);
    this.mesh.started(this.#engine);
    this.halo.devices.started(this.#engine);
    this.halo.started(this.#engine);
    this.halo.backups.started();
    this.#republish();
    // Whoever goes from one network to another loses meeting points and finds them again.
    this.#network.rendezvous.onHealth(() => this.#republish());
    this.#network.onChange(() => this.#engine?.mesh.networkChanged());
    return this.#engine;
  }

  #republish(): void {
    if (this.#profile?.state !== 'ready' || this.#network === undefined) return;
    const { own, broker } = this.#network;
    const lists = [...this.echo.spaces.map((space) => space.meetingPoints), ...this.halo.devices.meetingPoints];
    try {
      republish(this.#profile.storage, lists, { own: own?.named === undefined ? undefined : own.url, broker });
    } catch (error) {
      // A full disk: the next start does it.
      if (!(error instanceof CoveError)) throw error;
      this.#log('meeting-points-not-published', { type: error.type });
    }
  }

  #parts(): EnginePorts {
    const network = this.#network;
    if (network === undefined) throw new CoveError('closed');
    return {
      clock: this.#clock,
      random: this.#random,
      rendezvous: network.rendezvous,
      friends: network.rendezvous,
      transport: network.transport,
      relays: network.relays,
      lan: network.lan,
      lanAddresses: network.lanAddresses,
      log: this.#log,
      spaceQuota: this.#options.spaceQuota,
      blobQuota: blobQuota(this.#options),
      blockFiles: createBlockFiles(join(dataDirFrom(this.#options), BLOBS)),
      loopback: this.#loopback,
    };
  }
}

const blobQuota = ({ blobQuota: space, totalBlobQuota: total }: ClientOptions) => ({
  ...(space === undefined ? {} : { space }),
  ...(total === undefined ? {} : { total }),
});
