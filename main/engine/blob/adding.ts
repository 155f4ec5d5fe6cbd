/** From a stream of bytes to a blob: never more than a few chunks in memory, and nothing left when it ends early. */
import { toHex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { BLOB } from './limits.ts';
import { sealChunk, sealManifest, type Sealed } from './manifest.ts';
import type { BlobRef } from './reference.ts';
import type { BlobStore } from './store.ts';

export interface AddOptions {
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  /** Bytes, where they are known beforehand: what does not fit is refused before anything is stored. */
  readonly size?: number | undefined;
  /** Bytes stored so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  readonly signal?: { readonly aborted: boolean } | undefined;
}

interface Adding {
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly blobKey: Uint8Array;
  /** Throws CoveError where so many bytes more do not fit, or nothing may be added any more. */
  readonly mayStore: (bytes: number) => void;
}

/** Throws CoveError: blob-too-large, blob-space-full, blobs-full, cancelled, disk-full, disk-failing, and what the source throws. */
export async function addBlob(
  { store, clock, blobKey, mayStore }: Adding,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { name, type, size: expected = 0, onProgress, signal }: AddOptions,
): Promise<BlobRef> {
  const stopped = (): void => {
    if (signal?.aborted === true) throw new CoveError('cancelled');
  };
  stopped();
  if (expected > BLOB.size) throw new CoveError('blob-too-large', { most: BLOB.size });
  mayStore(expected);
  const row = store.create(null, clock.now());
  try {
    const chunks: Pick<Sealed, 'key' | 'hash'>[] = [];
    let size = 0;
    let waiting: Sealed[] = [];
    const keep = async (): Promise<void> => {
      mayStore(waiting.reduce((sum, { block }) => sum + block.length, 0));
      await store.put(waiting, () => {
        mayStore(0); // the space may have been deleted meanwhile
        waiting.forEach(({ hash }, i) => store.place(row, chunks.length + i, hash));
      });
      chunks.push(...waiting.map(({ key, hash }) => ({ key, hash })));
      waiting = [];
      onProgress?.(size);
    };
    for await (const content of cut(source)) {
      stopped();
      size += content.length;
      if (size > BLOB.size) throw new CoveError('blob-too-large', { most: BLOB.size });
      waiting.push(sealChunk(blobKey, content));
      if (waiting.length >= BLOB.addedAtOnce) await keep();
      await new Promise<void>((resolve) => void clock.after(0, resolve)); // others have their turn
    }
    stopped();
    await keep();
    stopped();
    const { key, hash, block } = sealManifest(blobKey, size, chunks);
    store.transaction(() => store.complete(row, hash, block));
    return {
      $blob: toHex(hash),
      key: toHex(key),
      size,
      ...(name === undefined ? {} : { name }),
      ...(type === undefined ? {} : { type }),
    };
  } catch (error) {
    try {
      store.remove(row);
    } catch {
      // The disk fails, or the profile is closed already: the next start removes it.
    }
    throw error;
  }
}

/** The same bytes in chunks: all but the last are full. */
async function* cut(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(BLOB.chunk);
  let filled = 0;
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + BLOB.chunk - filled);
      chunk.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < BLOB.chunk) continue;
      yield chunk;
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
