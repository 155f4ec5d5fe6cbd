/** Answers the phrase window's five calls; no other window can make them. */
import type { IpcMain } from 'electron';
import { CHANNELS } from '../../preload/channels.ts';
import { phraseAnswers, typedPhrase, type PhraseHost, type PhraseOutcome } from '../../preload/contract/phrase.ts';
import { CoveError } from '../client/index.ts';
import type { Environment } from './environment.ts';
import { failure } from './failure.ts';
import type { IsTrusted } from './router.ts';

export function servePhrase(
  ipc: IpcMain,
  isTrusted: IsTrusted,
  { state, windows }: Pick<Environment, 'state' | 'windows'>,
): void {
  ipc.handle(CHANNELS.phraseTask, async (event): Promise<Awaited<ReturnType<PhraseHost['task']>>> => {
    return isTrusted(event) ? windows.phraseTask.task : 'show';
  });
  ipc.handle(CHANNELS.phraseUse, async (event, words: unknown): Promise<PhraseOutcome> => {
    const parsed = typedPhrase.safeParse(words);
    if (!isTrusted(event) || !parsed.success) return { problem: failure(new CoveError('phrase-invalid')).message };
    const phrase = parsed.data.join(' ');
    const { phraseTask: task } = windows;
    try {
      if (task.task === 'recover') await state.client.halo.recoverProfile(phrase);
      if (task.task === 'revoke') await state.client.halo.devices.revoke(task.deviceId, phrase);
      return { problem: null };
    } catch (error) {
      return { problem: failure(error).message };
    }
  });
  ipc.handle(CHANNELS.phraseBackup, async (event, words: unknown): Promise<PhraseOutcome | null> => {
    const parsed = typedPhrase.safeParse(words);
    if (!isTrusted(event) || !parsed.success || windows.phraseTask.task !== 'recover') {
      return { problem: failure(new CoveError('phrase-invalid')).message };
    }
    const file = await windows.askForBackup();
    if (file === undefined) return null;
    try {
      await state.client.halo.restoreBackup(file, parsed.data.join(' '));
      return { problem: null };
    } catch (error) {
      return { problem: failure(error).message };
    }
  });
  ipc.handle(CHANNELS.phraseWords, async (event): Promise<Awaited<ReturnType<PhraseHost['words']>>> => {
    if (!isTrusted(event)) return null;
    return state.client.halo.phrase();
  });
  ipc.handle(CHANNELS.phraseConfirm, async (event, answers: unknown): Promise<{ ok: boolean }> => {
    const parsed = phraseAnswers.safeParse(answers);
    if (!isTrusted(event) || !parsed.success) return { ok: false };
    return {
      ok: await state.client.halo.confirmPhrase(parsed.data.map(({ index, word }) => ({ position: index, word }))),
    };
  });
}
