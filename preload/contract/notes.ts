/** Notes: rows for lists and search. Their text goes over a document port (see document.ts), never through here. */
import { z } from 'zod';
import { id16, id32, operation, topic } from './operation.ts';

export interface NoteHead {
  readonly noteId: string;
  /** Empty while untitled. */
  readonly title: string;
  /** Milliseconds since 1970, of the last change that this device knows. */
  readonly updatedAt: number;
  readonly updatedBy: string;
}
export interface NoteRow extends NoteHead {
  /** The first words of the text, without Markdown marks. */
  readonly snippet: string;
}
export interface NotePage {
  readonly notes: readonly NoteRow[];
  /** How many there are in all, so that the list can be scrolled without loading them; in a first snapshot at least so many. */
  readonly total: number;
}
export interface FoundNote {
  readonly noteId: string;
  readonly title: string;
  /** Pieces of the text around the hit; `hit` pieces are to be marked. */
  readonly excerpt: readonly { readonly text: string; readonly hit: boolean }[];
}

const spaceId = id32;
const noteId = id16;
const note = z.strictObject({ spaceId, noteId });
const title = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}]*$/u);
export const noteOperations = {
  'notes.create': operation(z.strictObject({ spaceId, title: title.default('') }))<{ readonly noteId: string }>(),
  'notes.rename': operation(z.strictObject({ spaceId, noteId, title }))<null>(),
  /** Kept and restorable: the interface offers Undo. */
  'notes.remove': operation(note)<null>(),
  'notes.restore': operation(note)<null>(),
  'notes.search': operation(
    z.strictObject({ spaceId, text: z.string().max(200), limit: z.int().min(1).max(100).default(50) }),
  )<readonly FoundNote[]>(),
  /** Tells the others which note this window shows; null: none. */
  'notes.look': operation(z.strictObject({ spaceId, noteId: noteId.nullable() }))<null>(),
};
export const noteTopics = {
  /** Newest first. */
  'notes.list': topic(
    z.strictObject({ spaceId, offset: z.int().min(0).default(0), limit: z.int().min(1).max(500).default(200) }),
  )<NotePage>(),
  'notes.one': topic(note)<NoteHead | null>(),
};
