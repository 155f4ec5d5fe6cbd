/** Queries over object rows. They read SQLite only: no document is ever opened for one. */
import { toHex, type Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import type { SqlRow, SqlValue, Statement, Storage } from '../ports.ts';
import { FieldsCache } from './fields-cache.ts';
import { KeptCounts } from './kept-counts.ts';
import type { Fields, ObjectQuery, Page, StoredObject } from './object-types.ts';
import { checkFilter, compileFilter, type Filter } from './query-filter.ts';
import type { PropertyIndexes } from './query-index.ts';
import { checkOrder, createOrder, type Order, type OrderKey, type Place } from './query-order.ts';
import { joined, LIMIT, raw, sql, type Sql } from './sql.ts';
import { matchExpression, rejoined } from './text-words.ts';

const NO_LIMIT = -1;
const PAGE = 50;

const UPDATED: readonly OrderKey[] = [{ by: 'updated', descending: true }];
const CREATED: readonly OrderKey[] = [{ by: 'created' }];
export const orderOf = ({ order = 'created' }: ObjectQuery): readonly OrderKey[] =>
  order === 'updated' ? UPDATED : order === 'created' ? CREATED : order;

/** Whether a query's conditions read what text-index.ts writes. */
export const searchesText = (query: ObjectQuery): boolean =>
  query.text !== undefined || (query.filter !== undefined && hasText(query.filter));
const hasText = (filter: Filter): boolean =>
  filter.op === 'text' ||
  (filter.op === 'not' && hasText(filter.of)) ||
  ((filter.op === 'and' || filter.op === 'or') && filter.of.some(hasText));

/** Whether a query reads it at all. */
export const readsText = (query: ObjectQuery): boolean =>
  searchesText(query) || query.texts === true || query.excerpt !== undefined;

/** One row of a result. */
export interface Match {
  readonly object: StoredObject;
  readonly space: number;
  readonly place: Place;
  /** Another one: something of the object changed. */
  readonly revision: string;
  /** Its texts have changed since the index, which the query reads, was told. */
  readonly waits: boolean;
}

export interface Queries {
  /** Throws CoveError('bad-request') for what is no query. */
  run(space: number, query: ObjectQuery): Match[];
  /** Those of these objects that match, wherever they are in the order. */
  among(space: number, query: ObjectQuery, objectIds: readonly string[]): Match[];
  page(space: number, query: ObjectQuery): Page;
  /** As `page`, of all that match where there is no limit, without what is in the objects. */
  ids(space: number, query: ObjectQuery): { readonly ids: readonly Hex[]; readonly next: string | undefined };
  /** As `ids`, of several spaces in one order. */
  idsAcross(
    spaces: readonly number[],
    query: ObjectQuery,
  ): {
    readonly found: readonly { readonly id: Hex; readonly space: number }[];
    readonly next: string | undefined;
  };
  /** Of one space or several. */
  count(space: number | readonly number[], query: ObjectQuery): number;
  /** Not to be changed. */
  fields(space: number, objectId: Hex): Fields | undefined;
  /**
   * A row was written: what is known of it is forgotten. `counts`: it is new or gone, deleted or brought back, or of
   * another type. To be called before the transaction around it ends.
   */
  changed(space: number, objectId: Hex, counts: boolean): void;
  leave(space: number): void;
  one(space: number, objectId: Uint8Array, texts: boolean): StoredObject | undefined;
  order(query: ObjectQuery): Order;
}

interface Plan {
  readonly from: Sql;
  /** Of the space's own object too, which no query shows: see OTHERS. */
  readonly where: Sql;
  readonly order: Order;
  /** undefined: several. */
  readonly space: number | undefined;
  /** It goes through the objects themselves. */
  readonly direct: boolean;
  /** An index says all that is asked but what is in the objects. */
  readonly covered: boolean;
}

interface Asked {
  /** Of the indexes. */
  readonly version: number;
  readonly statement: Statement;
  readonly values: readonly SqlValue[];
  readonly order: Order;
}

interface Found {
  readonly id: Hex;
  readonly space: number;
  readonly place: Place;
}

const OWN = 'object.object_id = zeroblob(16)';
const OTHERS = raw('object.object_id <> zeroblob(16)');
/** Where what is in the objects is not wanted. */
const withoutContents = ({ from, covered }: Plan): Record<'from' | 'id' | 'row' | 'space' | 'others', Sql> => {
  const table = covered ? 'driver' : 'object';
  return {
    from: covered ? raw('property AS driver') : from,
    id: raw(`${table}.object_id`),
    row: raw(covered ? 'driver.object' : 'object.id'),
    space: raw(`${table}.space`),
    others: covered ? raw('driver.object_id <> zeroblob(16)') : OTHERS,
  };
};

export function createQueries(storage: Storage, indexes: PropertyIndexes): Queries {
  const columns = (query: ObjectQuery): Sql =>
    raw(
      `object.id, object.space, object.object_id, object.type, object.fields, object.deleted, object.created, object.updated,
     object.author, object.updated_by, object.revision` +
        (readsText(query)
          ? ', text_index.body, text_index.spans, text_index.revision AS text_revision, object.text_dirty'
          : ''),
    );
  const texts = (query: ObjectQuery): Sql =>
    raw(readsText(query) ? ' LEFT JOIN text_index ON text_index.object = object.id' : '');
  const all = ({ text, values }: Sql): SqlRow[] => storage.prepare(text).all(...values);

  const cache = new FieldsCache(storage);
  const counts = new KeptCounts(storage);

  /** `objectIds`: only these, each looked up by itself. */
  function plan(space: number | readonly number[], query: ObjectQuery, objectIds?: readonly string[]): Plan {
    const { type, filters } = conditionsOf(query);
    const keys = orderOf(query);
    checkOrder(keys);
    filters.forEach(checkFilter);
    const spaces =
      typeof space === 'number' ? sql`= ${space}` : sql`IN (SELECT value FROM json_each(${JSON.stringify(space)}))`;
    const lead = objectIds === undefined ? leadOf(filters, spaces) : undefined;
    const driver = objectIds === undefined && lead === undefined ? indexes.choose(type, filters, keys) : undefined;
    const path = JSON.stringify(driver?.path);
    const indexed = (at: readonly string[]): Sql | undefined =>
      JSON.stringify(at) === path ? raw('driver.value') : undefined;
    const deleted = query.deleted === 'also' ? raw('IN (0, 1)') : sql`= ${query.deleted === true ? 1 : 0}`;
    const where =
      driver === undefined
        ? [sql`object.space ${spaces}`, sql`object.deleted ${deleted}`]
        : [sql`driver.definition = ${driver.definition}`, sql`driver.space ${spaces}`, sql`driver.deleted ${deleted}`];
    if (type !== undefined && driver === undefined) where.push(sql`object.type = ${type}`);
    const texts = objectIds === undefined ? 'list' : 'each';
    where.push(
      ...filters.filter((filter) => filter !== lead?.filter).map((filter) => compileFilter(filter, indexed, texts)),
    );
    let from = raw('object');
    if (lead !== undefined) {
      where.push(lead.where);
      from = lead.from;
    }
    if (driver !== undefined) from = raw('property AS driver CROSS JOIN object ON object.id = driver.object');
    if (objectIds !== undefined) {
      from = sql`json_each(${JSON.stringify(objectIds)}) AS named
        CROSS JOIN object ON object.space = ${space as number} AND object.object_id = unhex(named.value)`;
    }
    const order = createOrder(keys, indexed, driver && 'driver.object');
    const conditions = joined(where, ' AND ');
    const looksInto = [conditions, order.columns].some(({ text }) => /\bobject\./.test(text));
    return {
      from,
      where: conditions,
      order,
      space: typeof space === 'number' ? space : undefined,
      direct: from.text === 'object',
      covered: driver !== undefined && !looksInto,
    };
  }

  function select(
    what: Sql,
    from: Sql,
    others: Sql,
    { after }: ObjectQuery,
    { where, order, space }: Plan,
    page: Sql,
  ): Sql {
    const start = after === undefined ? raw('') : sql` AND ${order.after(order.place(after, space))}`;
    return sql`SELECT ${what}, ${order.columns} FROM ${from} WHERE ${where} AND ${others}${start} ORDER BY ${order.orderBy} ${page}`;
  }

  function read(query: ObjectQuery, asked: Plan, page: Sql): Match[] {
    const { order } = asked;
    const rows = all(select(columns(query), sql`${asked.from}${texts(query)}`, OTHERS, query, asked, page));
    return rows.map((row) => ({
      object: toObject(row, query),
      space: row['space'] as number,
      place: Array.from({ length: order.count }, (_, i) => row[`k${i}`] as number | string),
      revision: `${row['revision'] as number}:${String(row['text_revision'] ?? 0)}`,
      waits: row['text_dirty'] === 1,
    }));
  }

  /** What was asked for with a query that is asked again, as it is by whoever keeps it; by space. */
  const known = new WeakMap<ObjectQuery, Map<number, Asked>>();

  function idsAsked(space: number, query: ObjectQuery): Asked {
    const before = known.get(query)?.get(space);
    if (before?.version === indexes.version()) return before;
    const asked = plan(space, query);
    const page = bounds(oneMore(query));
    const { from, id, row, others } = withoutContents(asked);
    const { text, values } = select(sql`lower(hex(${id})), ${row}`, from, others, query, asked, page);
    const { order, direct } = asked;
    const found = { version: indexes.version(), statement: storage.prepare(text), values, order };
    // Where no index was read, the next time may be the one that makes it.
    if (!direct) known.set(query, (known.get(query) ?? new Map<number, Asked>()).set(space, found));
    return found;
  }

  function foundIn(space: number, query: ObjectQuery, { statement, values } = idsAsked(space, query)): Found[] {
    const rows = statement.rows(...values);
    if (query.limit !== undefined) cache.found(space, rows as unknown as readonly (readonly [Hex, number])[]);
    return rows.map(([id, , ...place]) => ({ id: id as Hex, space, place: place as Place }));
  }

  function run(space: number, query: ObjectQuery): Match[] {
    return read(query, plan(space, query), bounds(query));
  }

  /** A page is made of the spaces' own pages, each of which an index may give in order; the rest is one statement over all. */
  function foundAcross(spaces: readonly number[], query: ObjectQuery): Found[] {
    if (query.limit === undefined || searchesText(query)) {
      const asked = plan(spaces, query);
      const { from, id, space, others } = withoutContents(asked);
      const what = sql`lower(hex(${id})), ${space}`;
      const { text, values } = select(what, from, others, query, asked, bounds(oneMore(query)));
      const rows = storage.prepare(text).rows(...values);
      return rows.map(([id, space, ...place]) => ({ id: id as Hex, space: space as number, place: place as Place }));
    }
    const { compare } = createOrder(orderOf(query), () => undefined);
    const pages = spaces.flatMap((space) => foundIn(space, query));
    return pages.sort((a, b) => compare(a.place, b.place));
  }

  function counted(space: number | readonly number[], query: ObjectQuery): number {
    const asked = plan(space, query);
    const { where, direct } = asked;
    const { from, others } = withoutContents(asked);
    const those = (and: Sql): Sql => sql`(SELECT count(*) FROM ${from} WHERE ${where}${and})`;
    // An index counts without reading a row where none is looked into; the own object is one look-up then.
    const n = direct ? sql`${those(raw(''))} - ${those(raw(` AND ${OWN}`))}` : those(sql` AND ${others}`);
    return all(sql`SELECT ${n} AS n`)[0]?.['n'] as number;
  }

  return {
    run,
    among: (space, query, objectIds) => read(query, plan(space, query, objectIds), raw('')),
    page(space, query) {
      const { limit = PAGE } = query;
      const found = run(space, oneMore({ ...query, limit }));
      const shown = found.slice(0, limit);
      const end = found.length > limit ? shown.at(-1)?.place : undefined;
      return {
        objects: shown.map(({ object }) => object),
        next: end === undefined ? undefined : createOrder(orderOf(query), () => undefined).cursor(end, space),
      };
    },
    ids(space, query) {
      const { limit } = query;
      const asked = idsAsked(space, query);
      const found = foundIn(space, query, asked);
      const end = limit !== undefined && found.length > limit ? found[limit - 1] : undefined;
      return { ids: found.slice(0, limit).map(({ id }) => id), next: end && asked.order.cursor(end.place, space) };
    },
    idsAcross(spaces, query) {
      const { limit } = query;
      const found = foundAcross(spaces, query);
      const end = limit !== undefined && found.length > limit ? found[limit - 1] : undefined;
      return {
        found: found.slice(0, limit).map(({ id, space }) => ({ id, space })),
        next: end && createOrder(orderOf(query), () => undefined).cursor(end.place, undefined),
      };
    },
    count: (space, query) =>
      typeof space === 'number' ? counts.of(space, query, () => counted(space, query)) : counted(space, query),
    fields: (space, objectId) => cache.get(space, objectId),
    changed(space, objectId, ofCounts) {
      cache.drop(space, objectId);
      if (ofCounts) counts.changed(space);
    },
    leave(space) {
      cache.leave(space);
      counts.changed(space);
    },
    one(space, objectId, withTexts) {
      const query: ObjectQuery = { texts: withTexts };
      const [row] = all(
        sql`SELECT ${columns(query)} FROM object${texts(query)} WHERE object.space = ${space} AND object.object_id = ${objectId}`,
      );
      return row === undefined ? undefined : toObject(row, query, (json) => cache.of(space, toHex(objectId), json));
    },
    order: (query) => createOrder(orderOf(query), () => undefined),
  };
}

/** Whether anything comes after the page. */
const oneMore = (query: ObjectQuery): ObjectQuery =>
  query.limit === undefined ? query : { ...query, limit: query.limit + 1 };

function bounds({ limit = NO_LIMIT, offset = 0 }: ObjectQuery): Sql {
  if (!Number.isInteger(limit)) throw new CoveError('bad-request', { field: 'limit' });
  if (!Number.isInteger(offset)) throw new CoveError('bad-request', { field: 'offset' });
  return { text: `${LIMIT} OFFSET ?`, values: [limit, offset] };
}

/** A reference or a search that must hold leaves fewest objects as a rule: what it finds is gone through. */
function leadOf(
  filters: readonly Filter[],
  spaces: Sql,
): { readonly filter: Filter; readonly from: Sql; readonly where: Sql } | undefined {
  for (const filter of filters) {
    if (filter.op !== 'refers') continue;
    const from = raw('reference AS lead CROSS JOIN object ON object.id = lead.object');
    return { filter, from, where: sql`lead.target = ${filter.to} AND lead.space ${spaces}` };
  }
  for (const filter of filters) {
    const expression = filter.op === 'text' ? matchExpression(filter.words) : undefined;
    if (expression === undefined) continue;
    const from = raw('text_search CROSS JOIN object ON object.id = text_search.rowid');
    return { filter, from, where: sql`text_search MATCH ${expression}` };
  }
  return undefined;
}

/** Everything that must hold; the type apart, which has a column. */
function conditionsOf(query: ObjectQuery): { type: string | undefined; filters: Filter[] } {
  let { type } = query;
  const filters: Filter[] = [];
  const add = (filter: Filter): void => {
    if (filter.op === 'and' && Array.isArray(filter.of)) return filter.of.forEach(add);
    const isType = filter.op === 'eq' && filter.path?.length === 1 && filter.path[0] === 'type';
    if (isType && typeof filter.value === 'string' && (type ?? filter.value) === filter.value) type = filter.value;
    else filters.push(filter);
  };
  for (const [name, value] of Object.entries(query.where ?? {})) add({ op: 'eq', path: [name], value });
  if (query.filter !== undefined) {
    checkFilter(query.filter);
    add(query.filter);
  }
  if (query.text !== undefined) filters.push({ op: 'text', words: query.text });
  return { type, filters };
}

const parseFields = (text: string): Fields => JSON.parse(text) as Fields;

function toObject(row: SqlRow, query: ObjectQuery, fieldsOf = parseFields): StoredObject {
  const body = rejoined((row['body'] as string | null | undefined) ?? '');
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
