/**
 * A blob as blocks, which are what devices store and send each other. All numbers big-endian.
 *
 *   chunk    = XChaCha20-Poly1305(chunk key, nonce 0²⁴, no AAD, up to 262,144 bytes of content)
 *   manifest = version u8 (1) ‖ size u64 ‖ hash 32 of each chunk ‖ sealed
 *   sealed   = XChaCha20-Poly1305(manifest key, nonce 0²⁴, AAD = all before it, chunk key 32 of each chunk)
 *
 * A block's hash is BLAKE2b-256 under the label as its key; a blob's id is the hash of its manifest. A chunk key is
 * BLAKE2b-256 of label ‖ content under the epoch's blob key, a manifest key the same of label ‖ AAD ‖ chunk keys: the same
 * content gives the same blocks in one epoch, no key is ever used twice, and who does not hold the epoch's key can
 * neither compute a hash from content nor tell content by its hash. Who stores and serves blocks needs no key: every
 * block is checked by its hash.
 */
import { concat, utf8 } from '../bytes.ts';
import { SEAL_OVERHEAD, xchachaOpen, xchachaSeal } from '../crypto/aead.ts';
import { blake2b } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import { BLOB } from './limits.ts';

const VERSION = 1;
const HEAD = 9;
const HASH = 32;
const KEY = 32;
const NONCE = new Uint8Array(24);
const NO_AD = new Uint8Array(0);

export interface Sealed {
  readonly key: Uint8Array;
  readonly hash: Uint8Array;
  readonly block: Uint8Array;
}

/** What a manifest says to everybody. */
export interface Manifest {
  readonly size: number;
  /** Of the chunks, in order. */
  readonly hashes: readonly Uint8Array[];
}

/** 32 bytes. */
export const blockHash = (block: Uint8Array): Uint8Array => blake2b(utf8(LABEL.blobBlock), block);

export const chunksOf = (size: number): number => Math.ceil(size / BLOB.chunk);
/** Bytes of the block of chunk `n`. */
export const chunkBlockBytes = (size: number, n: number): number =>
  Math.min(BLOB.chunk, size - n * BLOB.chunk) + SEAL_OVERHEAD;

/** `content`: at most 262,144 bytes. */
export function sealChunk(blobKey: Uint8Array, content: Uint8Array): Sealed {
  const key = blake2b(blobKey, utf8(LABEL.blobChunk), content);
  const block = xchachaSeal(key, NONCE, NO_AD, content);
  return { key, hash: blockHash(block), block };
}

/** The content, or null when the key is another one's. */
export const openChunk = (key: Uint8Array, block: Uint8Array): Uint8Array | null =>
  xchachaOpen(key, NONCE, NO_AD, block);

export function sealManifest(
  blobKey: Uint8Array,
  size: number,
  chunks: readonly Pick<Sealed, 'key' | 'hash'>[],
): Sealed {
  const head = new Uint8Array(HEAD);
  head[0] = VERSION;
  new DataView(head.buffer).setBigUint64(1, BigInt(size));
  const open = concat(head, ...chunks.map(({ hash }) => hash));
  const keys = concat(...chunks.map(({ key }) => key));
  const key = blake2b(blobKey, utf8(LABEL.blobManifest), open, keys);
  const block = concat(open, xchachaSeal(key, NONCE, open, keys));
  return { key, hash: blockHash(block), block };
}

/** Null for what no manifest of this version is. */
export function readManifest(block: Uint8Array): Manifest | null {
  if (block.length < HEAD + SEAL_OVERHEAD || block[0] !== VERSION) return null;
  const size = Number(new DataView(block.buffer, block.byteOffset).getBigUint64(1));
  if (size > BLOB.size) return null;
  const count = chunksOf(size);
  if (block.length !== HEAD + count * (HASH + KEY) + SEAL_OVERHEAD) return null;
  const hashes = Array.from({ length: count }, (_, n) => block.slice(HEAD + n * HASH, HEAD + (n + 1) * HASH));
  return { size, hashes };
}

/** The chunk keys, or null when `key` is not this manifest's. */
export function openManifest(key: Uint8Array, block: Uint8Array): readonly Uint8Array[] | null {
  const manifest = readManifest(block);
  if (!manifest) return null;
  const at = HEAD + manifest.hashes.length * HASH;
  const keys = xchachaOpen(key, NONCE, block.subarray(0, at), block.subarray(at));
  return keys && manifest.hashes.map((_, n) => keys.slice(n * KEY, (n + 1) * KEY));
}
