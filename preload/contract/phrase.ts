/** The separate window that shows the recovery phrase: its two calls. */
import { z } from 'zod';

/** Three of the words, by their place (0–11). */
export const phraseAnswers = z
  .array(z.strictObject({ index: z.int().min(0).max(11), word: z.string().min(1).max(16) }))
  .length(3);
export type PhraseAnswer = z.infer<typeof phraseAnswers>[number];

export interface PhraseHost {
  /** The twelve words, or null once they were confirmed. */
  words(): Promise<readonly string[] | null>;
  /** Right answers erase the words from this device. */
  confirm(answers: readonly PhraseAnswer[]): Promise<{ readonly ok: boolean }>;
}
