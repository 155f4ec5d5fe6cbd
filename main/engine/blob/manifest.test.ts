/** The blocks of a blob: what they give back, what they keep to themselves, and what is no manifest. */
import { blake2b as independent } from '@noble/hashes/blake2.js';
import { beforeAll, expect, test } from 'vitest';
import { toHex, utf8 } from '../bytes.ts';
import { blake2b } from '../crypto/hash.ts';
import { ready } from '../crypto/sodium.ts';
import { BLOB } from './limits.ts';
import { blockHash, chunksOf, openChunk, openManifest, readManifest, sealChunk, sealManifest } from './manifest.ts';

beforeAll(ready);

const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const content = (length: number): Uint8Array => new Uint8Array(length).map((_, i) => i % 253);
function made(blobKey: Uint8Array, bytes: Uint8Array) {
  const chunks = Array.from({ length: chunksOf(bytes.length) }, (_, n) =>
    sealChunk(blobKey, bytes.subarray(n * BLOB.chunk, (n + 1) * BLOB.chunk)),
  );
  return { chunks, ...sealManifest(blobKey, bytes.length, chunks) };
}

test('the hash is the one that others call BLAKE2b', () => {
  const key = utf8('a key of 17 bytes');
  expect(toHex(blake2b(key, utf8('part '), content(1_000)))).toBe(
    toHex(independent(new Uint8Array([...utf8('part '), ...content(1_000)]), { key, dkLen: 32 })),
  );
});

test('content comes back from its blocks with the key of its manifest, and with no other', () => {
  const bytes = content(2 * BLOB.chunk + 7);
  const { chunks, key, block } = made(one, bytes);
  const keys = openManifest(key, block);
  expect(readManifest(block)).toEqual({ size: bytes.length, hashes: chunks.map(({ hash }) => hash) });
  expect(keys).toEqual(chunks.map((chunk) => chunk.key));
  const back = chunks.flatMap((chunk, n) => [...(openChunk((keys ?? [])[n] ?? one, chunk.block) ?? [])]);
  expect(Uint8Array.from(back)).toEqual(bytes);
  expect(openManifest(one, block)).toBeNull();
  expect(openChunk(one, chunks[0]?.block ?? block)).toBeNull();
});

test('the same content has the same id in one epoch, and in another one neither id, hash nor key', () => {
  const bytes = content(1_000);
  expect(made(one, bytes)).toEqual(made(one, bytes));
  const [here, there] = [made(one, bytes), made(other, bytes)];
  for (const part of ['hash', 'key', 'block'] as const) {
    expect(here[part]).not.toEqual(there[part]);
    expect(here.chunks[0]?.[part]).not.toEqual(there.chunks[0]?.[part]);
  }
  expect(made(one, content(1_001)).hash).not.toEqual(here.hash);
});

test('what is no manifest is none, and one that was changed has another hash', () => {
  const { block, hash, key } = made(one, content(BLOB.chunk + 1));
  const changed = (at: number, value: number): Uint8Array => {
    const copy = block.slice();
    copy[at] = value;
    return copy;
  };
  for (const none of [
    new Uint8Array(0),
    block.subarray(1),
    block.subarray(0, -1),
    changed(0, 2), // a later version
    changed(8, 0), // a chunk less
    changed(1, 255), // more than there may be
  ]) {
    expect(readManifest(none)).toBeNull();
    expect(openManifest(key, none)).toBeNull();
  }
  const lied = changed(20, (block[20] ?? 0) ^ 1); // the hash of a chunk
  expect(openManifest(key, lied)).toBeNull();
  expect(blockHash(lied)).not.toEqual(hash);
});

test('the largest blob has a manifest that is a block', () => {
  const chunk = { key: one, hash: other };
  const { block } = sealManifest(
    one,
    BLOB.size,
    Array.from({ length: BLOB.chunks }, () => chunk),
  );
  expect(block.length).toBe(BLOB.block);
  expect(readManifest(block)?.hashes).toHaveLength(BLOB.chunks);
});
