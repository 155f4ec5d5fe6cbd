/** Answers the history domain of the contract. */
import type { historyOperations } from '../../../preload/contract/history.ts';
import { CoveError } from '../../client/index.ts';
import { authorsOf } from '../authors.ts';
import type { Environment } from '../environment.ts';
import { pastNote } from '../past-note.ts';
import type { Handlers } from '../router.ts';
import { shown } from '../shown.ts';

export function historyHandlers({ state }: Environment): Pick<Handlers, keyof typeof historyOperations> {
  /** The space and the note, which may be deleted: its history is here all the same. */
  const found = (spaceId: string, noteId: string) => {
    const space = state.client.echo.getSpace(spaceId);
    const note = space.objects.get(noteId);
    if (note?.type !== 'note') throw new CoveError('object-not-found');
    return { space, note };
  };
  return {
    'history.note': ({ spaceId, noteId, moment }) => {
      const { space, note } = found(spaceId, noteId);
      const title = note.fields['title'];
      const titleNow = typeof title === 'string' ? shown(title) : '';
      return pastNote(space.history, noteId, moment, titleNow, authorsOf(state.client, space));
    },
    'history.restore': async ({ spaceId, noteId, moment }) => {
      const { space, note } = found(spaceId, noteId);
      const before = space.history.now();
      if (!(await space.history.restore(note, moment)) || before === undefined) return null;
      return { before, after: latest(space.history.versions(note, { limit: 1 })) };
    },
    'history.undoRestore': async ({ spaceId, noteId, before, after }) => {
      const { space, note } = found(spaceId, noteId);
      if (latest(space.history.versions(note, { limit: 1 })) !== after) return { undone: false };
      await space.history.restore(note, before);
      return { undone: true };
    },
  };
}

/** Anything that happens to the note afterwards, wherever it was written, is after this one. */
function latest([version]: readonly { readonly moment: string }[]): string {
  if (version === undefined) throw new CoveError('moment-unknown');
  return version.moment;
}
