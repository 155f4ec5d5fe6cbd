/** The packs of one space in the database: payloads are read through it, whichever form they have. */
import { CoveError } from '../errors.ts';
import type { SqlRow, Statement, Storage } from '../ports.ts';
import { readHeader } from './entry.ts';
import type { Header } from './entry.ts';
import type { SpaceRecord } from './log-context.ts';
import { decodePack, isPacked, makeAgain } from './payload-packs.ts';
import type { PayloadPack, PayloadParts } from './payload-packs.ts';
import type { RawEntry } from './replica.ts';

/** Packs that stay opened, mostly of 64 KiB and at most of 320: whoever reads the logs side by side comes back to each. */
const OPENED = 64;

interface Opened {
  readonly entryKey: Uint8Array;
  readonly parts: ReadonlyMap<number, PayloadParts>;
}
interface SealedEntry {
  readonly header: Header;
  readonly payload: Uint8Array;
}

export class PackStore {
  readonly #space: Pick<SpaceRecord, 'row' | 'spaceId'>;
  readonly #sql: Readonly<Record<'find' | 'bytes' | 'insert' | 'empty', Statement>>;
  /** The one used last comes last. */
  readonly #opened = new Map<number, Opened>();

  constructor(storage: Storage, space: Pick<SpaceRecord, 'row' | 'spaceId'>) {
    this.#space = space;
    this.#sql = {
      find: storage.prepare(
        'SELECT id FROM payload_pack WHERE space = ? AND log_id = ? AND from_seq <= ? ORDER BY from_seq DESC LIMIT 1',
      ),
      bytes: storage.prepare('SELECT bytes FROM payload_pack WHERE id = ?'),
      insert: storage.prepare(
        'INSERT INTO payload_pack (space, log_id, from_seq, entries, sealed, bytes) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      empty: storage.prepare(
        "UPDATE entry SET payload = x'' WHERE log = (SELECT id FROM log WHERE space = ? AND log_id = ?) AND seq = ?",
      ),
    };
  }

  /** The payload of a row, made again where it is in a pack; null: dropped. Throws CoveError('database-damaged'). */
  payload(header: Header, stored: Uint8Array | null): Uint8Array | null {
    if (!isPacked(header, stored)) return stored;
    const { row, spaceId } = this.#space;
    const id = this.#sql.find.get(row, header.logId, header.seq)?.['id'] as number | undefined;
    const pack = id === undefined ? undefined : this.#open(id);
    const parts = pack?.parts.get(header.seq);
    const payload = pack && parts && makeAgain(spaceId, header, parts, pack.entryKey);
    if (!payload) throw new CoveError('database-damaged');
    return payload;
  }

  /** The same for a row with `header` and `payload`, as others get it. */
  raw(row: SqlRow): RawEntry {
    const bytes = row['header'] as Uint8Array;
    const stored = row['payload'] as Uint8Array | null;
    if (stored?.length !== 0) return [bytes, stored];
    const header = readHeader(bytes);
    if (!header) throw new CoveError('database-damaged');
    return [bytes, this.payload(header, stored)];
  }

  /**
   * Puts a pack in the place of the payloads of these entries; inside a transaction. False, with nothing done, unless the
   * pack is read again here and gives every payload as its header names it.
   */
  replace(entries: readonly SealedEntry[], bytes: Uint8Array): boolean {
    const { row, spaceId } = this.#space;
    const [first] = entries;
    const { entryKey, payloads }: PayloadPack = decodePack(bytes);
    const gives = ({ header }: SealedEntry, i: number): boolean => {
      const parts = payloads[i];
      return parts !== undefined && makeAgain(spaceId, header, parts, entryKey) !== undefined;
    };
    if (!first || payloads.length !== entries.length || !entries.every(gives)) return false;
    const sealed = entries.reduce((sum, { payload }) => sum + payload.length, 0);
    this.#sql.insert.run(row, first.header.logId, first.header.seq, entries.length, sealed, bytes);
    for (const { header } of entries) this.#sql.empty.run(row, header.logId, header.seq);
    return true;
  }

  #open(id: number): Opened {
    const before = this.#opened.get(id);
    if (before) {
      this.#opened.delete(id);
      this.#opened.set(id, before);
      return before;
    }
    const { entryKey, payloads } = decodePack(this.#sql.bytes.get(id)?.['bytes'] as Uint8Array);
    const opened = { entryKey, parts: new Map(payloads.map((parts) => [parts.seq, parts])) };
    const [oldest] = this.#opened.keys();
    if (oldest !== undefined && this.#opened.size >= OPENED) this.#opened.delete(oldest);
    this.#opened.set(id, opened);
    return opened;
  }
}
