/** Blobs on their way into an archive and out of one: a block at a time, never a whole blob in memory. */
import { toHex, type Hex } from '../bytes.ts';
import type { Clock } from '../ports.ts';
import { BLOB } from './limits.ts';
import type { Manifest } from './manifest.ts';
import type { Block, BlobStore } from './store.ts';

/** What is here of one blob. */
export interface HeldBlob {
  readonly id: Hex;
  readonly manifest: Uint8Array;
  /** In order, but for those that an earlier blob has brought; undefined: one that is not here. */
  readonly chunks: Generator<Uint8Array | undefined>;
}

/** The chunks of each are to be gone through before the next. */
export function* heldBlobs(store: BlobStore): Generator<HeldBlob> {
  /** Of those that are at several places: the others are met once. */
  const brought = new Set<Hex>();
  function* chunks(row: number): Generator<Uint8Array | undefined> {
    for (const hash of store.places(row)) {
      const key = toHex(hash);
      if (brought.has(key)) continue;
      const block = store.chunk(hash);
      if (block && store.isShared(hash)) brought.add(key);
      yield block;
    }
  }
  for (let at = store.next(0); at; at = store.next(at.row)) {
    yield { id: toHex(at.id), manifest: at.manifest, chunks: chunks(at.row) };
  }
}

/** Blobs that come out of an archive. What is not whole then is to be fetched, as any other. */
export class RestoringBlobs {
  readonly #store: BlobStore;
  readonly #clock: Clock;
  /** Throws CoveError where so many bytes do not fit. */
  readonly #mayStore: (bytes: number) => void;
  #waiting: Block[] = [];

  constructor(store: BlobStore, clock: Clock, mayStore: (bytes: number) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#mayStore = mayStore;
  }

  manifest(id: Uint8Array, block: Uint8Array, manifest: Manifest): void {
    if (this.#store.find(id)) return;
    this.#store.transaction(() => this.#store.setManifest(this.#store.create(id, this.#clock.now()), block, manifest));
  }

  async chunk(chunk: Block): Promise<void> {
    this.#waiting.push(chunk);
    if (this.#waiting.length >= BLOB.storedAtOnce) await this.#put();
  }

  /** The ids of those that are whole. They are kept, as what is added here. */
  async end(): Promise<Set<Hex>> {
    await this.#put();
    const whole = new Set<Hex>();
    for (let at = this.#store.next(0); at; at = this.#store.next(at.row)) {
      if (!this.#store.isWhole(at.row)) continue;
      whole.add(toHex(at.id));
      this.#store.setKeep(at.row, true);
    }
    return whole;
  }

  async #put(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#mayStore(batch.reduce((sum, { block }) => sum + block.length, 0));
    await this.#store.put(batch, () => this.#mayStore(0)); // the profile may have been closed meanwhile
  }
}
