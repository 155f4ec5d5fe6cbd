/**
 * A space as files: an archive that a password opens, Markdown and JSON for other programs. The system's own dialogs ask
 * which file or folder; a window never names one.
 */
import { z } from 'zod';
import { id32, none, operation, topic } from './operation.ts';
import { SHORTEST_PASSWORD } from './passwords.ts';

export interface SavedArchive {
  readonly bytes: number;
  readonly changes: number;
  /** Files and pictures that notes name and that are not on this device, so not in it. */
  readonly lacking: number;
}
export interface ImportedSpace {
  readonly spaceId: string;
  readonly name: string;
  readonly changes: number;
  /** Else it is there to be read. */
  readonly member: boolean;
}
export interface TakenNotes {
  readonly notes: number;
  /** The first hundred that were left out, by their names, and why. */
  readonly failed: readonly { readonly file: string; readonly message: string }[];
  readonly failures: number;
}
/** What is being done, and how much of it is done: from 0 to 1. */
export interface FileTask {
  readonly task: 'exporting' | 'importing' | 'saving' | 'taking' | 'saving-json' | 'taking-json';
  readonly share: number;
}

const password = z.string().max(256);
const space = z.strictObject({ spaceId: id32 });

export const fileOperations = {
  /** null: the person chose no file. */
  'files.exportSpace': operation(space.extend({ password: password.min(SHORTEST_PASSWORD) }))<SavedArchive | null>(),
  /** Asks for the archive that this window imports next; null: the person chose no file. */
  'files.chooseArchive': operation(none)<{ readonly name: string } | null>(),
  'files.importSpace': operation(z.strictObject({ password: password.min(1) }))<ImportedSpace>(),
  /** null: the person chose no folder. */
  'files.saveMarkdown': operation(space)<{ readonly notes: number; readonly lacking: number } | null>(),
  /** null: the person chose no folder. */
  'files.takeMarkdown': operation(space)<TakenNotes | null>(),
  /** `lacking` are the files that objects name: JSON holds none. null: the person chose no file. */
  'files.saveJson': operation(space)<{ readonly objects: number; readonly lacking: number } | null>(),
  /** All that is in the file, or nothing; null: the person chose none. */
  'files.takeJson': operation(space)<{ readonly objects: number } | null>(),
  /** Ends what is being done; notes that were made stay. */
  'files.cancel': operation(none)<null>(),
};
export const fileTopics = {
  'files.task': topic(none)<FileTask | null>(),
};
