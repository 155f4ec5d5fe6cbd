/** client.halo: the person, this device, and the person's other devices. */
import { fromHex, toHex, type Hex } from '../engine/bytes.ts';
import { ready, wipe } from '../engine/crypto/sodium.ts';
import { CoveError } from '../engine/errors.ts';
import { phraseOf, safetyWords } from '../engine/halo/phrase.ts';
import type { PhraseAnswer } from '../engine/halo/phrase.ts';
import type { EmptyProfile, OpenedProfile, ReadyProfile } from '../engine/halo/profile.ts';
import { joinShares, missingShares, readShare } from '../engine/halo/share.ts';
import type { Split } from '../engine/halo/share.ts';
import type { GuestInvitation } from '../engine/invitation/invitation.ts';
import { decodeCode } from '../engine/invitation/code.ts';
import { linkDevice, type Linking } from '../engine/invitation/linking.ts';
import type { MeetingParts } from '../engine/invitation/parts.ts';
import type { Cancel, Log } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';
import type { Backups } from './backups.ts';
import type { Devices } from './devices.ts';
import type { Joining } from './echo.ts';
import type { Engine } from './engine.ts';
import type { ReceivedInvitation } from './invitation-encoder.ts';
import { Listeners } from '../engine/listeners.ts';

/** This person. */
export interface HaloProfile {
  readonly identityId: Hex;
  readonly displayName: string;
  /** Seed of the generated avatar. */
  readonly avatar: string;
}
/** This device. */
export interface HaloDevice {
  readonly deviceId: Hex;
  readonly name: string;
}

/** Of a recovery share, all but its value. */
export interface ShareNote extends Split {
  /** From 1. */
  readonly index: number;
  /** Shares of one splitting have the same. */
  readonly set: Hex;
}

interface Source {
  readonly profile: () => OpenedProfile;
  /** The profile is there from now on: starts the engine. */
  readonly created: (profile: ReadyProfile) => Engine;
  /** Runs what makes a profile when nothing else does. */
  readonly alone: <T>(step: () => Promise<T>) => Promise<T>;
  readonly engine: () => Engine | undefined;
  readonly parts: () => MeetingParts;
  readonly devices: Devices;
  readonly backups: Backups;
  readonly restore: (file: string, phrase: string) => Promise<void>;
  readonly log: Log;
}

/** Who the person is, and what proves it: `client.halo`. */
export class Halo {
  readonly #source: Source;
  readonly #changed: Listeners;
  readonly #linkings: Listeners;
  #linking: Linking | undefined;
  /** What a device code has left, when it is tried again. */
  readonly #linkAttempts = new Map<Hex, number>();

  constructor(source: Source) {
    this.#source = source;
    this.#changed = new Listeners(source.log);
    this.#linkings = new Listeners(source.log);
  }

  /** The person's devices: list, rename, remove, add. */
  get devices(): Devices {
    return this.#source.devices;
  }

  /** Encrypted files of the whole profile: on demand, and one a day. */
  get backups(): Backups {
    return this.#source.backups;
  }

  /**
   * Brings a person back from a backup file and the twelve words. This is a new device of theirs: what the old one wrote
   * since comes from whoever has it, and nothing collides. Throws CoveError: identity-exists, phrase-invalid,
   * backup-missing, backup-not-opened, backup-damaged, database-newer, folder-read-only, disk-full, disk-failing, and what
   * the keychain says.
   */
  async restoreBackup(file: string, phrase: string): Promise<HaloProfile> {
    return this.#source.alone(async () => {
      await this.#source.restore(file, phrase);
      this.#changed.call();
      return this.profile as HaloProfile;
    });
  }

  /** undefined until `createProfile`, `linkDevice`, `recoverProfile` or `restoreBackup`. */
  get profile(): HaloProfile | undefined {
    const profile = this.#source.profile();
    if (profile.state !== 'ready') return undefined;
    const { name, avatar } = profile.identity.profile();
    return { identityId: toHex(profile.identity.identityId), displayName: name, avatar };
  }

  get device(): HaloDevice | undefined {
    const profile = this.#source.profile();
    if (profile.state !== 'ready') return undefined;
    const deviceId = toHex(profile.identity.deviceId);
    return { deviceId, name: this.devices.nameOf(deviceId) };
  }

  /** This device was removed from the identity by another one: it takes no changes and gets nothing new. */
  get revoked(): boolean {
    const profile = this.#source.profile();
    return profile.state === 'ready' && profile.identity.revoked();
  }

  /** The phrase brought the person to this device, and it looks for another device of theirs until one has answered. */
  get recovering(): boolean {
    const profile = this.#source.profile();
    return profile.state === 'ready' && profile.recovering === 'phrase';
  }

  /**
   * Makes the identity of this profile. Default of `displayName`: Someone. Throws CoveError: identity-exists,
   * value-invalid (no name), and what the keychain and the disk say.
   */
  async createProfile(profile: { readonly displayName?: string } = {}): Promise<HaloProfile> {
    check('profile', SHAPES.profile, profile);
    const { displayName = 'Someone' } = profile;
    return this.#source.alone(async () => this.#begin(await this.#empty().createIdentity(displayName)));
  }

  /**
   * Brings a person back with the twelve words. This device is one of theirs from now on; it looks for the others, and
   * takes what the person had from the first that answers. Without any, whoever invites it again meets the same person,
   * with the role they had. Throws CoveError: identity-exists, phrase-invalid, and what the keychain and the disk say.
   */
  async recoverProfile(phrase: string): Promise<HaloProfile> {
    check('phrase', SHAPES.text, phrase);
    return this.#source.alone(async () => this.#begin(await this.#empty().recoverIdentity(phrase)));
  }

  /**
   * Makes this device one more of a person who has others: `received` is a device code from `devices.invite()` there.
   * Throws CoveError: identity-exists, code-invalid, code-newer, not-a-device-code. One that is under way ends.
   */
  linkDevice(received: ReceivedInvitation): Joining {
    check('received', SHAPES.received, received);
    const profile = this.#empty();
    this.#linking?.invitation.cancel();
    const parts = this.#source.parts();
    const seat = profile.prepareLink();
    this.#linking = linkDevice({
      parts,
      code: decodeCode(received.code, parts.loopback ? { loopback: true } : {}),
      seat: { ...seat, link: (linked) => this.#source.alone(() => seat.link(linked)) },
      attempts: this.#linkAttempts,
      started: (linked) => {
        const engine = this.#source.created(linked);
        this.#changed.call();
        return { halo: engine.halo.space, adopt: (adopted) => engine.mesh.adopt(adopted) };
      },
      onChange: () => this.#linkings.call(),
    });
    const { invitation } = this.#linking;
    this.#linkings.call();
    return {
      invitation,
      authenticate: async (code) => void (await invitation.authenticate(code)),
      cancel: () => invitation.cancel(),
    };
  }

  /** This device on its way into an identity, by its invitation's id. */
  getLinking(id: Hex): GuestInvitation | undefined {
    return this.#linking?.invitation.id === id ? this.#linking.invitation : undefined;
  }

  /** After the state of a link changed. */
  onLinking(fn: () => void): Cancel {
    return this.#linkings.add(fn);
  }

  /** Six words that this person and another have in common: compared aloud, they show that nobody stands in between. */
  safetyWords(identityId: Hex): readonly string[] {
    check('identityId', SHAPES.id, identityId);
    return safetyWords(this.#ready().identity.identityId, fromHex(identityId));
  }

  /** When the person said that the words were the same, ms since 1970; all own devices know it. */
  verifiedAt(identityId: Hex): number | undefined {
    return this.#source.engine()?.halo.verifiedAt(identityId);
  }

  /** Notes whether the safety words of a person were compared. Throws CoveError: no-identity, argument-invalid. */
  setVerified(identityId: Hex, verified: boolean): void {
    check('identityId', SHAPES.id, identityId);
    check('verified', SHAPES.flag, verified);
    const engine = this.#source.engine();
    if (engine === undefined) throw new CoveError('no-identity');
    engine.halo.setVerified(identityId, verified);
    this.#changed.call();
  }

  /** Renames the person. Throws CoveError: value-invalid (no name), too-large (the identity has no room for one more). */
  rename(displayName: string): void {
    check('displayName', SHAPES.text, displayName);
    this.#ready().identity.setProfile({ name: displayName });
    this.#changed.call();
  }

  /** False until the person has shown that the recovery phrase is written down. */
  get phraseConfirmed(): boolean {
    return this.#ready().phraseConfirmed;
  }

  /** The twelve words, for the person's eyes only; null once they were confirmed. */
  async phrase(): Promise<readonly string[] | null> {
    const profile = this.#ready();
    return profile.phraseConfirmed ? null : profile.phrase();
  }

  /** Places of three words to ask for, from 0, drawn anew each time. */
  phraseChallenge(): readonly number[] {
    return this.#ready().phraseChallenge();
  }

  /**
   * Three right words, of different places, erase the phrase from this device; false: they are not right. Throws
   * CoveError('phrase-confirmed') once they are erased, and what the keychain says.
   */
  async confirmPhrase(answers: readonly PhraseAnswer[]): Promise<boolean> {
    try {
      await this.#ready().confirmPhrase(answers);
    } catch (error) {
      if (error instanceof CoveError && error.type === 'phrase-mismatch') return false;
      throw error;
    }
    this.#changed.call();
    return true;
  }

  /**
   * Recovery shares to hand out: any `threshold` of them bring the phrase back, fewer say nothing of it. From the words,
   * or without while this device still keeps them. Throws CoveError: phrase-invalid, phrase-mismatch, phrase-confirmed,
   * and what the keychain says.
   */
  async splitPhrase(split: Split, phrase?: string): Promise<readonly string[]> {
    check('split', SHAPES.split, split);
    return this.#ready().split(split, phrase);
  }

  /**
   * The twelve words behind enough shares of one set, for `recoverProfile`, `restoreBackup` or `devices.revoke`. Throws
   * CoveError: share-invalid, share-newer, share-twice, shares-mixed, shares-missing, shares-wrong.
   */
  async joinShares(shares: readonly string[]): Promise<string> {
    await ready();
    const entropy = await joinShares(shares);
    const phrase = phraseOf(entropy).join(' ');
    wipe(entropy);
    return phrase;
  }

  /** What a share's text says of itself. Throws CoveError('share-invalid' | 'share-newer'). */
  readShare(text: string): ShareNote {
    const { threshold, shares, index, set } = readShare(text);
    return { threshold, shares, index, set };
  }

  /** How many are missing to bring the phrase back. Throws CoveError: share-invalid, share-newer, share-twice, shares-mixed. */
  missingShares(texts: readonly string[]): number {
    return missingShares(texts.map(readShare));
  }

  /** Calls `fn` after each change of the profile, its devices or who is verified. */
  onChange(fn: () => void): Cancel {
    return this.#changed.add(fn);
  }

  /** For the client: the engine runs from now on. @internal */
  started(engine: Engine): void {
    engine.identity.onChange(() => this.#changed.call());
    engine.halo.onChange(() => this.#changed.call());
  }

  /** For the client: the engine runs at last, which could not start when the profile was made. @internal */
  begun(): void {
    this.#changed.call();
  }

  /** For the client: ends a link that is under way. @internal */
  stopped(): void {
    this.#linking?.close();
  }

  #begin(profile: ReadyProfile): HaloProfile {
    this.#source.created(profile);
    this.#changed.call();
    return this.profile as HaloProfile;
  }

  #empty(): EmptyProfile {
    const profile = this.#source.profile();
    if (profile.state === 'ready') throw new CoveError('identity-exists');
    return profile;
  }

  #ready(): ReadyProfile {
    const profile = this.#source.profile();
    if (profile.state !== 'ready') throw new CoveError('no-identity');
    return profile;
  }
}
