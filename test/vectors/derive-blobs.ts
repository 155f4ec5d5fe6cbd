/** What blobs are made of, and what is said about them, in blobs.json. Blocks of 256 KiB are frozen as their hashes. */
import { toHex, utf8 } from '../../main/engine/bytes.ts';
import { chunksOf, sealChunk, sealManifest, type Sealed } from '../../main/engine/blob/manifest.ts';
import type { BlobFrame } from '../../main/engine/blob/frames.ts';
import { epochKeys, spaceId } from '../../main/engine/crypto/keys.ts';
import { encodeFrame } from '../../main/engine/mesh/frames.ts';
import { input } from './input.ts';
import type { Frozen } from './input.ts';

export const BLOB_FRAMES = () =>
  ({
    'blob-want': { type: 'blob-want', hashes: [input('block'), input('another block')] },
    'blob-piece': { type: 'blob-piece', hash: input('block'), total: 12, offset: 6, bytes: utf8('sealed') },
    'blob-lack': { type: 'blob-lack', hashes: [input('block')] },
    'blob-have': { type: 'blob-have', hashes: [input('block')] },
  }) as const satisfies { readonly [T in BlobFrame['type']]: BlobFrame };

/** The smallest manifest, and one of two chunks. */
export const manifests = (): Uint8Array[] => [made(new Uint8Array(0)), made(content())].map(({ block }) => block);

const blobKey = () => epochKeys(input('K_e'), input('M_e'), spaceId(utf8('genesis payload'))).blobKey;
const content = (): Uint8Array => new Uint8Array(262_144 + 5).map((_, i) => i % 251);
const chunks = (bytes: Uint8Array) =>
  Array.from({ length: chunksOf(bytes.length) }, (_, n) =>
    sealChunk(blobKey(), bytes.subarray(n * 262_144, (n + 1) * 262_144)),
  );
const made = (bytes: Uint8Array) => sealManifest(blobKey(), bytes.length, chunks(bytes));

export function deriveBlobs(): Frozen {
  const manifest = made(content());
  const [first, second] = chunks(content()) as [Sealed, Sealed];
  return {
    firstChunk: { key: toHex(first.key), hash: toHex(first.hash) },
    secondChunk: { key: toHex(second.key), block: toHex(second.block) },
    manifest: { key: toHex(manifest.key), id: toHex(manifest.hash), block: toHex(manifest.block) },
    empty: toHex(made(new Uint8Array(0)).block),
    frames: Object.fromEntries(Object.values<BlobFrame>(BLOB_FRAMES()).map((one) => [one.type, toHex(encodeFrame(one))])),
  };
}
