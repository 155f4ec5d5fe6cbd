/** Table `object_entry`: the entries about each object, written as they are applied. */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { SqlRow, Storage } from '../ports.ts';
import { markOf, markText } from './step-mark.ts';
import { LIMIT } from './sql.ts';
import type { StepMark } from './step-mark.ts';

/** Where an entry stands among all of its space: the same on every device that has the same entries. */
export interface Position {
  readonly lamport: number;
  readonly log: Hex;
  readonly seq: number;
}

/** What an entry does to the text of one object. */
export interface TextChange {
  /** The author's clock after it; 0: it inserts nothing. */
  readonly clock: number;
  /** UTF-16 units. */
  readonly inserted: number;
  /** client, clock, length, client, … */
  readonly deletes: readonly number[];
}

export interface HistoryEntry extends Position, TextChange {
  readonly wall: number;
  /** Whether it sets fields. */
  readonly registers: boolean;
  /** Where it takes back or makes again a step of its author's. */
  readonly mark: StepMark | undefined;
}

/** What entries do to the text of one object, taken together. */
export interface TextExtent {
  /** How many entries, those without text included. */
  readonly entries: number;
  /** Each author's inserted clocks, from 0 to here: they have no gap, and his entries are in their order. */
  readonly inserted: readonly { readonly log: Hex; readonly clock: number }[];
  readonly deletes: readonly number[];
}

export interface HistoryIndex {
  add(object: number, entry: HistoryEntry): void;
  clear(object: number): void;
  /** The entries about an object, in their order, up to a position. */
  entries(object: number, upTo?: Position): HistoryEntry[];
  /** Of those, the ones that set fields. */
  settings(object: number, upTo?: Position): HistoryEntry[];
  /** All of them taken together. */
  extent(object: number, upTo?: Position): TextExtent;
  /** The latest first, from before a position on. */
  backwards(object: number, before: Position | undefined): IterableIterator<HistoryEntry>;
  /** Objects of a space that an entry after the position is about, by their rows' ids from `above` on. */
  changedSince(
    space: number,
    position: Position,
    above: number,
    limit: number,
  ): { readonly object: number; readonly id: Hex }[];
  countChangedSince(space: number, position: Position): number;
  /** All of a space, as they came to this device. */
  objectIds(space: number): Hex[];
  /** The last position whose author's clock did not show more than this. */
  lastBefore(space: number, wall: number): Position | undefined;
}

export const comparePositions = (a: Position, b: Position): number =>
  a.lamport - b.lamport || (a.log === b.log ? a.seq - b.seq : a.log < b.log ? -1 : 1);

/** After every entry. */
const END: Position = { lamport: Number.MAX_SAFE_INTEGER, log: '', seq: 0 };

export const NO_TEXT: TextChange = { clock: 0, inserted: 0, deletes: [] };

/** Two changes of one text in one entry. */
export const joined = (a: TextChange, b: TextChange): TextChange => ({
  clock: Math.max(a.clock, b.clock),
  inserted: a.inserted + b.inserted,
  deletes: [...a.deletes, ...b.deletes],
});

export function createHistoryIndex(storage: Storage): HistoryIndex {
  const insert = storage.prepare(
    `INSERT INTO object_entry (object, lamport, log_id, seq, wall, registers, clock, inserted, deletes, mark)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const clear = storage.prepare('DELETE FROM object_entry WHERE object = ?');
  const upToPosition = 'object = ? AND (lamport, log_id, seq) <= (?, ?, ?)';
  const all = storage.prepare(`SELECT * FROM object_entry WHERE ${upToPosition} ORDER BY lamport, log_id, seq`);
  const settings = storage.prepare(
    `SELECT * FROM object_entry WHERE ${upToPosition} AND registers = 1 ORDER BY lamport, log_id, seq`,
  );
  // A byte array for each row of thousands costs more than all else of a past version: all deletes come as one.
  const extents = `SELECT min(log_id) AS log_id, max(log_id) AS last_log, count(*) AS entries, max(clock) AS clock,
     CAST(group_concat(CAST(deletes AS TEXT), '') AS BLOB) AS deletes
     FROM object_entry WHERE ${upToPosition}`;
  const extent = storage.prepare(extents);
  const extentOfEach = storage.prepare(`${extents} GROUP BY log_id`); // sorts them: twice as long
  const back = storage.prepare(
    `SELECT * FROM object_entry WHERE object = ? AND (lamport, log_id, seq) < (?, ?, ?)
     ORDER BY lamport DESC, log_id DESC, seq DESC`,
  );
  const changed = `object WHERE space = ? AND id > ? AND lamport >= ? AND EXISTS
    (SELECT 1 FROM object_entry e WHERE e.object = object.id AND (e.lamport, e.log_id, e.seq) > (?, ?, ?))`;
  const since = storage.prepare(`SELECT id, object_id FROM ${changed} ORDER BY id ${LIMIT}`);
  const count = storage.prepare(`SELECT count(*) AS n FROM ${changed}`);
  const ids = storage.prepare('SELECT object_id FROM object WHERE space = ? ORDER BY id');
  const lastBefore = storage.prepare(
    `SELECT e.lamport, e.log_id, e.seq FROM object_entry e JOIN object o ON o.id = e.object
     WHERE o.space = ? AND e.wall <= ? ORDER BY e.lamport DESC, e.log_id DESC, e.seq DESC LIMIT 1`,
  );

  /** Of the entry before: the objects of one entry come one after the other. */
  let logBefore: { readonly log: Hex; readonly id: Uint8Array } | undefined;

  return {
    add(object, { lamport, log, seq, wall, registers, clock, inserted, deletes, mark }) {
      const bytes = deletes.length === 0 ? null : deletesBytes(deletes);
      if (logBefore?.log !== log) logBefore = { log, id: fromHex(log) };
      insert.run(
        object,
        lamport,
        logBefore.id,
        seq,
        wall,
        registers ? 1 : 0,
        clock,
        inserted,
        bytes,
        mark ? markText(mark) : null,
      );
    },
    clear: (object) => void clear.run(object),
    entries(object, upTo = END) {
      const entryOf = entryReader();
      return all.all(object, upTo.lamport, fromHex(upTo.log), upTo.seq).map(entryOf);
    },
    settings(object, upTo = END) {
      return settings.all(object, upTo.lamport, fromHex(upTo.log), upTo.seq).map(entryReader());
    },
    extent(object, upTo = END) {
      const place = [object, upTo.lamport, fromHex(upTo.log), upTo.seq] as const;
      const one = extent.get(...place) as SqlRow;
      if (one['entries'] === 0) return { entries: 0, inserted: [], deletes: [] };
      const single = equal(one['log_id'] as Uint8Array, one['last_log'] as Uint8Array);
      const rows = single ? [one] : extentOfEach.all(...place);
      return {
        entries: rows.reduce((sum, row) => sum + (row['entries'] as number), 0),
        inserted: rows.map((row) => ({ log: toHex(row['log_id'] as Uint8Array), clock: row['clock'] as number })),
        deletes: rows.flatMap((row) => (row['deletes'] === null ? [] : deletesOf(row['deletes'] as Uint8Array))),
      };
    },
    *backwards(object, { lamport, log, seq } = END) {
      const entryOf = entryReader();
      for (const row of back.iterate(object, lamport, fromHex(log), seq)) yield entryOf(row);
    },
    changedSince: (space, { lamport, log, seq }, above, limit) =>
      since
        .all(space, above, lamport, lamport, fromHex(log), seq, limit)
        .map((row) => ({ object: row['id'] as number, id: toHex(row['object_id'] as Uint8Array) })),
    countChangedSince: (space, { lamport, log, seq }) =>
      count.get(space, -1, lamport, lamport, fromHex(log), seq)?.['n'] as number,
    objectIds: (space) => ids.all(space).map((row) => toHex(row['object_id'] as Uint8Array)),
    lastBefore(space, wall) {
      const row = lastBefore.get(space, wall);
      return row && positionOf(row);
    },
  };
}

const positionOf = (row: SqlRow): Position => ({
  lamport: row['lamport'] as number,
  log: toHex(row['log_id'] as Uint8Array),
  seq: row['seq'] as number,
});

/** Reads rows that come one after the other: those of one log have its id in common. */
function entryReader(): (row: SqlRow) => HistoryEntry {
  let [bytes, log]: [Uint8Array, Hex] = [new Uint8Array(0), ''];
  return (row) => {
    const id = row['log_id'] as Uint8Array;
    if (!equal(id, bytes)) [bytes, log] = [id, toHex(id)];
    return {
      lamport: row['lamport'] as number,
      log,
      seq: row['seq'] as number,
      wall: row['wall'] as number,
      registers: row['registers'] === 1,
      clock: row['clock'] as number,
      inserted: row['inserted'] as number,
      deletes: row['deletes'] === null ? NO_TEXT.deletes : deletesOf(row['deletes'] as Uint8Array),
      mark: row['mark'] === null ? undefined : markOf(JSON.parse(row['mark'] as string)),
    };
  };
}

const RUN_BYTES = 16;

function deletesBytes(deletes: readonly number[]): Uint8Array {
  const bytes = new Uint8Array((deletes.length / 3) * RUN_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0, at = 0; i < deletes.length; i += 3, at += RUN_BYTES) {
    view.setFloat64(at, deletes[i] as number);
    view.setUint32(at + 8, deletes[i + 1] as number);
    view.setUint32(at + 12, deletes[i + 2] as number);
  }
  return bytes;
}

function deletesOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const deletes: number[] = [];
  for (let at = 0; at < bytes.length; at += RUN_BYTES) {
    deletes.push(view.getFloat64(at), view.getUint32(at + 8), view.getUint32(at + 12));
  }
  return deletes;
}
