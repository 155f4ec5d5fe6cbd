/** Answers the file-joins domain of the contract. */
import type { fileJoinOperations } from '../../../preload/contract/file-joins.ts';
import { CoveError, type FileJoin } from '../../client/index.ts';
import { readText, writeText } from '../code-file.ts';
import type { Environment } from '../environment.ts';
import { failure } from '../failure.ts';
import type { Handlers } from '../router.ts';

const EXTENSION = 'cove-join';
const FILTERS = [{ name: 'Cove join', extensions: [EXTENSION] }];
const CODE_FILTERS = [{ name: 'Text', extensions: ['txt'] }];

export function fileJoinHandlers({
  state,
  windows,
  bundles,
}: Environment): Pick<Handlers, keyof typeof fileJoinOperations> {
  const find = (id: string): FileJoin => {
    const found = state.client.echo.fileJoins.get(id);
    if (found === undefined) throw new CoveError('invitation-unknown');
    return found;
  };
  return {
    'fileJoins.begin': ({ text }) => {
      const { echo } = state.client;
      return { fileJoinId: echo.fileJoins.begin(echo.decodeInvitation(text)).id };
    },
    'fileJoins.take': async (_input, { contents }) => {
      const file = await windows.askForFile(contents, FILTERS);
      if (file === undefined) return null;
      const { join, changes, trouble } = await bundles.run('taking', (follow) =>
        state.client.echo.fileJoins.take(file, follow),
      );
      return {
        fileJoinId: join.id,
        changes: changes?.changes ?? null,
        trouble: trouble === undefined ? null : failure(trouble),
      };
    },
    'fileJoins.save': async ({ fileJoinId }, { contents }) => {
      const { step } = find(fileJoinId);
      if (step === null) throw new CoveError('join-file-none');
      // Nothing of the space is in the name either.
      const file = await windows.askWhereToSave(contents, `Cove join, file ${step} of 4.${EXTENSION}`);
      if (file === undefined) return null;
      return bundles.run('saving', (follow) => state.client.echo.fileJoins.save(fileJoinId, file, follow));
    },
    'fileJoins.authenticate': ({ fileJoinId, code }) => {
      find(fileJoinId).authenticate(code);
      return null;
    },
    'fileJoins.answer': ({ fileJoinId, deviceId, approve }) => {
      const join = find(fileJoinId);
      if (join.guest?.deviceId !== deviceId) throw new CoveError('bad-request');
      join.answer(approve);
      return null;
    },
    'fileJoins.cancel': ({ fileJoinId }) => {
      find(fileJoinId).cancel();
      return null;
    },
    'fileJoins.saveCode': async ({ invitationId }, { contents }) => {
      const code = state.client.echo.getHosted(invitationId)?.code ?? '';
      if (code === '') throw new CoveError('invitation-unknown');
      const file = await windows.askWhereToSave(contents, 'Cove invitation code.txt');
      if (file === undefined) return null;
      await writeText(file, `${code}\n`);
      return { saved: true };
    },
    'fileJoins.readCode': async (_input, { contents }) => {
      const file = await windows.askForFile(contents, CODE_FILTERS);
      // Only the code in it: a page reads no files.
      return file === undefined ? null : { code: state.client.echo.decodeInvitation(await readText(file)).code };
    },
  };
}
