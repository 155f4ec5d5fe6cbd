/** Answers the phrase window's calls; no other window can make them. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clipboard, type IpcMain, type IpcMainInvokeEvent } from 'electron';
import type { z } from 'zod';
import { CHANNELS } from '../../preload/channels.ts';
import {
  phraseAnswers,
  splitting,
  typedPhrase,
  typedShare,
  typedShares,
  type PhraseHost,
  type TypedPhrase,
} from '../../preload/contract/phrase.ts';
import { CoveError, type ErrorType } from '../client/index.ts';
import { deviceLabels } from './device-labels.ts';
import type { Environment } from './environment.ts';
import { failure } from './failure.ts';
import type { IsTrusted } from './router.ts';
import type { PhraseTask } from '../shell/windows.ts';
import { sheetName, sheetOf } from './share-sheet.ts';

type Answer<Call extends keyof PhraseHost> = Awaited<ReturnType<PhraseHost[Call]>>;
const WORKED = { problem: null };

export function servePhrase(
  ipc: IpcMain,
  isTrusted: IsTrusted,
  { state, windows }: Pick<Environment, 'state' | 'windows'>,
): void {
  /** A call with an input. Whatever goes wrong is a sentence in its answer; `malformed` is that of a wrong shape. */
  const serve = <Input, Result>(
    channel: string,
    schema: z.ZodType<Input>,
    malformed: ErrorType,
    failed: (outcome: { readonly problem: string }) => Result,
    act: (input: Input, event: IpcMainInvokeEvent) => Promise<Result>,
  ): void =>
    ipc.handle(channel, async (event, input: unknown): Promise<Result> => {
      try {
        const parsed = schema.safeParse(input);
        if (!isTrusted(event) || !parsed.success) throw new CoveError(malformed);
        return await act(parsed.data, event);
      } catch (error) {
        return failed({ problem: failure(error).message });
      }
    });

  /** What the page was told: another window may ask for something else while words are typed for this. */
  let told: PhraseTask | undefined;
  ipc.handle(CHANNELS.phraseTask, async (event): Promise<Answer<'task'>> => {
    if (!isTrusted(event)) return { name: 'show', devices: [] };
    told = windows.phraseTask;
    const devices = told.task === 'revoke' ? present(state, told.deviceIds).map(({ label }) => label) : [];
    return { name: told.task, devices };
  });
  ipc.handle(CHANNELS.phraseWords, async (event): Promise<Answer<'words'>> => {
    if (!isTrusted(event)) return null;
    return state.client.halo.phrase();
  });
  ipc.handle(CHANNELS.phraseConfirm, async (event, answers: unknown): Promise<Answer<'confirm'>> => {
    const parsed = phraseAnswers.safeParse(answers);
    if (!isTrusted(event) || !parsed.success) return { ok: false };
    return {
      ok: await state.client.halo.confirmPhrase(parsed.data.map(({ index, word }) => ({ position: index, word }))),
    };
  });
  ipc.handle(CHANNELS.phraseKept, async (event): Promise<Answer<'kept'>> => {
    return isTrusted(event) && !state.client.halo.phraseConfirmed;
  });

  const wordsOf = async (typed: TypedPhrase): Promise<string> =>
    'words' in typed ? typed.words.join(' ') : state.client.halo.joinShares(typed.shares);

  serve<TypedPhrase, Answer<'use'>>(CHANNELS.phraseUse, typedPhrase, 'phrase-invalid', same, async (typed) => {
    const { halo } = state.client;
    const { phraseTask: task } = windows;
    if (task !== told) throw new CoveError('bad-request');
    const phrase = await wordsOf(typed);
    if (task.task === 'recover') await halo.recoverProfile(phrase);
    if (task.task === 'revoke') {
      const devices = present(state, task.deviceIds);
      await halo.devices.revoke(
        devices.map(({ deviceId }) => deviceId),
        phrase,
      );
    }
    return WORKED;
  });
  serve<TypedPhrase, Answer<'useBackup'>>(CHANNELS.phraseBackup, typedPhrase, 'phrase-invalid', same, async (typed) => {
    if (windows.phraseTask.task !== 'recover') throw new CoveError('bad-request');
    const phrase = await wordsOf(typed);
    const kept = state.client.asideFolders().map((folder) => join(folder, 'backups'));
    const file = await windows.askForBackup(kept.find((folder) => existsSync(folder)));
    if (file === undefined) return null;
    await state.client.halo.restoreBackup(file, phrase);
    return WORKED;
  });

  const noShares = (outcome: { readonly problem: string }) => ({ ...outcome, shares: [] });
  serve<z.infer<typeof splitting>, Answer<'split'>>(
    CHANNELS.phraseSplit,
    splitting,
    'bad-request',
    noShares,
    async ({ phrase, ...split }) => {
      if (windows.phraseTask.task !== 'split' || split.threshold > split.shares) throw new CoveError('bad-request');
      const words = phrase === null ? undefined : await wordsOf(phrase);
      return { ...WORKED, shares: await state.client.halo.splitPhrase(split, words) };
    },
  );
  serve<readonly string[], Answer<'look'>>(
    CHANNELS.phraseLook,
    typedShares,
    'share-invalid',
    (outcome) => ({ ...noShares(outcome), missing: 0 }),
    async (typed) => {
      const { halo } = state.client;
      const shares = typed
        .map((text) => halo.readShare(text))
        .map(({ index, shares: of, set }) => ({ index, of, set }));
      return { ...WORKED, shares, missing: halo.missingShares(typed) };
    },
  );
  serve<string, Answer<'copyShare'>>(CHANNELS.phraseCopyShare, typedShare, 'share-invalid', same, async (share) => {
    state.client.halo.readShare(share);
    await clipboard.writeText(share);
    return WORKED;
  });
  serve<string, Answer<'saveShare'>>(
    CHANNELS.phraseSaveShare,
    typedShare,
    'share-invalid',
    same,
    async (share, { sender }) => {
      const { halo } = state.client;
      const note = halo.readShare(share);
      const file = await windows.askWhereToSave(sender, sheetName(note));
      if (file === undefined) return null;
      try {
        await writeFile(file, sheetOf(share, note, halo.profile?.displayName ?? ''), { mode: 0o600 });
      } catch (error) {
        throw new CoveError('file-not-written', {}, error);
      }
      return WORKED;
    },
  );
}

/** Those of them that were not taken out meanwhile, on this device or another. */
function present({ client }: Environment['state'], deviceIds: readonly string[]) {
  const all = client.halo.devices.list();
  const label = deviceLabels(all);
  const devices = all.filter(({ deviceId }) => deviceIds.includes(deviceId));
  if (devices.length === 0) throw new CoveError('device-not-found');
  return devices.map(({ deviceId }) => ({ deviceId, label: label(deviceId) }));
}

const same = <T>(outcome: T): T => outcome;
