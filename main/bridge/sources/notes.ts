/** Snapshots of the notes domain: rows from the database; no document is ever opened for a list. */
import type { NoteHead, NoteRow, noteTopics } from '../../../preload/contract/notes.ts';
import { CoveError, type StoredObject } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { shown } from '../shown.ts';
import { plain } from './plain.ts';
import { whenever } from './whenever.ts';

const SNIPPET = 140;
const NOTES = { type: 'note' } as const;

export const noteSources = ({ state }: Environment): Pick<Sources, keyof typeof noteTopics> => {
  /** Spaces whose notes were counted: the engine keeps the count, and for 100,000 it takes a frame the first time. */
  const counted = new Set<string>();
  return {
    'notes.list': ({ spaceId, offset, limit }, emit) => {
      const { objects } = state.client.echo.getSpace(spaceId);
      const query = { ...NOTES, order: 'updated', offset, limit, excerpt: 2 * SNIPPET } as const;
      let notes: readonly NoteRow[] = [];
      const emitCounted = (): void => emit({ notes, total: objects.count(NOTES) });
      let counting: NodeJS.Immediate | undefined;
      const countSoon = (): void => {
        counting ??= setImmediate(() => {
          counting = undefined;
          counted.add(spaceId);
          try {
            emitCounted();
          } catch (error) {
            if (!(error instanceof CoveError)) throw error; // Cove is closing, or the disk fails, which is told elsewhere
          }
        });
      };
      const stop = objects.subscribe(query, (found) => {
        notes = found.map((note) => ({ ...head(note), snippet: plain(note.excerpt ?? '').slice(0, SNIPPET) }));
        const seen = offset + notes.length;
        if (notes.length < limit && (notes.length > 0 || offset === 0)) return emit({ notes, total: seen });
        if (counted.has(spaceId)) return emitCounted();
        emit({ notes, total: seen });
        countSoon();
      });
      return () => {
        clearImmediate(counting);
        stop();
      };
    },
    'notes.one': ({ spaceId, noteId }, emit) => {
      const { objects } = state.client.echo.getSpace(spaceId);
      const changes = (fn: () => void) => objects.onChange((changed) => changed.has(noteId) && fn());
      return whenever([changes], () => {
        const note = objects.get(noteId);
        emit(note === undefined || note.deleted || note.type !== NOTES.type ? null : head(note));
      });
    },
  };
};

function head({ id, fields, updatedAt, updatedBy }: StoredObject): NoteHead {
  const title = fields['title'];
  return { noteId: id, title: typeof title === 'string' ? shown(title) : '', updatedAt, updatedBy };
}
