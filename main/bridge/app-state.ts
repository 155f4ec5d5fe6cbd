/**
 * Where the app stands between "opening" and "ready", and the ways on from each failure. A failed start never
 * makes a new identity: it waits here with its sentence until the person decides.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AppStatus } from '../../preload/contract/index.ts';
import { isProxyChoice } from '../../preload/contract/server-addresses.ts';
import {
  Client,
  CoveError,
  Listeners,
  PASSPHRASE_FILE,
  consoleLog,
  createPassphraseKeychain,
  isDamage,
  isDiskTrouble,
  meetingPointsFrom,
  proxyFrom,
  withoutPassword,
  withoutProxyPassword,
  type ClientOptions,
  type ErrorType,
  type Recovery,
} from '../client/index.ts';
import { failure } from './failure.ts';
import { person } from './person.ts';
import type { Preferences } from './preferences.ts';
import { settingsOf } from './settings-of.ts';

/** How often a start is tried again by itself where only the disk was in the way. */
const AGAIN_MS = 10_000;
/** Damage that is met again so soon was not seen by the opening in between. */
const REOPENED_MS = 60_000;

type FailedStatus = Extract<AppStatus, { state: 'failed' }>;

/** Beside leaving. Where nothing is named there is trying again: a locked keychain, for one, is unlocked. */
const WAYS_ON: Partial<Record<string, FailedStatus['can']>> = {
  'passphrase-needed': ['passphrase', 'setAside'],
  'passphrase-wrong': ['passphrase', 'setAside'],
  'keychain-missing': ['retry', 'passphrase'],
  'keychain-unreachable': ['retry', 'setAside'],
  'keys-unreadable': ['retry', 'setAside'],
  'database-damaged': ['retry', 'recover'],
  'keychain-item-missing': ['retry', 'setAside'],
  'wrong-key': ['retry', 'setAside'],
  'profile-id-lost': ['retry', 'setAside'],
  'database-missing': ['retry', 'setAside'],
} satisfies Partial<Record<ErrorType, FailedStatus['can']>>;

/** After the words were typed, until a space is here. */
const isSeeking = ({ halo, echo }: Client): boolean => halo.recovering && echo.spaces.length === 0;

export class AppState {
  readonly changed = new Listeners(consoleLog);
  readonly #options: ClientOptions & { readonly dataDir: string };
  readonly #preferences: Preferences;
  #client: Client | undefined;
  #failure: Pick<FailedStatus, 'error' | 'can'> | undefined;
  /** Whose profile could not be opened: it knows the keychain that was asked. */
  #failed: Client | undefined;
  #opening = false;
  /** When damage was met last. */
  #reopened = -Infinity;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ClientOptions & { readonly dataDir: string }, preferences: Preferences) {
    this.#options = options;
    this.#preferences = preferences;
  }

  /** Opens the profile; never rejects, the outcome is the status. */
  async open(passphrase?: string): Promise<void> {
    if (this.#opening || this.#client !== undefined) return;
    clearTimeout(this.#again);
    const file = join(this.#options.dataDir, PASSPHRASE_FILE);
    const client = new Client({
      ...this.#options,
      ownMeetingPoint: true,
      ...settingsOf(this.#preferences.values, this.#options),
      ...(passphrase === undefined ? {} : { keychain: createPassphraseKeychain({ file, passphrase }) }),
    });
    client.halo.onChange(() => this.changed.call());
    client.disk.changed.add(() => {
      if (isDamage(client.disk.trouble)) void this.#reopen(client);
      else this.changed.call();
    });
    const failed = await this.#enter(client, async () => {
      if (passphrase === undefined && existsSync(file)) throw new CoveError('passphrase-needed');
      await client.initialize();
    });
    if (isDiskTrouble(failed)) this.#again = setTimeout(() => void this.open(passphrase), AGAIN_MS);
  }

  /**
   * The person's choice after a damaged database: sets it aside and goes on with what can be read. Never rejects; where
   * only the disk is in the way, what is left of it is tried again.
   */
  async recover(): Promise<Recovery | null> {
    const client = this.#failedWith('recover');
    return client === undefined ? null : this.#recover(client);
  }

  async #recover(client: Client, before: Recovery | null = null): Promise<Recovery | null> {
    if (this.#opening) return null;
    clearTimeout(this.#again);
    let recovery = before;
    const failed = await this.#enter(client, async () => {
      recovery ??= await client.recover();
      await client.initialize();
    });
    // With the client that knows the passphrase: nobody has to type it twice.
    if (isDiskTrouble(failed)) this.#again = setTimeout(() => void this.#recover(client, recovery), AGAIN_MS);
    return recovery;
  }

  /**
   * The person's choice where no key opens the notes, where this device was removed, or where the words brought nothing:
   * gives the folder that has them now, and begins anew.
   */
  async setAside(): Promise<string> {
    if (this.#client !== undefined && (this.#client.halo.revoked || isSeeking(this.#client)))
      return this.#leave(this.#client);
    const client = this.#failedWith('setAside');
    if (client === undefined) throw new CoveError('bad-request');
    const folder = client.setAside();
    await this.open();
    return folder;
  }

  async #leave(client: Client): Promise<string> {
    this.#client = undefined;
    this.changed.call();
    await client.destroy();
    try {
      return client.setAside();
    } finally {
      // Also where nothing could be moved: what is there is shown again.
      await this.open();
    }
  }

  /** Damage that was met while the notes were open: opening them anew says what is wrong, and has the ways on. */
  async #reopen(client: Client): Promise<void> {
    const damage = client.disk.trouble;
    if (this.#client !== client) return;
    this.#client = undefined;
    // Met again at once: the opening does not see it, so it is taken for what it was called.
    const again = performance.now() - this.#reopened < REOPENED_MS;
    this.#reopened = performance.now();
    await this.#enter(client, async () => {
      await client.destroy();
      if (again) throw damage;
      await client.initialize();
    });
  }

  #failedWith(way: FailedStatus['can'][number]): Client | undefined {
    return this.#failure?.can.includes(way) === true ? this.#failed : undefined;
  }

  /** Gives what went wrong, if anything did. */
  async #enter(client: Client, initialize: () => Promise<void>): Promise<unknown> {
    this.#opening = true;
    this.#failure = undefined;
    this.#failed = undefined;
    this.changed.call();
    try {
      await initialize();
      this.#keepPort(client);
      this.#keepPasswords(client);
      this.#client = client;
      return undefined;
    } catch (error) {
      await client.destroy();
      const { type } = failure(error);
      this.#failed = client;
      this.#failure = { error: failure(error), can: [...(WAYS_ON[type] ?? ['retry']), 'quit'] };
      return error;
    } finally {
      this.#opening = false;
      this.changed.call();
    }
  }

  /** The open client, if the profile is open. */
  get opened(): Client | undefined {
    return this.#client;
  }

  /** The open client; throws CoveError('closed') before the profile is open. */
  get client(): Client {
    if (this.#client === undefined) throw new CoveError('closed');
    return this.#client;
  }

  status(): AppStatus {
    if (this.#failure !== undefined) return { state: 'failed', ...this.#failure };
    const client = this.#client;
    if (client === undefined) return { state: 'opening' };
    const { profile, device } = client.halo;
    if (profile === undefined || device === undefined)
      return { state: 'empty', aside: client.asideFolders()[0] ?? null };
    return {
      state: 'ready',
      me: person(profile.identityId, profile.displayName, profile.avatar),
      device: { deviceId: device.deviceId, name: device.name },
      phraseConfirmed: client.halo.phraseConfirmed,
      seeking: isSeeking(client),
      revoked: client.halo.revoked ? failure(new CoveError('device-revoked')) : null,
      readOnly: client.disk.trouble === undefined ? null : failure(client.disk.trouble),
    };
  }

  /** The own meeting point asks for the same port next time: other people's invitations name it. */
  #keepPort(client: Client): void {
    const port = client.mesh.ownPort;
    const { meetingPointPort } = this.#preferences.values;
    if (port === undefined || port === meetingPointPort) return;
    try {
      this.#preferences.set({ meetingPointPort: port, meetingPointFormerPort: meetingPointPort });
    } catch {
      // A full disk: another port next time is no reason not to open the notes.
    }
  }

  /** A list that was written with passwords, or had one typed into the file: they go where the keys are. */
  #keepPasswords(client: Client): void {
    const { meetingPoints, proxy } = this.#preferences.values;
    const shown = meetingPoints.map(withoutPassword);
    try {
      if (isProxyChoice(proxy) && withoutProxyPassword(proxy) !== proxy && proxyFrom({}) === undefined) {
        this.#preferences.set({ proxy: client.mesh.setProxy(proxy) });
      }
      if (shown.join() === meetingPoints.join() || meetingPointsFrom({}) !== undefined) return;
      client.mesh.setMeetingPoints(meetingPoints);
      this.#preferences.set({ meetingPoints: shown });
    } catch {
      // A full disk: the next start does it.
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#again);
    const client = this.#client;
    this.#client = undefined;
    await client?.destroy();
  }
}
