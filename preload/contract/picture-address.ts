/** Where pictures of notes are named and loaded, and how large they may be: for pages too, which have no schemas. */

/** Bytes. */
export const LARGEST_PICTURE = 32 * 1024 * 1024;

/** How a text names it, as Markdown has it: `![words](cove:file/…)`. */
export const pictureAddress = (fileId: string): string => `cove:file/${fileId}`;

/** The id in such an address; null: it is another address. */
export const pictureIn = (address: string): string | null => /^cove:file\/([0-9a-f]{32})$/.exec(address)?.[1] ?? null;

/** Where the page loads it from, on its own origin. */
export const picturePath = (spaceId: string, fileId: string): string => `/picture/${spaceId}/${fileId}`;
/** The two ids in such a path. */
export const PICTURE_PATH = /^\/picture\/([0-9a-f]{64})\/([0-9a-f]{32})$/;
