/** Answers the phrase window's two calls; no other window can make them. */
import type { IpcMain } from 'electron';
import { CHANNELS } from '../../preload/channels.ts';
import { phraseAnswers, type PhraseHost } from '../../preload/contract/phrase.ts';
import type { Environment } from './environment.ts';
import type { IsTrusted } from './router.ts';

export function servePhrase(ipc: IpcMain, isTrusted: IsTrusted, { state }: Pick<Environment, 'state'>): void {
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
