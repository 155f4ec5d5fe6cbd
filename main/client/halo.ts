/** client.halo: the person and this device. */
import { toHex, type Hex } from '../engine/bytes.ts';
import { CoveError } from '../engine/errors.ts';
import type { PhraseAnswer } from '../engine/halo/phrase.ts';
import type { OpenedProfile, ReadyProfile } from '../engine/halo/profile.ts';
import type { Cancel } from '../engine/ports.ts';
import { Listeners } from './observable.ts';

export interface HaloProfile {
  readonly identityId: Hex;
  readonly displayName: string;
  /** Seed of the generated avatar. */
  readonly avatar: string;
}
export interface HaloDevice {
  readonly deviceId: Hex;
  readonly name: string;
}

export class Halo {
  readonly #source: { readonly profile: () => OpenedProfile; readonly created: (profile: ReadyProfile) => void };
  readonly #changed = new Listeners();

  constructor(source: { readonly profile: () => OpenedProfile; readonly created: (profile: ReadyProfile) => void }) {
    this.#source = source;
  }

  /** undefined until `createProfile`. */
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
    return { deviceId, name: profile.identity.state().devices.get(deviceId)?.name ?? '' };
  }

  /** Makes the identity of this profile. Throws CoveError('identity-exists') when there is one. */
  async createProfile({ displayName = 'Someone' }: { readonly displayName?: string } = {}): Promise<HaloProfile> {
    const profile = this.#source.profile();
    if (profile.state === 'ready') throw new CoveError('identity-exists');
    this.#source.created(await profile.createIdentity(displayName));
    this.#changed.call();
    return this.profile as HaloProfile;
  }

  rename(displayName: string): void {
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

  /** Three right words erase the phrase from this device. */
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

  onChange(fn: () => void): Cancel {
    return this.#changed.add(fn);
  }

  #ready(): ReadyProfile {
    const profile = this.#source.profile();
    if (profile.state !== 'ready') throw new CoveError('no-identity');
    return profile;
  }
}
