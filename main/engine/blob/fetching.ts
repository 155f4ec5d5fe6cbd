/**
 * What is fetched of one space's blobs: who is asked for which block, and what becomes of it. A block is asked of one
 * device at a time; who lacks it or is silent is passed over. What is here stays here, so any end is one to go on from.
 */
import { toHex, type Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import type { Cancel, Clock, Log } from '../ports.ts';
import { BLOB } from './limits.ts';
import type { BlobLink } from './link.ts';
import { chunkBlockBytes, readManifest } from './manifest.ts';
import type { Block, BlobStore } from './store.ts';

export interface FetchingOptions {
  readonly clock: Clock;
  readonly store: BlobStore;
  readonly log: Log;
  /** Whether there is room for so many bytes. */
  readonly mayStore: (bytes: number) => boolean;
  /** Blocks were stored, or it stands otherwise with something that is fetched. */
  readonly changed: (stored: readonly Uint8Array[]) => void;
}

/** full: no room for it here, by the quotas or on the disk · wrong: its author made it so that it can never be whole */
export type Obstacle = 'full' | 'wrong';

interface Wanted {
  readonly id: Uint8Array;
  readonly row: number;
  /** Who waits for it; it is given up when nobody does. */
  readers: number;
  /** undefined: the manifest is not here yet. In the order of the content. */
  missing: Map<Hex, { readonly hash: Uint8Array; readonly bytes: number }> | undefined;
  obstacle: Obstacle | undefined;
}

export class Fetching {
  readonly #options: FetchingOptions;
  readonly #links = new Set<BlobLink>();
  readonly #resting = new Map<BlobLink, number>();
  readonly #wanted = new Map<Hex, Wanted>();
  readonly #claimed = new Map<Hex, BlobLink>();
  readonly #arrived: Block[] = [];
  /** How many are being written. */
  #writing = 0;
  /** What came last did not fit on the disk. */
  #noRoom = false;
  #storing: Cancel | undefined;
  #watching: Cancel | undefined;
  #stopped = false;

  constructor(options: FetchingOptions) {
    this.#options = options;
  }

  /** Until the returned function is called, or it is here. */
  want(id: Uint8Array): Cancel {
    const key = toHex(id);
    const wanted = this.#wanted.get(key) ?? this.#begin(key, id);
    if (!wanted) return () => undefined;
    wanted.readers++;
    this.#pump();
    let done = false;
    return () => {
      if (done) return;
      done = true;
      if (--wanted.readers === 0 && this.#wanted.get(key) === wanted) this.#wanted.delete(key);
    };
  }

  wants(id: Hex): boolean {
    return this.#wanted.has(id);
  }

  obstacle(id: Hex): Obstacle | undefined {
    const wanted = this.#wanted.get(id);
    return wanted?.obstacle ?? (wanted && this.#noRoom ? 'full' : undefined);
  }

  /** Some of its blocks are asked of somebody at the moment. */
  moving(id: Hex): boolean {
    const wanted = this.#wanted.get(id);
    if (!wanted) return false;
    return [...this.#claimed.keys()].some((hash) => hash === id || wanted.missing?.has(hash) === true);
  }

  joined(link: BlobLink): void {
    this.#links.add(link);
    this.#pump();
    this.#options.changed([]);
  }

  left(link: BlobLink): void {
    this.#links.delete(link);
    this.#resting.delete(link);
    this.#release(link);
    this.#options.changed([]);
  }

  told(link: BlobLink): void {
    for (const [hash, claimer] of this.#claimed)
      if (claimer === link && !link.isAsked(hash)) this.#claimed.delete(hash);
    this.#pump();
    this.#options.changed([]);
  }

  arrived(link: BlobLink, hash: Uint8Array, block: Uint8Array): void {
    if (this.#stopped) return;
    this.#resting.delete(link);
    this.#arrived.push({ hash, block });
    this.#storeSoon();
    this.#pump();
  }

  /** Something that was here is not: what is wanted is looked through again. */
  lost(): void {
    for (const wanted of this.#wanted.values()) {
      const manifest = wanted.missing && this.#options.store.find(wanted.id)?.manifest;
      if (manifest) this.#plan(wanted, manifest);
    }
    this.#pump();
  }

  /** Room was made. */
  again(): void {
    for (const wanted of this.#wanted.values()) {
      if (wanted.obstacle === 'full' && this.#options.mayStore(this.#outstanding())) wanted.obstacle = undefined;
    }
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#storing?.();
    this.#watching?.();
    this.#wanted.clear();
    this.#claimed.clear();
  }

  #begin(key: Hex, id: Uint8Array): Wanted | undefined {
    const { store, clock } = this.#options;
    const found = store.find(id);
    const row = found?.row ?? store.create(id, clock.now());
    const wanted: Wanted = { id, row, readers: 0, missing: undefined, obstacle: undefined };
    this.#wanted.set(key, wanted);
    if (!found?.manifest || this.#plan(wanted, found.manifest)) return wanted;
    this.#wanted.delete(key);
    return undefined;
  }

  /** False: nothing is missing. */
  #plan(wanted: Wanted, block: Uint8Array): boolean {
    const manifest = readManifest(block);
    if (!manifest) {
      wanted.obstacle = 'wrong';
      return true;
    }
    const missing = this.#options.store.missing(wanted.row);
    wanted.missing = new Map(
      missing.map(({ n, hash }) => [toHex(hash), { hash, bytes: chunkBlockBytes(manifest.size, n) }]),
    );
    if (!this.#options.mayStore(this.#outstanding())) wanted.obstacle = 'full';
    return wanted.missing.size > 0;
  }

  /** Bytes of all that is still to come, as far as it may. */
  #outstanding(): number {
    let bytes = 0;
    for (const { missing, obstacle } of this.#wanted.values()) {
      if (obstacle === 'wrong') continue;
      for (const chunk of missing?.values() ?? []) bytes += chunk.bytes;
    }
    return bytes;
  }

  #pump(): void {
    if (this.#stopped || this.#wanted.size === 0) return;
    if (this.#arrived.length + this.#writing > BLOB.unstored) return; // the disk is slower than the network
    const now = this.#options.clock.monotonic();
    for (const link of this.#links) {
      if ((this.#resting.get(link) ?? 0) > now || !link.isDue) continue;
      const hashes = this.#choose(link, link.room);
      for (const hash of hashes) this.#claimed.set(toHex(hash), link);
      if (hashes.length > 0) link.ask(hashes);
    }
    if (this.#claimed.size > 0) this.#watch();
  }

  #choose(link: BlobLink, room: number): Uint8Array[] {
    const chosen: Uint8Array[] = [];
    const may = (key: Hex): boolean => !this.#claimed.has(key) && !link.lacks(key) && !link.isAsked(key);
    for (const [key, wanted] of this.#wanted) {
      if (chosen.length >= room) break;
      if (wanted.obstacle !== undefined) continue;
      if (!wanted.missing) {
        if (may(key)) chosen.push(wanted.id);
        continue;
      }
      for (const [hash, chunk] of wanted.missing) {
        if (chosen.length >= room) break;
        if (may(hash)) chosen.push(chunk.hash);
      }
    }
    return chosen;
  }

  /** What has come is stored, one batch after the other. */
  #store(): void {
    this.#storing?.();
    this.#storing = undefined;
    if (this.#writing > 0 || this.#arrived.length === 0 || this.#stopped) return;
    const batch = this.#arrived.splice(0, BLOB.storedAtOnce);
    this.#writing = batch.length;
    void this.#write(batch);
  }

  async #write(batch: readonly Block[]): Promise<void> {
    const { store, changed, clock, log } = this.#options;
    const manifests = batch.filter(({ hash }) => this.#isManifest(hash));
    const chunks = batch.filter(({ hash, block }) => this.#fits(hash, block));
    try {
      await store.put(chunks, () => {
        if (this.#stopped) throw new CoveError('closed');
        for (const { hash, block } of manifests) this.#putManifest(hash, block);
      });
    } catch (error) {
      this.#writing = 0;
      if (this.#stopped) return;
      log('blob.not-stored', { type: error instanceof CoveError ? error.type : String(error) });
      this.#noRoom = error instanceof CoveError && error.type === 'disk-full';
      // They wait, and little more is asked for.
      this.#arrived.unshift(...batch);
      this.#storing = clock.after(BLOB.disk, () => this.#store());
      changed([]);
      return;
    }
    this.#writing = 0;
    this.#noRoom = false;
    if (this.#stopped) return;
    for (const { hash, block } of batch) this.#settle(toHex(hash), block);
    changed(batch.map(({ hash }) => hash));
    this.#storeSoon();
    this.#pump();
  }

  #storeSoon(): void {
    const now = this.#arrived.length >= BLOB.storedAtOnce || this.#arrived.some(({ hash }) => this.#isManifest(hash));
    if (now) this.#store();
    else if (this.#arrived.length > 0) {
      this.#storing ??= this.#options.clock.after(BLOB.storedWithin, () => this.#store());
    }
  }

  #isManifest(hash: Uint8Array): boolean {
    const wanted = this.#wanted.get(toHex(hash));
    return wanted !== undefined && wanted.missing === undefined;
  }

  #putManifest(hash: Uint8Array, block: Uint8Array): void {
    const wanted = this.#wanted.get(toHex(hash));
    const manifest = readManifest(block);
    if (wanted && manifest) this.#options.store.setManifest(wanted.row, block, manifest);
  }

  /** Somebody wants this chunk, and it is as long as it is to be. */
  #fits(hash: Uint8Array, block: Uint8Array): boolean {
    const key = toHex(hash);
    return [...this.#wanted.values()].some(({ missing }) => missing?.get(key)?.bytes === block.length);
  }

  #settle(key: Hex, block: Uint8Array): void {
    this.#claimed.delete(key);
    const whole = this.#wanted.get(key);
    if (whole && !whole.missing && !this.#plan(whole, block)) this.#wanted.delete(key);
    for (const [id, wanted] of this.#wanted) {
      const chunk = wanted.missing?.get(key);
      if (!chunk) continue;
      // The hash is right and the length is not: the manifest was made so.
      if (chunk.bytes !== block.length) wanted.obstacle = 'wrong';
      else wanted.missing?.delete(key);
      if (wanted.missing?.size === 0) this.#wanted.delete(id);
    }
  }

  #release(link: BlobLink): void {
    for (const [hash, claimer] of this.#claimed) if (claimer === link) this.#claimed.delete(hash);
    this.#pump();
  }

  /** While something is asked for: who sends nothing is passed over for a while. */
  #watch(): void {
    this.#watching ??= this.#options.clock.after(BLOB.progress / 4, () => {
      this.#watching = undefined;
      const now = this.#options.clock.monotonic();
      for (const link of this.#links) {
        if (link.silence < BLOB.progress) continue;
        this.#resting.set(link, now + BLOB.rest);
        this.#release(link);
      }
      this.#pump();
      if (this.#wanted.size > 0) this.#watch();
    });
  }
}
