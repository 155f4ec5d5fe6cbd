/** The messages of an archive that bring blobs (format.ts), and which may follow which. */
import { equal, type Hex } from '../bytes.ts';
import { blockHash, readManifest, type Manifest } from '../blob/manifest.ts';
import { BLOB } from '../blob/limits.ts';
import { isBlobRef } from '../blob/reference.ts';
import { SEAL_OVERHEAD } from '../crypto/aead.ts';
import type { SpaceObjects } from '../echo/object-types.ts';
import { CoveError } from '../errors.ts';
import { decodeCbor, encodeCbor } from '../mesh/cbor.ts';

const MANIFEST = 0x40;
const CHUNK = 0x41;
/** CBOR of a list of two, the first of which is one of these. */
const isBlobMessage = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x82 && bytes[1] === 0x18 && (bytes[2] === MANIFEST || bytes[2] === CHUNK);

export type BlobMessage =
  { readonly type: 'manifest'; readonly block: Uint8Array } | { readonly type: 'chunk'; readonly block: Uint8Array };

export const encodeManifest = (block: Uint8Array): Uint8Array => encodeCbor([MANIFEST, block]);
export const encodeBlobChunk = (block: Uint8Array): Uint8Array => encodeCbor([CHUNK, block]);

/** Null for another message. Throws what decodeCbor throws, and CoveError('archive-damaged'). */
export function readBlobMessage(bytes: Uint8Array): BlobMessage | null {
  if (!isBlobMessage(bytes)) return null;
  const [id, block] = decodeCbor(bytes) as [number, unknown];
  if (!(block instanceof Uint8Array)) throw new CoveError('archive-damaged');
  return { type: id === MANIFEST ? 'manifest' : 'chunk', block };
}

/** Checks each block where it stands; knows no more than one manifest at a time. */
export class BlobOrder {
  #manifest: Manifest | undefined;
  #next = 0;
  /** Bytes so far. */
  readonly bytes = { chunks: 0, manifests: 0 };

  /** Throws CoveError('archive-damaged'). */
  manifest(block: Uint8Array): { readonly id: Uint8Array; readonly manifest: Manifest } {
    const manifest = readManifest(block);
    if (!manifest) throw new CoveError('archive-damaged');
    this.#manifest = manifest;
    this.#next = 0;
    this.bytes.manifests += block.length;
    return { id: blockHash(block), manifest };
  }

  /** Its hash, which the manifest before it names. Throws CoveError('archive-damaged'). */
  chunk(block: Uint8Array): Uint8Array {
    const hash = blockHash(block);
    const n = this.#manifest?.hashes.findIndex((one, at) => at >= this.#next && equal(one, hash)) ?? -1;
    if (n < 0 || block.length > BLOB.chunk + SEAL_OVERHEAD) throw new CoveError('archive-damaged');
    this.#next = n + 1;
    this.bytes.chunks += block.length;
    return hash;
  }
}

const PAGE = 200;

/** Ids of the blobs that a value names, at any depth. */
export function blobsIn(value: unknown): Hex[] {
  if (isBlobRef(value)) return [value.$blob];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(blobsIn) : [];
}

/** Ids of the blobs that objects name, deleted ones too. `between` as in state-hash.ts. */
export async function namedBlobs(objects: SpaceObjects, between: () => Promise<void>): Promise<Set<Hex>> {
  const named = new Set<Hex>();
  const look = (value: unknown): void => blobsIn(value).forEach((id) => named.add(id));
  for (let after: string | undefined; ;) {
    const page = objects.page({ deleted: 'also', limit: PAGE, ...(after !== undefined && { after }) });
    for (const { fields } of page.objects) look(fields);
    if (page.next === undefined) break;
    after = page.next;
    await between();
  }
  look(objects.spaceFields());
  return named;
}
