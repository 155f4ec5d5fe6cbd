/** Answers the files domain of the contract. */
import { basename } from 'node:path';
import type { WebContents } from 'electron';
import type { fileOperations, TakenNotes } from '../../../preload/contract/files.ts';
import { CoveError, type TakenFiles } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';
import { shown, shownFileName } from '../shown.ts';

const EXTENSION = 'cove-archive';
const FILTERS = [{ name: 'Cove archive', extensions: [EXTENSION] }];
const JSON_FILTERS = [{ name: 'JSON', extensions: ['json'] }];
/** Of what was left out, as many as anybody reads. */
const MOST_FAILED = 100;

export function fileHandlers({ state, windows, files }: Environment): Pick<Handlers, keyof typeof fileOperations> {
  /** By window, the archive that was chosen there: a password that is wrong is typed again without choosing anew. */
  const chosen = new WeakMap<WebContents, string>();
  return {
    'files.exportSpace': async ({ spaceId, password }, { contents }) => {
      const space = state.client.echo.getSpace(spaceId);
      const file = await windows.askWhereToSave(contents, `${shownFileName(space.name)}.${EXTENSION}`);
      if (file === undefined) return null;
      const { bytes, entries, blobsLacking } = await files.run('exporting', (follow) =>
        space.export(file, { password, ...follow }),
      );
      return { bytes, changes: entries, lacking: blobsLacking };
    },
    'files.chooseArchive': async (_input, { contents }) => {
      const file = await windows.askForFile(contents, FILTERS);
      if (file === undefined) return null;
      chosen.set(contents, file);
      return { name: shown(basename(file)) };
    },
    'files.importSpace': async ({ password }, { contents }) => {
      const file = chosen.get(contents);
      if (file === undefined) throw new CoveError('bad-request');
      const { echo } = state.client;
      const { key, entries } = await files.run('importing', (follow) =>
        echo.importSpace(file, { password, ...follow }),
      );
      chosen.delete(contents);
      const space = echo.getSpace(key);
      return { spaceId: key, name: shown(space.name), changes: entries, member: space.role !== undefined };
    },
    'files.saveMarkdown': async ({ spaceId }, { contents }) => {
      const space = state.client.echo.getSpace(spaceId);
      const folder = await windows.askWhereToSave(contents, shownFileName(space.name));
      if (folder === undefined) return null;
      const { objects, lacking } = await files.run('saving', (follow) => space.files.saveMarkdown(folder, follow));
      return { notes: objects, lacking };
    },
    'files.takeMarkdown': async ({ spaceId }, { contents }) => {
      const space = state.client.echo.getSpace(spaceId);
      const folder = await windows.askForFolder(contents);
      if (folder === undefined) return null;
      return taken(
        await files.run('taking', (follow) => space.files.takeMarkdown([folder], follow).catch(withoutPath)),
      );
    },
    'files.saveJson': async ({ spaceId }, { contents }) => {
      const space = state.client.echo.getSpace(spaceId);
      const file = await windows.askWhereToSave(contents, `${shownFileName(space.name)}.json`);
      if (file === undefined) return null;
      const { objects, lacking } = await files.run('saving-json', (follow) => space.files.saveJson(file, follow));
      return { objects, lacking };
    },
    'files.takeJson': async ({ spaceId }, { contents }) => {
      const space = state.client.echo.getSpace(spaceId);
      const file = await windows.askForFile(contents, JSON_FILTERS);
      if (file === undefined) return null;
      const { objects } = await files.run('taking-json', (follow) => space.files.takeJson(file, follow));
      return { objects };
    },
    'files.cancel': () => {
      files.cancel();
      return null;
    },
  };
}

function taken({ objects, failed }: TakenFiles): TakenNotes {
  return {
    notes: objects,
    failures: failed.length,
    failed: failed.slice(0, MOST_FAILED).map(({ file, message }) => ({ file: shown(basename(file)), message })),
  };
}

/** A window learns no path: the person knows which folder it was. */
function withoutPath(error: unknown): never {
  throw error instanceof CoveError && error.type === 'file-not-read' ? new CoveError(error.type, {}, error) : error;
}
