/** HALO as the windows see it: the person, this device, the recovery phrase's state (never the phrase). */
import { z } from 'zod';
import { id32, none, operation, personalName, topic, type Failure } from './operation.ts';

export interface Person {
  readonly identityId: string;
  readonly name: string;
  /** Seed of the generated avatar. */
  readonly avatar: string;
  /** 0–7: the same hue for the same person everywhere. */
  readonly hue: number;
}
export type AppStatus =
  | { readonly state: 'opening' }
  | {
      readonly state: 'failed';
      readonly error: Failure;
      /** Actions that make sense for this failure. */ readonly can: readonly (
        'retry' | 'recover' | 'setAside' | 'passphrase' | 'quit'
      )[];
    }
  | { readonly state: 'empty'; /** Where the notes lie that were here before. */ readonly aside: string | null }
  | {
      readonly state: 'ready';
      readonly me: Person;
      readonly device: { readonly deviceId: string; readonly name: string };
      readonly phraseConfirmed: boolean;
      /** The recovery words were typed, and nothing has come from another device, a backup or an invitation yet. */
      readonly seeking: boolean;
      /** Another own device took this one out: nothing new comes here, and nothing from here counts. */
      readonly revoked: Failure | null;
      readonly readOnly: Failure | null;
    };

export const identityOperations = {
  /** First run: a name is all it takes. */
  'identity.create': operation(z.strictObject({ name: personalName }))<null>(),
  'identity.rename': operation(z.strictObject({ name: personalName }))<null>(),
  /** Whether the safety words that this person and I see were the same. */
  'identity.verify': operation(z.strictObject({ identityId: id32, verified: z.boolean() }))<null>(),
  /** Opens the separate, content-protected phrase window. */
  'identity.showPhrase': operation(none)<null>(),
  /** Opens the phrase window to split the phrase into recovery shares. */
  'identity.splitPhrase': operation(none)<null>(),
  'app.retry': operation(none)<null>(),
  /** Sets a damaged database aside and goes on with what can be read. null: there was nothing to do, or it failed. */
  'app.recover': operation(none)<{ readonly folder: string; readonly identity: boolean } | null>(),
  /** Moves a profile that no key opens, or whose device was removed or where the words brought nothing, into a folder of its own, untouched, and begins without it. */
  'app.setAside': operation(none)<null>(),
  /** Explicit choice where there is no keychain: protects the keys with a passphrase. */
  'app.usePassphrase': operation(z.strictObject({ passphrase: z.string().min(8).max(256) }))<null>(),
  'app.quit': operation(none)<null>(),
};
export const identityTopics = {
  'app.status': topic(none)<AppStatus>(),
};
