/** The separate window for the recovery phrase and its shares: its calls. No other window has any of them. */
import { z } from 'zod';

/** Three of the words, by their place (0–11). */
export const phraseAnswers = z
  .array(z.strictObject({ index: z.int().min(0).max(11), word: z.string().min(1).max(16) }))
  .length(3);
export type PhraseAnswer = z.infer<typeof phraseAnswers>[number];

/** One recovery share, or text around one. */
export const typedShare = z.string().min(1).max(4_000);
export const typedShares = z.array(typedShare).min(1).max(5);
/** The phrase as it was typed: twelve words, or shares of it. Spelling and checksums are judged by the main process. */
export const typedPhrase = z.union([
  z.strictObject({ words: z.array(z.string().min(1).max(16)).length(12) }),
  z.strictObject({ shares: typedShares }),
]);
export type TypedPhrase = z.infer<typeof typedPhrase>;

/** `phrase` is null while this device still keeps the words. */
export const splitting = z.strictObject({
  threshold: z.int().min(2).max(5),
  shares: z.int().min(2).max(5),
  phrase: typedPhrase.nullable(),
});
export type Splitting = z.infer<typeof splitting>;

/** What the window is opened for. */
export type PhraseTaskName = 'show' | 'recover' | 'revoke' | 'split';
export interface PhraseTaskShown {
  readonly name: PhraseTaskName;
  /** What the devices are called that are to be removed. */
  readonly devices: readonly string[];
}

/** What came of it: null when it worked, else the sentence of the failure. */
export type PhraseOutcome = { readonly problem: string | null };
/** The shares in order; none when there was a problem. */
export type SplitOutcome = PhraseOutcome & { readonly shares: readonly string[] };
/** What typed shares say of themselves. */
export type SharesOutcome = PhraseOutcome & {
  readonly shares: readonly { readonly index: number; readonly of: number; readonly set: string }[];
  /** How many more bring the phrase back; 0 when these do. */
  readonly missing: number;
};

export interface PhraseHost {
  /** The window does this and nothing else until it asks again. */
  task(): Promise<PhraseTaskShown>;
  /** Does what the window was opened for with this phrase. */
  use(phrase: TypedPhrase): Promise<PhraseOutcome>;
  /** The same from a backup file, which the person is asked for; null when no file was chosen. */
  useBackup(phrase: TypedPhrase): Promise<PhraseOutcome | null>;
  /** The twelve words, or null once they were confirmed. */
  words(): Promise<readonly string[] | null>;
  /** Right answers erase the words from this device. */
  confirm(answers: readonly PhraseAnswer[]): Promise<{ readonly ok: boolean }>;
  /** Whether this device still keeps the words, so that they need not be typed to be split. */
  kept(): Promise<boolean>;
  split(splitting: Splitting): Promise<SplitOutcome>;
  /** What shares say of themselves, before they are used. */
  look(shares: readonly string[]): Promise<SharesOutcome>;
  copyShare(share: string): Promise<PhraseOutcome>;
  /** Asks where to, and writes a sheet with the share; null when no file was chosen. */
  saveShare(share: string): Promise<PhraseOutcome | null>;
}
