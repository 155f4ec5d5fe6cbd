/** space.blobs: files and pictures of a space, which its objects name. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { BLOB } from '../engine/blob/limits.ts';
import { chunksOf } from '../engine/blob/manifest.ts';
import { isBlobRef, type BlobRef } from '../engine/blob/reference.ts';
import type { SpaceBlobs } from '../engine/blob/blobs.ts';
import { CoveError } from '../engine/errors.ts';
import type { PeerStatus } from '../engine/mesh/mesh.ts';
import type { Cancel } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';
import { unread } from './file-error.ts';
import type { Unfinished } from './unfinished.ts';
import { sizeOf, writeWhole } from './whole-file.ts';

export type { BlobRef } from '../engine/blob/reference.ts';

/** Bytes, a stream of them, or the path of a file. */
export type BlobSource = Uint8Array | AsyncIterable<Uint8Array> | { readonly path: string };

/** What is said of a blob that is added. */
export interface AddBlobOptions {
  /** What people see it called; of a file, its name by default. At most 255 characters. */
  readonly name?: string;
  /** A media type, such as `image/png`: as the one who adds it says. At most 127 characters. */
  readonly type?: string;
  /** Bytes that are stored so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}
/** How a blob is read. */
export interface ReadBlobOptions {
  readonly signal?: AbortSignal;
  /** False: what is not here is not waited for; reading throws CoveError('blob-not-here') instead. Default: true. */
  readonly wait?: boolean;
}
/** The content in order; what is not here is fetched meanwhile. */
export interface BlobContent extends AsyncIterable<Uint8Array> {
  /** All of it in memory. */
  bytes(): Promise<Uint8Array>;
}
/**
 * nobody: no other device of the space is connected · no-direct-way: who may have it is connected, but by way of a meeting
 * point or a member's device, which carry no blobs · nobody-has-it: who is connected has not got it · full: there is no room for it
 * on this device · wrong: whoever added it made it so that it can never be whole
 */
export type BlobWaiting = 'nobody' | 'no-direct-way' | 'nobody-has-it' | 'full' | 'wrong';
/** How much of a blob is on this device, and what it waits for. */
export interface BlobStatus {
  /** absent: not all of it is here, and nobody asked for it · coming · waiting: for what `waiting` says */
  readonly state: 'here' | 'absent' | 'coming' | 'waiting';
  readonly waiting?: BlobWaiting;
  /** Chunks that are here, of all. */
  readonly chunks: number;
  readonly of: number;
  /** Fetched without being read, also after a restart. */
  readonly keep: boolean;
}
/** What blobs take on this device. */
export interface BlobUsage {
  /** Bytes on this device, of this space and of all, and how many they may be. */
  readonly bytes: number;
  readonly quota: number;
  readonly totalBytes: number;
  readonly totalQuota: number;
  /** How many are here or wanted. */
  readonly blobs: number;
  /** Bytes that one may have. */
  readonly largest: number;
}

/** Files and pictures of a space: `space.blobs`. */
export class SpaceBlobStore {
  readonly #blobs: SpaceBlobs;
  readonly #unfinished: Unfinished;
  readonly #peers: () => readonly Pick<PeerStatus, 'connected' | 'link'>[];

  constructor(
    blobs: SpaceBlobs,
    unfinished: Unfinished,
    peers: () => readonly Pick<PeerStatus, 'connected' | 'link'>[],
  ) {
    this.#blobs = blobs;
    this.#unfinished = unfinished;
    this.#peers = peers;
  }

  /**
   * Stores it on this device and gives what a field of an object is set to, so that others find it. It is whole and durable
   * then, or nothing of it is here. Throws CoveError: blob-too-large, blob-space-full, blobs-full, cancelled, reading,
   * not-permitted (a keeper), removed, space-deleted, closed, file-not-read, disk-full, disk-failing, folder-read-only,
   * argument-invalid (a stream of anything but bytes).
   */
  async add(source: BlobSource, options: AddBlobOptions = {}): Promise<BlobRef> {
    check('source', SHAPES.blobSource, source);
    check('options', SHAPES.addBlob, options);
    if (source instanceof Uint8Array) return this.#blobs.add([source], { ...options, size: source.length });
    if (!('path' in source)) return this.#blobs.add(bytesOf(source), options);
    const size = await sizeOf(source.path);
    return this.#blobs.add(read(source.path), { name: basename(source.path), ...options, size });
  }

  /** Its content, which is looked for when it is gone through. That throws CoveError: blob-wrong, cancelled, blob-not-here, closed. */
  read(ref: BlobRef, options: ReadBlobOptions = {}): BlobContent {
    checkRef(ref);
    check('options', SHAPES.readBlob, options);
    const pieces = () => this.#pieces(ref, options);
    return {
      [Symbol.asyncIterator]: pieces,
      async bytes() {
        const all = new Uint8Array(ref.size);
        let at = 0;
        for await (const piece of pieces()) {
          all.set(piece, at);
          at += piece.length;
        }
        return all;
      },
    };
  }

  /** Writes it into a file, which takes its name when it is whole. Throws as `read` does, and file-no-room, file-not-written. */
  async save(ref: BlobRef, path: string, options: ReadBlobOptions = {}): Promise<void> {
    check('path', SHAPES.text, path);
    const content = this.read(ref, options);
    await writeWhole(this.#unfinished, path, async (write) => {
      for await (const piece of content) await write(piece);
    });
  }

  /** How much of it is here. Throws CoveError('argument-invalid') for what refers to no blob. */
  status(ref: BlobRef): BlobStatus {
    checkRef(ref);
    const { here, of, keep, whole, wanted, moving, obstacle } = this.#blobs.state(ref);
    const at = { chunks: here, of, keep };
    if (whole) return { state: 'here', ...at };
    if (obstacle !== undefined) return { state: 'waiting', waiting: obstacle, ...at };
    if (!wanted) return { state: 'absent', ...at };
    if (moving) return { state: 'coming', ...at };
    const connected = this.#peers().filter((peer) => peer.connected);
    // Who is connected directly would have said that he has it; of the others nobody knows.
    const detour = connected.some(({ link }) => link === 'relayed' || link === 'friend');
    const waiting = connected.length === 0 ? 'nobody' : detour ? 'no-direct-way' : 'nobody-has-it';
    return { state: 'waiting', waiting, ...at };
  }

  /** Has it fetched as soon as somebody who has it is connected, also after a restart; false: only when it is read. */
  keep(ref: BlobRef, keep = true): void {
    checkRef(ref);
    check('keep', SHAPES.flag, keep);
    this.#blobs.keep(ref, keep);
  }

  get usage(): BlobUsage {
    return this.#blobs.usage();
  }

  /** After the status of some blob may have changed. */
  onChange(fn: () => void): Cancel {
    return this.#blobs.onChange(fn);
  }

  async *#pieces(ref: BlobRef, { signal, wait = true }: ReadBlobOptions): AsyncGenerator<Uint8Array> {
    let stop = this.#blobs.want(ref);
    const look = <T>(found: () => T | undefined): T | undefined => {
      const here = found();
      // All of it was here, and the disk has lost some: it is wanted again.
      if (here === undefined && !this.#blobs.state(ref).wanted) stop = this.#blobs.want(ref);
      return here;
    };
    try {
      const keys = await this.#until(signal, wait, ref, () => look(() => this.#blobs.keys(ref)));
      for (let n = 0; n < chunksOf(ref.size); n++) {
        yield await this.#until(signal, wait, ref, () => look(() => this.#blobs.chunk(ref, keys, n)));
      }
    } finally {
      stop();
    }
  }

  /** What `look` finds, once it does. */
  #until<T>(signal: AbortSignal | undefined, wait: boolean, ref: BlobRef, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', attempt);
      };
      const attempt = (): void => {
        try {
          if (signal?.aborted === true) throw new CoveError('cancelled');
          if (this.#blobs.closed) throw new CoveError('closed');
          const found = look();
          if (found !== undefined) {
            done();
            return resolve(found);
          }
          const { waiting } = this.status(ref);
          if (waiting === 'wrong') throw new CoveError('blob-wrong');
          if (!wait) throw new CoveError('blob-not-here');
        } catch (error) {
          done();
          reject(error as Error);
        }
      };
      const cancel = this.#blobs.onChange(attempt);
      signal?.addEventListener('abort', attempt);
      attempt();
    });
  }
}

async function* bytesOf(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    if (!(piece instanceof Uint8Array)) throw new CoveError('argument-invalid', { argument: 'source' });
    yield piece;
  }
}

function checkRef(ref: BlobRef): void {
  if (!isBlobRef(ref)) throw new CoveError('argument-invalid', { argument: 'ref' });
}

async function* read(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: BLOB.chunk }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    unread(error);
  }
}
