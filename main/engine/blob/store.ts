/**
 * What is here of one space's blobs: rows, and the files they name. A file is whole and durable before its row is
 * committed, and is deleted after its row is; what a crash leaves in between, `sweep` finds.
 */
import { equal, toHex } from '../bytes.ts';
import type { BlockFiles, Random, SqlValue, Storage } from '../ports.ts';
import { blockHash, readManifest, type Manifest } from './manifest.ts';

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
  readonly #shelf: Shelf;
  readonly space: number;
  /** A chunk turned out not to be here after all. */
  onLost: () => void = () => undefined;

  constructor(storage: Storage, shelf: Shelf, space: number) {
    this.#storage = storage;
    this.#shelf = shelf;
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

  /** Stores these blocks and, in the transaction that makes them count, what `within` does. */
  async put(chunks: readonly Block[], within: () => void): Promise<void> {
    const files = await this.#shelf.write(chunks);
    const sql = 'INSERT INTO blob_chunk (space, hash, size, file) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
    const spare: string[] = [];
    try {
      this.transaction(() => {
        spare.length = 0;
        chunks.forEach(({ hash, block }, i) => {
          const file = files[i] as string;
          const { changes } = this.#storage.prepare(sql).run(this.space, hash, block.length, file);
          if (changes === 0) spare.push(file); // it was here already
        });
        within();
      });
      this.#shelf.settled(files, spare);
    } catch (error) {
      this.#shelf.settled(files, files);
      throw error;
    }
  }

  /** One whose file is gone or changed is not here any more, and is fetched again. */
  chunk(hash: Uint8Array): Uint8Array | undefined {
    const row = this.#get('SELECT file FROM blob_chunk WHERE space = ? AND hash = ?', this.space, hash);
    if (row === undefined) return undefined;
    const block = this.#shelf.files.read(row['file'] as string);
    if (block && equal(blockHash(block), hash)) return block;
    this.#run('DELETE FROM blob_chunk WHERE space = ? AND hash = ?', this.space, hash);
    this.#shelf.files.delete(row['file'] as string);
    this.onLost();
    return undefined;
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

  /** The first blob after row `after` whose manifest is here. */
  next(after: number): { readonly row: number; readonly id: Uint8Array; readonly manifest: Uint8Array } | undefined {
    const sql = `SELECT id, blob_id, manifest FROM blob WHERE space = ? AND id > ? AND manifest IS NOT NULL
      AND blob_id IS NOT NULL ORDER BY id LIMIT 1`;
    const row = this.#get(sql, this.space, after);
    if (!row) return undefined;
    return { row: row['id'] as number, id: row['blob_id'] as Uint8Array, manifest: row['manifest'] as Uint8Array };
  }

  /** The hashes of its chunks, in order. */
  places(row: number): readonly Uint8Array[] {
    const rows = this.#storage.prepare('SELECT hash FROM blob_place WHERE blob = ? ORDER BY n').rows(row);
    return rows.map(([hash]) => hash as Uint8Array);
  }

  /** How many chunks are here. */
  chunks(): number {
    return this.#get('SELECT count(*) AS n FROM blob_chunk WHERE space = ?', this.space)?.['n'] as number;
  }

  /** It stands at more than one place. */
  isShared(hash: Uint8Array): boolean {
    const sql = `SELECT 1 FROM blob_place p JOIN blob b ON b.id = p.blob WHERE p.hash = ? AND b.space = ? LIMIT 2`;
    return this.#storage.prepare(sql).all(hash, this.space).length > 1;
  }

  isWhole(row: number): boolean {
    const sql = `SELECT 1 FROM blob_place p JOIN blob b ON b.id = p.blob WHERE p.blob = ? AND NOT EXISTS (${HERE}) LIMIT 1`;
    return this.#get(sql, row) === undefined;
  }

  /** Deletes a blob and those of its chunks that no other one has. */
  remove(row: number): void {
    const spare: string[] = [];
    this.transaction(() => {
      const hashes = this.#storage.prepare('SELECT hash FROM blob_place WHERE blob = ?').all(row);
      this.#run('DELETE FROM blob WHERE id = ?', row);
      const used = `SELECT 1 FROM blob_place p JOIN blob b ON b.id = p.blob WHERE p.hash = ? AND b.space = ?`;
      for (const { hash } of hashes) {
        if (this.#get(used, hash as Uint8Array, this.space) !== undefined) continue;
        const sql = 'DELETE FROM blob_chunk WHERE space = ? AND hash = ? RETURNING file';
        const gone = this.#get(sql, this.space, hash as Uint8Array);
        if (gone) spare.push(gone['file'] as string);
      }
    });
    for (const file of spare) this.#shelf.files.delete(file);
  }

  /** What a process left that ended while it added something, and what was asked for and never heard of. */
  removeLeftOver(): void {
    const halfAdded = this.#storage.prepare('SELECT id FROM blob WHERE space = ? AND blob_id IS NULL').all(this.space);
    for (const { id } of halfAdded) this.remove(id as number);
    this.#run('DELETE FROM blob WHERE space = ? AND manifest IS NULL AND keep = 0', this.space);
  }

  #run(sql: string, ...values: readonly SqlValue[]): void {
    this.#storage.prepare(sql).run(...values);
  }

  #get(sql: string, ...values: readonly SqlValue[]) {
    return this.#storage.prepare(sql).get(...values);
  }
}

export interface Block {
  readonly hash: Uint8Array;
  readonly block: Uint8Array;
}

/** The files of all spaces. */
export class Shelf {
  readonly files: BlockFiles;
  readonly #storage: Storage;
  readonly #random: Random;
  /** Written, or being written, and not in a row yet. */
  readonly #loose = new Set<string>();

  constructor(storage: Storage, files: BlockFiles, random: Random) {
    this.#storage = storage;
    this.files = files;
    this.#random = random;
  }

  /** Their names; to be followed by `settled`. */
  async write(chunks: readonly Block[]): Promise<readonly string[]> {
    if (chunks.length === 0) return [];
    const names = chunks.map(() => toHex(this.#random.bytes(16)));
    for (const name of names) this.#loose.add(name);
    try {
      await this.files.write(new Map(chunks.map(({ block }, i) => [names[i] as string, block])));
    } catch (error) {
      this.settled(names, names);
      throw error;
    }
    return names;
  }

  /** The rows of these are committed, but for those that are spare. */
  settled(names: readonly string[], spare: readonly string[]): void {
    for (const name of spare) this.files.delete(name);
    for (const name of names) this.#loose.delete(name);
  }

  /** Files without a row go, and rows without a file: a crash, a space that was deleted, a backup that was put back. */
  sweep(): void {
    const there = new Set(this.files.names());
    for (const { file } of this.#storage.prepare('SELECT file FROM blob_chunk').all()) {
      if (!there.delete(file as string))
        this.#storage.prepare('DELETE FROM blob_chunk WHERE file = ?').run(file as string);
    }
    for (const name of there) if (!this.#loose.has(name)) this.files.delete(name);
  }
}
