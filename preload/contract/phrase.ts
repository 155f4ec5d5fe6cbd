/** The separate window that shows the recovery phrase: its two calls. */
import { z } from 'zod';

/** Three of the words, by their place (0–11). */
export const phraseAnswers = z
  .array(z.strictObject({ index: z.int().min(0).max(11), word: z.string().min(1).max(16) }))
  .length(3);
export type PhraseAnswer = z.infer<typeof phraseAnswers>[number];

/** Twelve words as they were typed. Spelling and checksum are judged by the main process. */
export const typedPhrase = z.array(z.string().min(1).max(16)).length(12);

/** What came of typed words: null when it worked, else the sentence of the failure. */
export type PhraseOutcome = { readonly problem: string | null };

export interface PhraseHost {
  /** What the window was opened for. */
  task(): Promise<'show' | 'recover' | 'revoke'>;
  /** Does what the window was opened for with these words. */
  use(words: readonly string[]): Promise<PhraseOutcome>;
  /** The same from a backup file, which the person is asked for; null when no file was chosen. */
  useBackup(words: readonly string[]): Promise<PhraseOutcome | null>;
  /** The twelve words, or null once they were confirmed. */
  words(): Promise<readonly string[] | null>;
  /** Right answers erase the words from this device. */
  confirm(answers: readonly PhraseAnswer[]): Promise<{ readonly ok: boolean }>;
}
