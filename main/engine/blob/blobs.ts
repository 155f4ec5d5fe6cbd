/**
 * The blobs of this device's spaces: added here, fetched from members, read. What an object names is fetched when
 * somebody reads it, or without that where it is kept.
 */
import { fromHex, toHex, type Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import { isWriter } from '../echo/roles.ts';
import { CoveError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { BlockFiles, Cancel, Clock, Log, Random, Storage } from '../ports.ts';
import { addBlob, type AddOptions } from './adding.ts';
import { heldBlobs, RestoringBlobs, type HeldBlob } from './archived.ts';
import { Fetching, type Obstacle } from './fetching.ts';
import { BLOB, type BlobQuota } from './limits.ts';
import { BlobLink, type BlobLinkPorts } from './link.ts';
import { chunksOf, openChunk, openManifest, readManifest } from './manifest.ts';
import type { BlobRef } from './reference.ts';
import { BlobStore, Shelf } from './store.ts';

export interface BlobsOptions {
  readonly storage: Storage;
  readonly files: BlockFiles;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly quota?: Partial<BlobQuota>;
}

export interface BlobState {
  /** Chunks that are here, of all there are. */
  readonly here: number;
  readonly of: number;
  /** Fetched without being asked for, and never dropped. */
  readonly keep: boolean;
  /** All of it is here. */
  readonly whole: boolean;
  /** It is wanted, and not all of it is here. */
  readonly wanted: boolean;
  /** Some of it is on its way. */
  readonly moving: boolean;
  readonly obstacle: Obstacle | undefined;
}

export class Blobs {
  readonly #options: BlobsOptions;
  readonly #spaces = new Map<Hex, SpaceBlobs>();

  readonly #shelf: Shelf;

  constructor(options: BlobsOptions) {
    this.#options = options;
    this.#shelf = new Shelf(options.storage, options.files, options.random);
    this.#shelf.sweep();
  }

  space(replica: Replica): SpaceBlobs {
    let blobs = this.#spaces.get(replica.key);
    if (!blobs) this.#spaces.set(replica.key, (blobs = new SpaceBlobs(this.#options, this.#shelf, replica)));
    return blobs;
  }

  /** For the mesh: a member's device is connected. */
  link(replica: Replica, ports: BlobLinkPorts): BlobLink {
    return this.space(replica).link(ports);
  }

  /** The copy of the space is about to be deleted. */
  leave(replica: Replica): void {
    this.#spaces.get(replica.key)?.close();
    this.#spaces.delete(replica.key);
  }

  /** The copy of a space was deleted: its files go. */
  left(): void {
    this.#shelf.sweep();
    for (const blobs of this.#spaces.values()) blobs.roomMade();
  }

  close(): void {
    for (const blobs of this.#spaces.values()) blobs.close();
  }
}

export class SpaceBlobs {
  readonly #clock: Clock;
  readonly #replica: Replica;
  readonly #quota: BlobQuota;
  readonly #store: BlobStore;
  readonly #links = new Set<BlobLink>();
  readonly #fetching: Fetching;
  readonly #kept = new Map<Hex, Cancel>();
  readonly #changed: Listeners;
  #closed = false;

  constructor({ storage, clock, log, quota = {} }: BlobsOptions, shelf: Shelf, replica: Replica) {
    this.#clock = clock;
    this.#replica = replica;
    this.#quota = { space: BLOB.quota, total: BLOB.total, ...quota };
    this.#store = new BlobStore(storage, shelf, replica.row);
    this.#changed = new Listeners(log);
    this.#store.removeLeftOver();
    this.#fetching = new Fetching({
      ...{ clock, log },
      store: this.#store,
      mayStore: (bytes) => this.#lack(bytes) === undefined,
      changed: (stored) => this.#stored(stored),
    });
    this.#store.onLost = () => this.#fetching.lost();
    for (const id of this.#store.kept()) this.#kept.set(toHex(id), this.#fetching.want(id));
  }

  /** See addBlob; throws besides CoveError: reading, removed, space-deleted. */
  async add(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options: AddOptions): Promise<BlobRef> {
    const { blobKey } = this.#replica.contentEpoch();
    const ref = await addBlob(
      { store: this.#store, clock: this.#clock, blobKey, mayStore: (bytes) => this.#demand(bytes) },
      source,
      options,
    );
    this.#stored([fromHex(ref.$blob)]);
    return ref;
  }

  state({ $blob, size }: BlobRef): BlobState {
    const found = this.#store.find(fromHex($blob));
    const of = chunksOf(size);
    const here = found?.manifest ? this.#store.here(found.row) : 0;
    return {
      ...{ here, of, keep: found?.keep ?? false, whole: Boolean(found?.manifest) && here === of },
      wanted: this.#fetching.wants($blob),
      moving: this.#fetching.moving($blob),
      obstacle: this.#fetching.obstacle($blob),
    };
  }

  /** Asks for it until it is here or the returned function is called. */
  want({ $blob }: BlobRef): Cancel {
    return this.#fetching.want(fromHex($blob));
  }

  /** Fetches it now and over restarts, and keeps it; or not any more: what is here stays. */
  keep(ref: BlobRef, keep: boolean): void {
    const id = fromHex(ref.$blob);
    const row = this.#store.find(id)?.row ?? this.#store.create(id, this.#clock.now());
    this.#store.setKeep(row, keep);
    this.#kept.get(ref.$blob)?.();
    this.#kept.delete(ref.$blob);
    if (keep) this.#kept.set(ref.$blob, this.#fetching.want(id));
    this.#changed.call();
  }

  /** The keys of its chunks; undefined: its manifest is not here. Throws CoveError('blob-wrong'). */
  keys({ $blob, key, size }: BlobRef): readonly Uint8Array[] | undefined {
    const manifest = this.#store.find(fromHex($blob))?.manifest;
    if (!manifest) return undefined;
    const keys = openManifest(fromHex(key), manifest);
    if (!keys || readManifest(manifest)?.size !== size) throw new CoveError('blob-wrong');
    return keys;
  }

  /** The content of chunk `n`; undefined: it is not here. Throws CoveError('blob-wrong'). */
  chunk({ $blob }: BlobRef, keys: readonly Uint8Array[], n: number): Uint8Array | undefined {
    const manifest = this.#store.find(fromHex($blob))?.manifest;
    const hash = manifest && readManifest(manifest)?.hashes[n];
    const block = hash && this.#store.chunk(hash);
    if (!block) return undefined;
    const content = openChunk(keys[n] as Uint8Array, block);
    if (!content) throw new CoveError('blob-wrong');
    return content;
  }

  /** Bytes of this space's chunks here and how many they may be, the same of all spaces, and the number of blobs. */
  usage() {
    const store = this.#store;
    return {
      ...{ bytes: store.bytes(), blobs: store.count(), quota: this.#quota.space },
      ...{ totalBytes: store.allBytes(), totalQuota: this.#quota.total, largest: BLOB.size },
    };
  }

  /** After something was stored, a device came or went, or said what it lacks. */
  onChange(fn: () => void): Cancel {
    return this.#changed.add(fn);
  }

  /** What of all blobs is here, for an archive. */
  here(): Generator<HeldBlob> {
    return heldBlobs(this.#store);
  }

  /** How many chunks are here. */
  chunks(): number {
    return this.#store.chunks();
  }

  /** Takes in what an archive has, whose blocks were checked. Storing throws CoveError: blob-space-full, blobs-full, closed. */
  restoring(): RestoringBlobs {
    return new RestoringBlobs(this.#store, this.#clock, (bytes) => this.#room(bytes));
  }

  /** Throws CoveError('blob-space-full' | 'blobs-full') where so many bytes more of chunks, or of manifests, do not fit. */
  demandRoom(chunks: number, manifests: number): void {
    this.#room(Math.max(chunks, manifests));
  }

  link(ports: BlobLinkPorts): BlobLink {
    const link = new BlobLink(ports, {
      read: (hash) => this.#store.block(hash),
      arrived: (one, hash, block) => this.#fetching.arrived(one, hash, block),
      told: (one) => this.#fetching.told(one),
      left: (one) => {
        this.#links.delete(one);
        this.#fetching.left(one);
      },
    });
    this.#links.add(link);
    this.#fetching.joined(link);
    return link;
  }

  roomMade(): void {
    this.#fetching.again();
  }

  close(): void {
    if (this.#closed) return;
    this.#fetching.stop();
    for (const link of [...this.#links]) link.stop();
    this.#closed = true;
    this.#changed.call();
  }

  get closed(): boolean {
    return this.#closed;
  }

  #stored(hashes: readonly Uint8Array[]): void {
    if (hashes.length > 0) for (const link of this.#links) link.stored(hashes);
    this.#changed.call();
  }

  /** Which quota so many bytes more would break. */
  #lack(bytes: number): 'blob-space-full' | 'blobs-full' | undefined {
    if (this.#store.bytes() + bytes > this.#quota.space) return 'blob-space-full';
    return this.#store.allBytes() + bytes > this.#quota.total ? 'blobs-full' : undefined;
  }

  #demand(bytes: number): void {
    if (this.#closed) throw new CoveError('closed');
    const end = this.#replica.ended();
    if (end) throw new CoveError(end.kind === 'deleted' ? 'space-deleted' : 'removed');
    if (!isWriter(this.#replica.ownRole())) throw new CoveError('reading');
    this.#room(bytes);
  }

  #room(bytes: number): void {
    if (this.#closed) throw new CoveError('closed');
    const lack = this.#lack(bytes);
    if (lack) throw new CoveError(lack, { most: lack === 'blobs-full' ? this.#quota.total : this.#quota.space });
  }
}
