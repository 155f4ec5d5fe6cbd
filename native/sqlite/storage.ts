/** Prepared SQL on one open database: a bounded statement cache, nested transactions, plain byte arrays, typed failures. */
import { CoveError, isDamage, isDiskTrouble } from '../../main/engine/errors.ts';
import type Database from 'better-sqlite3';
import type { SqlRow, SqlValue, Statement, Storage } from '../../main/engine/ports.ts';
import { memoryNote } from './crash-note.ts';
import type { ClosableNote } from './crash-note.ts';
import { databaseError } from './database-error.ts';
import type { DatabaseFile } from './database-file.ts';

type Prepared = Database.Statement<SqlValue[], SqlRow>;

/** The engine keeps some 200 of its own; queries of programs have as many texts as they like. Each takes some 10 kB. */
export const MOST_STATEMENTS = 500;

/** Hears what the disk did: why something could not be written or read, and undefined once something was written again. */
export type OnDisk = (trouble: CoveError | undefined) => void;

export interface StorageParts {
  /** The one that the database is open on; undefined: it is in memory, or not to be copied. */
  readonly file?: DatabaseFile | undefined;
  /** Default: one that ends with the process. */
  readonly crashNote?: ClosableNote | undefined;
  readonly onDisk?: OnDisk | undefined;
}

export function createStorage(
  database: Database.Database,
  { file, crashNote = memoryNote(), onDisk = () => undefined }: StorageParts = {},
): Storage {
  /** The one used last comes last. */
  const statements = new Map<string, Statement>();
  let depth = 0;
  let troubled = false;
  const guard = <T>(fn: () => T): T => {
    try {
      return fn();
    } catch (cause) {
      if (!database.open) throw new CoveError('closed', {}, cause);
      const error = databaseError(cause);
      if (isDiskTrouble(error)) {
        troubled = true;
        onDisk(error);
      } else if (isDamage(error)) onDisk(error);
      throw error;
    }
  };
  const run = (sql: string): void => void guard(() => database.exec(sql));
  const ends = new Map<string, Database.Statement>();
  /** Prepared once: parsing them took a tenth of a small transaction. */
  const bound = (sql: string): void => {
    let statement = ends.get(sql);
    if (statement === undefined) ends.set(sql, (statement = guard(() => database.prepare(sql))));
    guard(() => statement.run());
  };

  return {
    prepare(sql) {
      let statement = statements.get(sql);
      if (statement === undefined) {
        statement = wrap(
          guard(() => database.prepare<SqlValue[], SqlRow>(sql)),
          guard,
        );
        const [oldest] = statements.size < MOST_STATEMENTS ? [] : statements.keys();
        if (oldest !== undefined) statements.delete(oldest); // it goes on for whoever holds it
      } else statements.delete(sql);
      statements.set(sql, statement);
      return statement;
    },
    exec: run,
    transaction(fn) {
      const [begin, commit, rollback] = depth === 0 ? OUTER : INNER;
      bound(begin);
      depth++;
      try {
        const result = fn();
        if (result instanceof Promise) throw new Error('a transaction is synchronous');
        bound(commit);
        if (troubled && depth === 1) {
          troubled = false;
          onDisk(undefined);
        }
        return result;
      } catch (error) {
        // A full disk may have rolled back already; then there is nothing left to undo.
        if (database.inTransaction) run(rollback);
        throw error;
      } finally {
        depth--;
      }
    },
    get inTransaction() {
      return database.inTransaction;
    },
    crashNote,
    async copyTo(target) {
      if (!database.open) throw new CoveError('closed');
      if (file === undefined) throw new Error('a database in memory is not copied');
      await file.copy(database, target);
    },
    close() {
      statements.clear();
      ends.clear();
      if (!database.open) return;
      guard(() => database.close());
      file?.close();
      crashNote.close();
    },
  };
}

const OUTER = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'] as const;
const INNER = ['SAVEPOINT nested', 'RELEASE nested', 'ROLLBACK TO nested; RELEASE nested'] as const;

function wrap(statement: Prepared, guard: <T>(fn: () => T) => T): Statement {
  /** A statement gives either records or lists. */
  let lists: Database.Statement<SqlValue[], SqlValue[]> | undefined;
  return {
    run(...values) {
      const { changes, lastInsertRowid } = guard(() => statement.run(...values));
      return { changes, lastInsertRowid: Number(lastInsertRowid) };
    },
    get(...values) {
      const row = guard(() => statement.get(...values));
      return row === undefined ? undefined : plain(row);
    },
    all(...values) {
      const rows = guard(() => statement.all(...values));
      for (const row of rows) plain(row);
      return rows;
    },
    rows(...values) {
      const rows = guard(() => {
        lists ??= statement.database.prepare<SqlValue[], SqlValue[]>(statement.source).raw();
        return lists.all(...values);
      });
      for (const row of rows) plainList(row);
      return rows;
    },
    *iterate(...values) {
      for (const row of guard(() => statement.iterate(...values))) yield plain(row);
    },
  };
}

/** Buffers to Uint8Arrays in place: Buffer's `slice` shares memory, Uint8Array's copies, and the engine means the latter. */
function plain(row: SqlRow): SqlRow {
  for (const name in row) {
    const value = row[name];
    if (Buffer.isBuffer(value)) row[name] = view(value);
  }
  return row;
}

function plainList(row: SqlValue[]): void {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (Buffer.isBuffer(value)) row[i] = view(value);
  }
}

const view = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);
