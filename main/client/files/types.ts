/** What space.files takes and gives. */

/** Long work, watched and ended early. */
export interface FileOptions {
  /** From 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}
export interface SavedFiles {
  /** How many objects were written. */
  readonly objects: number;
}
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
