/**
 * Where the app stands between "opening" and "ready", and the ways on from each failure. A failed start never
 * makes a new identity: it waits here with its sentence until the person decides.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AppStatus, Failure } from '../../preload/contract/index.ts';
import {
  Client,
  CoveError,
  Listeners,
  bindFrom,
  createPassphraseKeychain,
  isDiskTrouble,
  isLoopback,
  meetingPointsFrom,
  withoutPassword,
  type ClientOptions,
  type Recovery,
} from '../client/index.ts';
import { failure } from './failure.ts';
import { person } from './person.ts';
import type { Preferences } from './preferences.ts';

/** How often a start is tried again by itself where only the disk was in the way. */
const AGAIN_MS = 10_000;
/** The keys' file of a profile that is protected by a passphrase instead of a keychain. */
const PASSPHRASE_FILE = 'keys.json';

export class AppState {
  readonly changed = new Listeners();
  readonly #options: ClientOptions & { readonly dataDir: string };
  readonly #preferences: Preferences;
  #client: Client | undefined;
  #failure:
    { readonly error: Failure; readonly can: readonly ('retry' | 'recover' | 'passphrase' | 'quit')[] } | undefined;
  /** Whose database is damaged: it knows the keychain that was asked. */
  #damaged: Client | undefined;
  #opening = false;
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
    const { meetingPoints, meetingPointPort, stun } = this.#preferences.values;
    const client = new Client({
      ...this.#options,
      ownMeetingPoint: true,
      meetingPointPort,
      // The environment's list, where there is one, goes before the person's.
      ...(meetingPoints.length > 0 && meetingPointsFrom({}) === undefined ? { meetingPoints } : {}),
      ...(stun.length > 0 && !isLoopback(bindFrom(this.#options)) ? { iceServers: stun } : {}),
      ...(passphrase === undefined ? {} : { keychain: createPassphraseKeychain({ file, passphrase }) }),
    });
    const failed = await this.#enter(client, async () => {
      if (passphrase === undefined && existsSync(file)) throw new CoveError('passphrase-needed');
      await client.initialize();
    });
    if (isDiskTrouble(failed)) this.#again = setTimeout(() => void this.open(passphrase), AGAIN_MS);
  }

  /** The person's choice after a damaged database: sets it aside and goes on with what can be read. Never rejects. */
  async recover(): Promise<Recovery | null> {
    const client = this.#damaged;
    if (this.#opening || client === undefined) return null;
    let recovery: Recovery | null = null;
    await this.#enter(client, async () => {
      recovery = await client.recover();
      await client.initialize();
    });
    return recovery;
  }

  /** Gives what went wrong, if anything did. */
  async #enter(client: Client, initialize: () => Promise<void>): Promise<unknown> {
    this.#opening = true;
    this.#failure = undefined;
    this.#damaged = undefined;
    this.changed.call();
    try {
      await initialize();
      this.#keepPort(client);
      this.#keepPasswords(client);
      this.#client = client;
      client.halo.onChange(() => this.changed.call());
      client.disk.changed.add(() => this.changed.call());
      return undefined;
    } catch (error) {
      await client.destroy();
      const { type } = failure(error);
      if (type === 'database-damaged') this.#damaged = client;
      const passphraseHelps =
        type === 'passphrase-needed' || type === 'passphrase-wrong' || type === 'keychain-missing';
      this.#failure = {
        error: failure(error),
        can: passphraseHelps
          ? ['retry', 'passphrase', 'quit']
          : type === 'database-damaged'
            ? ['retry', 'recover', 'quit']
            : ['retry', 'quit'],
      };
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
    if (profile === undefined || device === undefined) return { state: 'empty' };
    return {
      state: 'ready',
      me: person(profile.identityId, profile.displayName, profile.avatar),
      device: { deviceId: device.deviceId, name: device.name },
      phraseConfirmed: client.halo.phraseConfirmed,
      revoked: client.halo.revoked ? failure(new CoveError('device-revoked')) : null,
      readOnly: client.disk.trouble === undefined ? null : failure(client.disk.trouble),
    };
  }

  /** The own meeting point asks for the same port next time: other people's invitations name it. */
  #keepPort(client: Client): void {
    const port = Number(client.mesh.ownMeetingPoint?.split(':').at(-1) ?? 0);
    if (port === 0 || port === this.#preferences.values.meetingPointPort) return;
    try {
      this.#preferences.set({ meetingPointPort: port });
    } catch {
      // A full disk: another port next time is no reason not to open the notes.
    }
  }

  /** A list that was written with passwords, or had one typed into the file: they go where the keys are. */
  #keepPasswords(client: Client): void {
    const { meetingPoints } = this.#preferences.values;
    const shown = meetingPoints.map(withoutPassword);
    if (shown.join() === meetingPoints.join() || meetingPointsFrom({}) !== undefined) return;
    try {
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
