/** Answers the notes domain of the contract. A note is an object of type `note` with a title and a text `body`. */
import type { noteOperations } from '../../../preload/contract/notes.ts';
import { CoveError } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';
import { shown } from '../shown.ts';
import { plainPieces } from '../sources/plain.ts';

export function noteHandlers({ state, showing }: Environment): Pick<Handlers, keyof typeof noteOperations> {
  const objects = (spaceId: string) => state.client.echo.getSpace(spaceId).objects;
  /** The objects of a space, after checking that `noteId` is a note there. */
  const withNote = (spaceId: string, noteId: string) => {
    const found = objects(spaceId);
    if (found.get(noteId)?.type !== 'note') throw new CoveError('object-not-found');
    return found;
  };
  return {
    'notes.create': ({ spaceId, title }) => ({ noteId: objects(spaceId).create({ type: 'note', title }) }),
    'notes.rename': ({ spaceId, noteId, title }) => {
      withNote(spaceId, noteId).set(noteId, '/title', title);
      return null;
    },
    'notes.remove': ({ spaceId, noteId }) => {
      withNote(spaceId, noteId).remove(noteId);
      return null;
    },
    'notes.restore': ({ spaceId, noteId }) => {
      objects(spaceId).restore(noteId);
      return null;
    },
    'notes.search': async ({ spaceId, text, limit }) => {
      await objects(spaceId).caughtUp();
      const found = objects(spaceId).search(text, limit);
      return found.map(({ id, title, excerpt }) => ({
        noteId: id,
        title: shown(title),
        excerpt: plainPieces(excerpt),
      }));
    },
    'notes.look': ({ spaceId, noteId }, { contents }) => {
      showing.look(contents.id, spaceId, noteId);
      return null;
    },
  };
}
