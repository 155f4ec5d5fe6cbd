/** Rows of table `object`: read, changed in memory, written once per entry. */
import { fromHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Storage } from '../ports.ts';
import type { Fields } from './object-types.ts';
import { applyOperation, compareStamps, emptyRegisters, materialise } from './registers.ts';
import type { Registers, Stamp } from './registers.ts';
import { decodeRegisters, encodeRegisters } from './register-codec.ts';
import type { Operations } from './operations.ts';
import type { JsonValue } from './replica.ts';

/** An object's row while it is being changed. */
export interface ObjectRow {
  readonly space: number;
  readonly objectId: Hex;
  readonly bytes: Uint8Array;
  /** undefined until it was written for the first time. */
  id: number | undefined;
  /** Its type and whether it is deleted, as the row has them. */
  standing: string | undefined;
  readonly registers: Registers;
  created: number;
  updated: number;
  author: Uint8Array;
  updatedBy: Uint8Array;
}

/** What a row shows. */
export interface Saved {
  readonly id: number;
  readonly fields: Fields;
}

export interface Authorship {
  readonly wall: number;
  readonly identityId: Uint8Array;
}

export interface ObjectRows {
  idOf(space: number, objectId: Hex): number | undefined;
  /** Of the latest applied entry about the object; undefined for one that no entry is about. */
  lamportOf(space: number, objectId: Hex): number | undefined;
  /** `bytes` is the id again, for those who have it. */
  load(space: number, objectId: Hex, bytes?: Uint8Array): ObjectRow | undefined;
  fresh(space: number, objectId: Hex, by: Authorship, bytes?: Uint8Array): ObjectRow;
  /** Counts an entry among those that touched the object: the first and last in the total order give its dates. */
  touch(row: ObjectRow, stamp: Stamp, by: Authorship): void;
  /** Counts a pending change of its text, which no field shows; false when there is no such row. */
  touchText(space: number, objectId: Hex, by: Authorship): boolean;
  /** Writes the row with pending operations on top of the applied ones; `isIndexed`: its text follows at once. */
  save(row: ObjectRow, pending: Readonly<Operations> | undefined, isIndexed?: boolean): Saved;
}

export const NO_LOG = '';
/** Above every applied stamp: a pending edit will become an entry that has seen them all. Of a log that nobody has. */
const PENDING_STAMP: Stamp = { lamport: Number.MAX_SAFE_INTEGER, log: NO_LOG, item: 0 };

/**
 * `written` hears of every row that is written, before the transaction around it is committed; `counts`: the row is new, or
 * its type is another one, or whether it is deleted.
 */
export function createObjectRows(
  storage: Storage,
  written: (space: number, objectId: Hex, counts: boolean) => void,
): ObjectRows {
  const find = storage.prepare('SELECT id, lamport FROM object WHERE space = ? AND object_id = ?');
  const read = storage.prepare(
    `SELECT id, type, deleted, fields, registers, created, updated, author, updated_by FROM object WHERE space = ? AND object_id = ?`,
  );
  const insert = storage.prepare(
    `INSERT INTO object (space, object_id, type, fields, registers, deleted, lamport, created, updated, author, updated_by, text_dirty)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = storage.prepare(
    `UPDATE object SET type = ?, fields = ?, registers = ?, deleted = ?, lamport = ?, created = ?, updated = ?, author = ?,
       updated_by = ?, text_dirty = 1, revision = revision + 1 WHERE id = ?`,
  );
  const touchText = storage.prepare(
    `UPDATE object SET updated = ?, updated_by = ?, text_dirty = 1, revision = revision + 1
     WHERE space = ? AND object_id = ?`,
  );

  return {
    idOf: (space, objectId) => find.get(space, fromHex(objectId))?.['id'] as number | undefined,
    lamportOf: (space, objectId) =>
      (find.get(space, fromHex(objectId))?.['lamport'] as number | undefined) || undefined,
    load(space, objectId, bytes = fromHex(objectId)) {
      const row = read.get(space, bytes);
      if (row === undefined) return undefined;
      return {
        space,
        objectId,
        bytes,
        id: row['id'] as number,
        standing: standingOf(row['type'] as string | null, row['deleted'] === 1),
        registers: decodeRegisters(row['registers'] as string, JSON.parse(row['fields'] as string) as Fields),
        created: row['created'] as number,
        updated: row['updated'] as number,
        author: row['author'] as Uint8Array,
        updatedBy: row['updated_by'] as Uint8Array,
      };
    },
    fresh: (space, objectId, by, bytes = fromHex(objectId)) => ({
      space,
      objectId,
      bytes,
      id: undefined,
      standing: undefined,
      registers: emptyRegisters(),
      created: by.wall,
      updated: by.wall,
      author: by.identityId,
      updatedBy: by.identityId,
    }),
    touch(row, stamp, by) {
      const { first, last } = row.registers;
      if (first === undefined || compareStamps(stamp, first) < 0) {
        row.registers.first = stamp;
        row.created = by.wall;
        row.author = by.identityId;
      }
      if (last === undefined || compareStamps(stamp, last) > 0) {
        row.registers.last = stamp;
        row.updated = by.wall;
        row.updatedBy = by.identityId;
      }
    },
    touchText(space, objectId, by) {
      if (touchText.run(by.wall, by.identityId, space, fromHex(objectId)).changes === 0) return false;
      written(space, objectId, false);
      return true;
    },
    save(row, pending, isIndexed = false) {
      const { fields, deleted } = visible(row.registers, pending);
      const type = typeof fields['type'] === 'string' ? fields['type'] : null;
      const standing = standingOf(type, deleted);
      written(row.space, row.objectId, standing !== row.standing);
      row.standing = standing;
      const registers = encodeRegisters(row.registers, rootsOf(pending));
      const lamport = row.registers.last?.lamport ?? 0;
      const common = [type, JSON.stringify(fields), registers, deleted ? 1 : 0, lamport] as const;
      const dates = [row.created, row.updated, row.author, row.updatedBy] as const;
      if (row.id === undefined) {
        row.id = insert.run(row.space, row.bytes, ...common, ...dates, isIndexed ? 0 : 1).lastInsertRowid;
      } else {
        update.run(...common, ...dates, row.id);
      }
      return { id: row.id, fields };
    },
  };
}

const standingOf = (type: string | null, deleted: boolean): string => `${deleted} ${type === null ? '' : `.${type}`}`;

/** What registers show with pending operations on top of them. */
export function visible(
  registers: Registers,
  pending: Readonly<Operations> | undefined,
): { fields: Record<string, JsonValue>; deleted: boolean } {
  const fields = materialise(pending === undefined ? registers : overlaid(registers, [pending]));
  const { deleted } = fields;
  if (deleted !== undefined) delete fields['deleted'];
  return { fields, deleted: deleted === true };
}

/** Registers with operations on top of them that are in no entry yet, later ones on earlier ones. */
export function overlaid(registers: Registers, pending: readonly Readonly<Operations>[]): Registers {
  const seen = { ...registers, assigned: new Map(registers.assigned), added: copyAdded(registers.added) };
  for (const [item, operations] of pending.entries()) {
    const stamp = { ...PENDING_STAMP, item };
    for (const [path, operation] of Object.entries(operations)) applyOperation(seen, path, operation, stamp, 0);
  }
  return seen;
}

const copyAdded = (added: Registers['added']): Registers['added'] =>
  new Map([...added].map(([path, addings]) => [path, new Map(addings)]));

function rootsOf(pending: Readonly<Operations> | undefined): Set<string> {
  const roots = new Set<string>();
  for (const path of Object.keys(pending ?? {})) {
    const end = path.indexOf('/', 1);
    roots.add(end < 0 ? path : path.slice(0, end));
  }
  return roots;
}
