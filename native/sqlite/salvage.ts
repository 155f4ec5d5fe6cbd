/**
 * The Salvage port: what can still be read of a damaged database, and where its files go. They are copied into a dated
 * folder beside it, which nothing here ever deletes, before anything is tried.
 */
import type Database from 'better-sqlite3';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Salvage, SqlRow } from '../../main/engine/ports.ts';
import { syncFolder } from '../durable-file.ts';
import { databaseError } from './database-error.ts';
import { openKeyed } from './keyed.ts';
import { replaceDatabase } from './replace.ts';
import { COMPANIONS, createVault } from './vault.ts';
import type { VaultOptions } from './vault.ts';

/** Point reads in search of the next readable page. */
const PROBES = 4_000;

export function createSalvage(options: VaultOptions): Salvage {
  const { path } = options;
  const fresh = { ...options, path: `${path}.recovered` };
  return {
    setAside(name) {
      const folder = join(dirname(path), name);
      const unfinished = `${folder}.unfinished`;
      if (existsSync(folder)) return;
      try {
        rmSync(unfinished, { recursive: true, force: true });
        mkdirSync(unfinished, { mode: 0o700 });
        for (const suffix of COMPANIONS) {
          if (existsSync(path + suffix)) cpSync(path + suffix, join(unfinished, `cove.db${suffix}`));
        }
        renameSync(unfinished, folder);
        syncFolder(dirname(path));
      } catch (error) {
        rmSync(unfinished, { recursive: true, force: true });
        throw databaseError(error);
      }
    },
    *rows(key, table) {
      let database: Database.Database | undefined;
      try {
        database = openKeyed(options, key);
        yield* readable(database, table);
      } catch {
        // Not even its first page can be read, or the table's definition is gone.
      } finally {
        try {
          database?.close();
        } catch {
          // Closing writes the log back, which a damaged page may prevent.
        }
      }
    },
    openFresh(key) {
      createVault(fresh).discard();
      return createVault(fresh).open(key);
    },
    replace() {
      try {
        replaceDatabase(path, fresh.path);
        createVault(fresh).discard();
      } catch (error) {
        throw databaseError(error);
      }
    },
  };
}

/** Rows in order until a page cannot be read, then on from the next that can. */
function* readable(database: Database.Database, table: string): Generator<SqlRow> {
  const hasRowid = !/WITHOUT\s+ROWID/i.test(definition(database, table));
  if (!hasRowid) return yield* bothEnds(database, table);
  const after = database.prepare<[number], SqlRow>(
    `SELECT rowid AS at, * FROM ${table} WHERE rowid > ? ORDER BY rowid`,
  );
  const one = database.prepare<[number], SqlRow>(`SELECT rowid FROM ${table} WHERE rowid >= ? ORDER BY rowid LIMIT 1`);
  let last = 0;
  for (let probes = 0; probes < PROBES;) {
    try {
      for (const row of after.iterate(last)) {
        last = row['at'] as number;
        yield plain(row);
      }
      return;
    } catch {
      // Ever further, then back to the first that can be read.
      let [low, step] = [last + 1, 1];
      while (probes++ < PROBES && !works(() => one.get(low + step))) step *= 2;
      if (probes >= PROBES) return;
      let high = low + step;
      while (low < high && probes++ < PROBES) {
        const middle = Math.floor((low + high) / 2);
        if (works(() => one.get(middle))) high = middle;
        else low = middle + 1;
      }
      last = Math.max(last + 1, high - 1);
    }
  }
}

/** A table without row numbers is small: from its beginning and from its end, each as far as it goes. */
function* bothEnds(database: Database.Database, table: string): Generator<SqlRow> {
  const seen = new Set<string>();
  const keys = database
    .prepare<[], { name: string }>(`SELECT name FROM pragma_table_info('${table}') WHERE pk > 0 ORDER BY pk`)
    .all()
    .map(({ name }) => name);
  for (const direction of ['ASC', 'DESC']) {
    const order = keys.map((name) => `${name} ${direction}`).join(', ');
    try {
      for (const row of database.prepare<[], SqlRow>(`SELECT * FROM ${table} ORDER BY ${order}`).iterate()) {
        const name = JSON.stringify(keys.map((key) => row[key]));
        if (seen.has(name)) continue;
        seen.add(name);
        yield plain(row);
      }
      return;
    } catch {
      // The other end is tried next.
    }
  }
}

function definition(database: Database.Database, table: string): string {
  return (
    database.prepare<[string], { sql: string }>('SELECT sql FROM sqlite_master WHERE name = ?').get(table)?.sql ?? ''
  );
}

function works(fn: () => unknown): boolean {
  try {
    fn();
    return true;
  } catch {
    return false;
  }
}

function plain(row: SqlRow): SqlRow {
  for (const name in row) {
    const value = row[name];
    if (Buffer.isBuffer(value)) row[name] = new Uint8Array(value);
  }
  return row;
}
