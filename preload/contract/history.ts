/** The history of a note: who changed it when, how it was, and bringing that back. A moment is a change's place in its log. */
import { z } from 'zod';
import type { Person } from './identity.ts';
import { id16, id32, operation, topic } from './operation.ts';

/** Whoever changed something; `name`: empty for somebody who is no member any more. */
export interface Author extends Person {
  readonly me: boolean;
}
/** What one device changed without a long pause. */
export interface NoteVersion {
  /** With its last change. */
  readonly moment: string;
  /** Its first change, which stays the same while its author goes on. */
  readonly first: string;
  readonly by: Author;
  /** Milliseconds since 1970, by the author's clock. */
  readonly at: number;
  /** UTF-16 units of text. */
  readonly inserted: number;
  readonly deleted: number;
  /** Whether the note was made with it; only for the earliest one. */
  readonly made: boolean;
}
/** The latest first. */
export interface NoteVersions {
  readonly versions: readonly NoteVersion[];
  readonly more: boolean;
}
export interface PastPiece {
  /** Against now: written since then, or taken out since then. */
  readonly kind: 'same' | 'inserted' | 'deleted';
  readonly text: string;
  /** Who wrote it: a place in `people`; -1: not known. */
  readonly by: number;
}
export interface PastNote {
  readonly title: string;
  /** What it is called now. */
  readonly titleNow: string;
  readonly deleted: boolean;
  /** False when something of it cannot be read on this device any more. */
  readonly complete: boolean;
  /** Whether it stands so now. */
  readonly present: boolean;
  readonly pieces: readonly PastPiece[];
  readonly people: readonly Author[];
}

const note = z.strictObject({ spaceId: id32, noteId: id16 });
/** As the engine gives it: main/engine/echo/moment.ts. */
const moment = z.string().regex(/^[0-9a-f]{48}$/);
const at = note.extend({ moment });

export const historyOperations = {
  'history.note': operation(at)<PastNote>(),
  /** By new changes. null: it stands so already. `before` and `after` are for taking that back. */
  'history.restore': operation(at)<{ readonly before: string; readonly after: string } | null>(),
  /** Undoes a restore; false when the note was changed since, which this would take back as well. */
  'history.undoRestore': operation(note.extend({ before: moment, after: moment }))<{ readonly undone: boolean }>(),
};
export const historyTopics = {
  'history.versions': topic(note.extend({ limit: z.int().min(1).max(999).default(50) }))<NoteVersions>(),
};
