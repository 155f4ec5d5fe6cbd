/** The rows of one space's blobs. Everything here is one statement or runs in the caller's transaction. */
import type { SqlValue, Storage } from '../ports.ts';
import { readManifest, type Manifest } from './manifest.ts';

export interface BlobRow {
  readonly row: number;
  readonly manifest: Uint8Array | null;
  readonly keep: boolean;
}
/** A chunk that is not here. */
export interface Missing {
  readonly n: number;
  readonly hash: Uint8Array;
}

const HERE = 'SELECT 1 FROM blob_chunk c WHERE c.space = b.space AND c.hash = p.hash';

export class BlobStore {
  readonly #storage: Storage;
  readonly space: number;

  constructor(storage: Storage, space: number) {
    this.#storage = storage;
    this.space = space;
  }

  transaction<T>(fn: () => T): T {
    return this.#storage.transaction(fn);
  }

  find(id: Uint8Array): BlobRow | undefined {
    const row = this.#get('SELECT id, manifest, keep FROM blob WHERE space = ? AND blob_id = ?', this.space, id);
    return row && { row: row['id'] as number, manifest: row['manifest'] as Uint8Array | null, keep: row['keep'] === 1 };
  }

  /** A row for a blob that is to be fetched, or with null to be added. */
  create(id: Uint8Array | null, now: number): number {
    const sql = 'INSERT INTO blob (space, blob_id, added) VALUES (?, ?, ?)';
    return this.#storage.prepare(sql).run(this.space, id, now).lastInsertRowid;
  }

  setKeep(row: number, keep: boolean): void {
    this.#run('UPDATE blob SET keep = ? WHERE id = ?', keep ? 1 : 0, row);
  }

  /** Ids of those that are to be here. */
  kept(): readonly Uint8Array[] {
    const rows = this.#storage.prepare('SELECT blob_id FROM blob WHERE space = ? AND keep = 1').all(this.space);
    return rows.flatMap((row) => (row['blob_id'] instanceof Uint8Array ? [row['blob_id']] : []));
  }

  /** The manifest of a fetched blob has come. */
  setManifest(row: number, block: Uint8Array, { hashes }: Manifest): void {
    this.#run('UPDATE blob SET manifest = ? WHERE id = ?', block, row);
    hashes.forEach((hash, n) => this.place(row, n, hash));
  }

  place(row: number, n: number, hash: Uint8Array): void {
    this.#run('INSERT INTO blob_place (blob, n, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', row, n, hash);
  }

  /** All chunks of an added blob are here: from now on it is one. False: it was one before, and stays. */
  complete(row: number, id: Uint8Array, manifest: Uint8Array): boolean {
    const before = this.find(id);
    if (before === undefined) {
      this.#run('UPDATE blob SET blob_id = ?, manifest = ?, keep = 1 WHERE id = ?', id, manifest, row);
      return true;
    }
    // One that was wanted and has not come yet: what was added is its content.
    const read = before.manifest === null && readManifest(manifest);
    if (read) this.setManifest(before.row, manifest, read);
    this.setKeep(before.row, true);
    this.#run('DELETE FROM blob WHERE id = ?', row);
    return false;
  }

  putChunk(hash: Uint8Array, block: Uint8Array): void {
    const sql = 'INSERT INTO blob_chunk (space, hash, size, block) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
    this.#run(sql, this.space, hash, block.length, block);
  }

  chunk(hash: Uint8Array): Uint8Array | undefined {
    const row = this.#get('SELECT block FROM blob_chunk WHERE space = ? AND hash = ?', this.space, hash);
    return row?.['block'] as Uint8Array | undefined;
  }

  /** A chunk or a manifest of this space, and of no other. */
  block(hash: Uint8Array): Uint8Array | undefined {
    return this.chunk(hash) ?? this.find(hash)?.manifest ?? undefined;
  }

  missing(row: number): readonly Missing[] {
    const sql = `SELECT p.n, p.hash FROM blob_place p JOIN blob b ON b.id = p.blob
      WHERE p.blob = ? AND NOT EXISTS (${HERE}) ORDER BY p.n`;
    const rows = this.#storage.prepare(sql).all(row);
    return rows.map(({ n, hash }) => ({ n: n as number, hash: hash as Uint8Array }));
  }

  /** How many chunks of a blob are here. */
  here(row: number): number {
    const sql = `SELECT count(*) AS n FROM blob_place p JOIN blob b ON b.id = p.blob WHERE p.blob = ? AND EXISTS (${HERE})`;
    return this.#get(sql, row)?.['n'] as number;
  }

  /** Bytes of chunks here. */
  bytes(): number {
    return this.#get('SELECT ifnull(sum(size), 0) AS n FROM blob_chunk WHERE space = ?', this.space)?.['n'] as number;
  }

  /** The same of all spaces. */
  allBytes(): number {
    return this.#get('SELECT ifnull(sum(size), 0) AS n FROM blob_chunk')?.['n'] as number;
  }

  /** How many blobs are here or wanted. */
  count(): number {
    return this.#get('SELECT count(*) AS n FROM blob WHERE space = ? AND blob_id IS NOT NULL', this.space)?.[
      'n'
    ] as number;
  }

  /** Deletes a blob and those of its chunks that no other one has. */
  remove(row: number): void {
    const hashes = this.#storage.prepare('SELECT hash FROM blob_place WHERE blob = ?').all(row);
    this.#run('DELETE FROM blob WHERE id = ?', row);
    const used = `SELECT 1 FROM blob_place p JOIN blob b ON b.id = p.blob WHERE p.hash = ? AND b.space = ?`;
    for (const { hash } of hashes) {
      if (this.#get(used, hash as Uint8Array, this.space) !== undefined) continue;
      this.#run('DELETE FROM blob_chunk WHERE space = ? AND hash = ?', this.space, hash as Uint8Array);
    }
  }

  /** What a process left that ended while it added something. */
  removeHalfAdded(): void {
    for (const { id } of this.#storage
      .prepare('SELECT id FROM blob WHERE space = ? AND blob_id IS NULL')
      .all(this.space)) {
      this.transaction(() => this.remove(id as number));
    }
  }

  #run(sql: string, ...values: readonly SqlValue[]): void {
    this.#storage.prepare(sql).run(...values);
  }

  #get(sql: string, ...values: readonly SqlValue[]) {
    return this.#storage.prepare(sql).get(...values);
  }
}
