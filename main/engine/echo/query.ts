/** Queries over object rows, and the subscriptions that repeat them when something changed. */
import { toHex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { listenerFailed } from '../listeners.ts';
import type { Cancel, SqlRow, SqlValue, Storage, Log } from '../ports.ts';
import { canonical } from './json-value.ts';
import type { Fields, ObjectQuery, StoredObject } from './object-types.ts';
import type { JsonValue } from './replica.ts';
import { matchExpression } from './text-index.ts';

const NO_LIMIT = -1;

/** Whether a query reads what text-index.ts writes. */
export const readsText = (query: ObjectQuery): boolean =>
  query.text !== undefined || query.texts === true || query.excerpt !== undefined;

interface Compiled {
  readonly where: string;
  readonly values: readonly SqlValue[];
}

/** `zero` is the space's own object, which no query shows. */
function compile(space: number, query: ObjectQuery): Compiled {
  const conditions = ['object.space = ?', 'object.deleted = ?', 'object.object_id <> zeroblob(16)'];
  const values: SqlValue[] = [space, query.deleted === true ? 1 : 0];
  if (query.type !== undefined) {
    conditions.push('object.type = ?');
    values.push(query.type);
  }
  for (const [name, value] of Object.entries(query.where ?? {})) {
    // A path inside the JSON text: quoted, so only a quote or a backslash cannot be said.
    if (/["\\\p{Cc}]/u.test(name)) throw new CoveError('bad-request', { field: name.slice(0, 80) });
    const path = `$."${name}"`;
    if (typeof value === 'object' && value !== null) {
      // Equal whatever the order of keys: narrowed to the type here, compared in full afterwards.
      conditions.push('json_type(object.fields, ?) = ?');
      values.push(path, Array.isArray(value) ? 'array' : 'object');
    } else {
      conditions.push('object.fields -> ? = ?');
      values.push(path, JSON.stringify(value));
    }
  }
  if (query.text !== undefined) {
    const expression = matchExpression(query.text);
    if (expression === undefined) conditions.push('0');
    else {
      conditions.push('object.id IN (SELECT rowid FROM text_search WHERE text_search MATCH ?)');
      values.push(expression);
    }
  }
  return { where: conditions.join(' AND '), values };
}

const nested = (query: ObjectQuery): (readonly [string, JsonValue])[] =>
  Object.entries(query.where ?? {}).filter(([, value]) => typeof value === 'object' && value !== null);

export interface Queries {
  run(space: number, query: ObjectQuery): { readonly objects: StoredObject[]; readonly revisions: string };
  count(space: number, query: ObjectQuery): number;
  one(space: number, objectId: Uint8Array, texts: boolean): StoredObject | undefined;
}

export function createQueries(storage: Storage): Queries {
  const columns = (query: ObjectQuery): string =>
    `object.id, object.object_id, object.type, object.fields, object.deleted, object.created, object.updated, object.author,
     object.updated_by, object.revision` +
    (readsText(query) ? ', text_index.body, text_index.spans, text_index.revision AS text_revision' : '');
  const from = (query: ObjectQuery): string =>
    'object' + (readsText(query) ? ' LEFT JOIN text_index ON text_index.object = object.id' : '');

  /** A live object reads its row once for each of its fields: what is in it is parsed once, and shared. */
  let last: { readonly text: string; readonly fields: Fields } = { text: '{}', fields: {} };
  function lastFields(text: string): Fields {
    if (last.text !== text) last = { text, fields: frozen(parseFields(text)) };
    return last.fields;
  }

  function run(space: number, query: ObjectQuery): { objects: StoredObject[]; revisions: string } {
    const { where, values } = compile(space, query);
    const order = query.order === 'updated' ? 'object.updated DESC, object.id DESC' : 'object.created, object.id';
    const late = nested(query);
    const page = [query.limit ?? NO_LIMIT, query.offset ?? 0] as const;
    const rows = storage
      .prepare(`SELECT ${columns(query)} FROM ${from(query)} WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`)
      .all(...values, ...(late.length === 0 ? page : [NO_LIMIT, 0]));
    let found = rows;
    if (late.length > 0) {
      const end = query.limit === undefined ? undefined : page[1] + query.limit;
      found = rows.filter((row) => matches(row, late)).slice(page[1], end);
    }
    return {
      objects: found.map((row) => toObject(row, query)),
      revisions: found
        .map((row) => `${row['id'] as number}:${row['revision'] as number}:${String(row['text_revision'] ?? 0)}`)
        .join(),
    };
  }

  return {
    run,
    count(space, query) {
      if (nested(query).length > 0) return run(space, { ...query, texts: false }).objects.length;
      const { where, values } = compile(space, query);
      return storage.prepare(`SELECT count(*) AS n FROM object WHERE ${where}`).get(...values)?.['n'] as number;
    },
    one(space, objectId, texts) {
      const query: ObjectQuery = { texts };
      const row = storage
        .prepare(`SELECT ${columns(query)} FROM ${from(query)} WHERE object.space = ? AND object.object_id = ?`)
        .get(space, objectId);
      return row === undefined ? undefined : toObject(row, query, lastFields);
    },
  };
}

function matches(row: SqlRow, late: readonly (readonly [string, JsonValue])[]): boolean {
  const fields = parseFields(row['fields'] as string);
  return late.every(([name, value]) => {
    const seen = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return seen !== undefined && canonical(seen) === canonical(value);
  });
}

const parseFields = (text: string): Fields => JSON.parse(text) as Fields;

function frozen<T extends JsonValue | Fields>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

function toObject(row: SqlRow, query: ObjectQuery, fieldsOf = parseFields): StoredObject {
  const body = (row['body'] as string | null | undefined) ?? '';
  const spans = JSON.parse((row['spans'] as string | null | undefined) ?? '{}') as Record<string, [number, number]>;
  return {
    id: toHex(row['object_id'] as Uint8Array),
    type: (row['type'] as string | null) ?? undefined,
    fields: fieldsOf(row['fields'] as string),
    deleted: row['deleted'] === 1,
    createdAt: row['created'] as number,
    updatedAt: row['updated'] as number,
    createdBy: toHex(row['author'] as Uint8Array),
    updatedBy: toHex(row['updated_by'] as Uint8Array),
    ...(query.texts === true && {
      texts: Object.fromEntries(Object.entries(spans).map(([field, [start, end]]) => [field, body.slice(start, end)])),
    }),
    ...(query.excerpt !== undefined && {
      excerpt: body.slice(0, Math.min(query.excerpt, Math.max(0, ...Object.values(spans).map(([, end]) => end)))),
    }),
  };
}

/** Repeats queries after changes and passes on results that differ. */
export interface Subscriptions {
  add(query: ObjectQuery, fn: (objects: readonly StoredObject[]) => void): Cancel;
  run(): void;
}

export function createSubscriptions(
  execute: (query: ObjectQuery) => ReturnType<Queries['run']>,
  log: Log,
): Subscriptions {
  const live = new Set<{ seen: string; query: ObjectQuery; fn: (objects: readonly StoredObject[]) => void }>();
  return {
    add(query, fn) {
      const { objects, revisions } = execute(query);
      const one = { seen: revisions, query, fn };
      live.add(one);
      try {
        fn(objects);
      } catch (error) {
        live.delete(one); // whoever subscribes hears of it, and has nothing to cancel
        throw error;
      }
      return () => void live.delete(one);
    },
    run() {
      for (const one of [...live]) {
        const { objects, revisions } = execute(one.query);
        if (!live.has(one) || one.seen === revisions) continue;
        one.seen = revisions;
        try {
          one.fn(objects);
        } catch (error) {
          listenerFailed(log, error); // what has changed is committed, and others wait to hear of it
        }
      }
    },
  };
}
