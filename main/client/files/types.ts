/** What space.files takes and gives. */

export interface SavedFiles {
  /** How many objects were written. */
  readonly objects: number;
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
