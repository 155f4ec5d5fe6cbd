/** The messages about blobs, on a space's channel: see mesh/frames.ts. Only between devices that both named the feature. */
export const BLOBS = 'blobs';

export type BlobFrame =
  | { readonly type: 'blob-want' | 'blob-lack' | 'blob-have'; readonly hashes: readonly Uint8Array[] }
  | {
      readonly type: 'blob-piece';
      readonly hash: Uint8Array;
      /** Bytes of the whole block. */
      readonly total: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    };
