/** What space.files takes and gives. */
import type { SpaceObjects } from '../../engine/echo/object-types.ts';
import type { SpaceBlobStore } from '../blobs.ts';

/** What was written. */
export interface SavedFiles {
  /** How many objects were written. */
  readonly objects: number;
}
/** What `saveJson` wrote. */
export interface SavedJson extends SavedFiles {
  /** How many blobs the objects name: they are not in the file. */
  readonly lacking: number;
}
/** What `saveMarkdown` wrote. */
export interface SavedMarkdown extends SavedFiles {
  /** How many files that notes name are not on this device, and so not beside them. */
  readonly lacking: number;
}
/** What became of files that were taken in. */
export interface TakenFiles {
  /** How many objects were made. */
  readonly objects: number;
  /** What could not be taken in, and why; everything else was. */
  readonly failed: readonly { readonly file: string; readonly message: string }[];
}
export interface SpaceAbout {
  readonly key: string;
  readonly name: string;
}
/** Where files come from and go. */
export interface InSpace {
  readonly objects: SpaceObjects;
  readonly blobs: SpaceBlobStore;
}
