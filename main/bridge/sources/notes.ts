/** Snapshots of the notes domain: rows from the database; no document is ever opened for a list. */
import type { NoteHead, noteTopics } from '../../../preload/contract/notes.ts';
import type { StoredObject } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { shown } from '../shown.ts';
import { plain } from './plain.ts';
import { whenever } from './whenever.ts';

const SNIPPET = 140;
const NOTES = { type: 'note' } as const;

export const noteSources = ({ state }: Environment): Pick<Sources, keyof typeof noteTopics> => ({
  'notes.list': ({ spaceId, offset, limit }, emit) => {
    const { objects } = state.client.echo.getSpace(spaceId);
    const query = { ...NOTES, order: 'updated', offset, limit, excerpt: 2 * SNIPPET } as const;
    return objects.subscribe(query, (found) =>
      emit({
        notes: found.map((note) => ({ ...head(note), snippet: plain(note.excerpt ?? '').slice(0, SNIPPET) })),
        total: objects.count(NOTES),
      }),
    );
  },
  'notes.one': ({ spaceId, noteId }, emit) => {
    const { objects } = state.client.echo.getSpace(spaceId);
    const changes = (fn: () => void) => objects.onChange((changed) => changed.has(noteId) && fn());
    return whenever([changes], () => {
      const note = objects.get(noteId);
      emit(note === undefined || note.deleted || note.type !== NOTES.type ? null : head(note));
    });
  },
});

function head({ id, fields, updatedAt, updatedBy }: StoredObject): NoteHead {
  const title = fields['title'];
  return { noteId: id, title: typeof title === 'string' ? shown(title) : '', updatedAt, updatedBy };
}
