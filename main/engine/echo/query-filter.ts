/**
 * The filter language: a typed union, checked and bounded, and the SQL that each filter becomes. A condition on a
 * field that an object lacks, or that is of another kind, is false; `not` turns that into true.
 */
import { CoveError } from '../errors.ts';
import { fieldPointer, isJson, LONGEST_PATH } from './json-value.ts';
import type { JsonValue } from './replica.ts';
import { joined, raw, sql, type Sql } from './sql.ts';
import { matchExpression } from './text-words.ts';

/** Keys from the object down: `['address', 'city']`. */
export type Path = readonly string[];

export type Filter =
  /** Equal as JSON, whatever the order of keys. A reference is `{$ref: id}`. */
  | { readonly op: 'eq'; readonly path: Path; readonly value: JsonValue }
  | { readonly op: 'in'; readonly path: Path; readonly values: readonly JsonValue[] }
  /** Numbers compare with numbers, strings with strings, these by code point. */
  | { readonly op: 'lt' | 'lte' | 'gt' | 'gte'; readonly path: Path; readonly value: number | string }
  | { readonly op: 'prefix'; readonly path: Path; readonly value: string }
  /** The field is there, be it null. */
  | { readonly op: 'exists'; readonly path: Path }
  /** A set or an array has the element. */
  | { readonly op: 'has'; readonly path: Path; readonly value: JsonValue }
  /** Something in the object, however deep, is a reference to the object of this id. */
  | { readonly op: 'refers'; readonly to: string }
  /** Words as in a search. */
  | { readonly op: 'text'; readonly words: string }
  | { readonly op: 'and' | 'or'; readonly of: readonly Filter[] }
  | { readonly op: 'not'; readonly of: Filter };

export const MAX_DEPTH = 8;
const MAX_CONDITIONS = 64;
const MAX_VALUES = 1_000;
const MAX_KEYS = 16;
const RANGES = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** Stands for a missing or null field where values are compared and ordered: before every number. */
export const MISSING = raw('-9e999');

/** The path in SQLite's notation. Its keys are quoted: a quote, a backslash or a control character cannot be said. */
export function jsonPath(path: Path): string {
  const wrong = path.find((key) => /["\\\p{Cc}]/u.test(key));
  if (wrong !== undefined) throw new CoveError('bad-request', { field: wrong.slice(0, 80) });
  return `$${path.map((key) => `."${key}"`).join('')}`;
}

/** Throws CoveError('bad-request') with the reason: not a filter, too deep, too large. */
export function checkFilter(filter: Filter): void {
  let left = MAX_CONDITIONS;
  const refuse = (reason: string, path?: unknown): never => {
    const named = Array.isArray(path) && {
      path: path
        .map((key) => fieldPointer(String(key)))
        .join('')
        .slice(0, 200),
    };
    throw new CoveError('bad-request', { field: 'filter', reason, ...named });
  };
  function visit(one: unknown, depth: number): void {
    if (typeof one !== 'object' || one === null) return refuse('not a filter');
    if (depth > MAX_DEPTH) refuse(`deeper than ${MAX_DEPTH}`);
    if (--left < 0) refuse(`more than ${MAX_CONDITIONS} conditions`);
    const node = one as Filter;
    switch (node.op) {
      case 'and':
      case 'or':
        return Array.isArray(node.of) ? node.of.forEach((inner) => visit(inner, depth + 1)) : refuse(node.op);
      case 'not':
        return visit(node.of, depth + 1);
      case 'refers':
        return typeof node.to === 'string' ? undefined : refuse('refers');
      case 'text':
        return typeof node.words === 'string' ? undefined : refuse('text');
      case 'eq':
      case 'has':
        if (!isJson(node.value)) refuse(node.op, node.path);
        break;
      case 'in':
        if (!Array.isArray(node.values) || !node.values.every((value) => isJson(value))) refuse('in', node.path);
        if (node.values.length > MAX_VALUES) refuse(`more than ${MAX_VALUES} values`, node.path);
        break;
      case 'prefix':
        if (typeof node.value !== 'string') refuse('prefix', node.path);
        break;
      case 'lt':
      case 'lte':
      case 'gt':
      case 'gte':
        if (typeof node.value !== 'string' && !Number.isFinite(node.value)) refuse(node.op, node.path);
        break;
      case 'exists':
        break;
      default:
        refuse(String((node as { op?: unknown }).op).slice(0, 40));
    }
    checkPath((node as { path: Path }).path);
  }
  visit(filter, 1);
}

export function checkPath(path: Path): void {
  const well =
    Array.isArray(path) &&
    path.length > 0 &&
    path.length <= MAX_KEYS &&
    path.every((key) => typeof key === 'string' && key.length <= LONGEST_PATH);
  if (!well) throw new CoveError('bad-request', { field: 'path' });
}

/** What a field compares as: `undefined` where no index has it. */
export type Indexed = (path: Path) => Sql | undefined;

/** How texts are looked through: what matches listed once, or each object that is looked at by itself. */
export type Texts = 'list' | 'each';

/** The field as SQL compares and orders it: numbers and truth values (0, 1) before strings, missing ones first. */
export const comparable = (path: Path, indexed: Indexed): Sql =>
  indexed(path) ?? sql`ifnull(object.fields ->> ${jsonPath(path)}, ${MISSING})`;

/** True for what matches; false or NULL otherwise. */
export function compileFilter(filter: Filter, indexed: Indexed, texts: Texts = 'list'): Sql {
  switch (filter.op) {
    case 'and':
      return nested(filter.of, ' AND ', '1', indexed, texts);
    case 'or':
      return nested(filter.of, ' OR ', '0', indexed, texts);
    case 'not':
      return sql`NOT ifnull(${compileFilter(filter.of, indexed, texts)}, 0)`;
    case 'refers':
      return sql`EXISTS (SELECT 1 FROM reference AS r WHERE r.target = ${filter.to} AND r.space = object.space AND r.object = object.id)`;
    case 'text': {
      const expression = matchExpression(filter.words);
      if (expression === undefined) return raw('0');
      if (texts === 'list')
        return sql`object.id IN (SELECT rowid FROM text_search WHERE text_search MATCH ${expression})`;
      return sql`EXISTS (SELECT 1 FROM text_search WHERE rowid = object.id AND text_search MATCH ${expression})`;
    }
    case 'exists':
      return sql`json_type(object.fields, ${jsonPath(filter.path)}) IS NOT NULL`;
    case 'eq':
      return equal(filter.path, filter.value, indexed);
    case 'in':
      return isOneOf(filter.path, filter.values, indexed);
    case 'has':
      return has(jsonPath(filter.path), filter.value);
    case 'prefix': {
      const [at, end] = [comparable(filter.path, indexed), afterPrefix(filter.value)];
      const below = end === undefined ? raw('1') : sql`${at} < ${end}`;
      return sql`(${at} >= ${filter.value} AND ${below} AND ${isText(filter.path, indexed)})`;
    }
    default: {
      const { path, value } = filter;
      const [at, compared] = [comparable(path, indexed), raw(RANGES[filter.op])];
      const inRange = sql`${at} ${compared} json_extract(${JSON.stringify(value)}, '$')`;
      // Where an index is read, the kind's end of it bounds the other side.
      if (typeof value === 'string') return sql`(${inRange} AND ${at} >= '' AND ${isText(path, indexed)})`;
      return sql`(${inRange} AND ${at} > ${MISSING} AND ${at} < '' AND ${isNumber(path, indexed)})`;
    }
  }
}

function nested(filters: readonly Filter[], between: string, none: string, indexed: Indexed, texts: Texts): Sql {
  if (filters.length === 0) return raw(none);
  return sql`(${joined(
    filters.map((one) => compileFilter(one, indexed, texts)),
    between,
  )})`;
}

const FIELDS = raw('object.fields');
/** Of the object that an index has led to; where a query reads nothing else of it, it is not gone to. */
const FIELDS_BEHIND_INDEX = raw('(SELECT fields FROM object WHERE id = driver.object)');
const ofKind = (path: Path, fields: Sql, ...kinds: readonly string[]): Sql =>
  sql`json_type(${fields}, ${jsonPath(path)}) IN (${raw(kinds.map((kind) => `'${kind}'`).join())})`;

/** Of what compares as a string or a number: the object itself is looked into only where its index leaves it open. */
function isText(path: Path, indexed: Indexed): Sql {
  const key = indexed(path);
  if (key === undefined) return ofKind(path, FIELDS, 'text');
  const kind = ofKind(path, FIELDS_BEHIND_INDEX, 'text');
  return sql`(substr(${key}, 1, 1) NOT IN ('[', '{') OR ${kind})`; // lists and records are texts there
}
function isNumber(path: Path, indexed: Indexed): Sql {
  const key = indexed(path);
  if (key === undefined) return ofKind(path, FIELDS, 'integer', 'real');
  return sql`(${key} NOT IN (0, 1) OR ${ofKind(path, FIELDS_BEHIND_INDEX, 'integer', 'real')})`; // truth values are these there
}

function equal(path: Path, value: JsonValue, indexed: Indexed): Sql {
  const [at, text] = [jsonPath(path), JSON.stringify(value)];
  if (!oneText(value)) {
    // Read from a path of its own, so that both have the same keys whatever their order.
    const ours = sql`SELECT fullkey, type, atom FROM json_tree(object.fields, ${at})`;
    const theirs = sql`SELECT fullkey, type, atom FROM json_tree(${within(path, value)}, ${at})`;
    return sql`(json_type(object.fields, ${at}) = ${Array.isArray(value) ? 'array' : 'object'} AND ${same(ours, theirs)})`;
  }
  const exact = sql`object.fields -> ${at} = ${text}`;
  const key = indexed(path);
  return key === undefined ? exact : sql`(${key} = ${keyOf(value)} AND ${exact})`;
}

function isOneOf(path: Path, values: readonly JsonValue[], indexed: Indexed): Sql {
  const [simple, others] = [values.filter(oneText), values.filter((value) => !oneText(value))];
  const texts = JSON.stringify(simple.map((value) => JSON.stringify(value)));
  const exact = sql`object.fields -> ${jsonPath(path)} IN (SELECT value FROM json_each(${texts}))`;
  const key = indexed(path);
  const keys = sql`SELECT ifnull(value, ${MISSING}) FROM json_each(${JSON.stringify(simple)})`;
  const first = key === undefined ? exact : sql`(${key} IN (${keys}) AND ${exact})`;
  if (others.length === 0) return first;
  return sql`(${joined([first, ...others.map((value) => equal(path, value, indexed))], ' OR ')})`;
}

function has(at: string, value: JsonValue): Sql {
  const text = JSON.stringify(value);
  const kind = sql`(SELECT type FROM json_each(${`[${text}]`}))`;
  const kinds = typeof value === 'number' ? raw(`element.type IN ('integer', 'real')`) : sql`element.type = ${kind}`;
  const is = oneText(value)
    ? sql`element.value IS json_extract(${text}, '$')`
    : same(
        sql`SELECT fullkey, type, atom FROM json_tree(element.value)`,
        sql`SELECT fullkey, type, atom FROM json_tree(${text})`,
      );
  return sql`(json_type(object.fields, ${at}) = 'array'
    AND EXISTS (SELECT 1 FROM json_each(object.fields, ${at}) AS element WHERE ${kinds} AND ${is}))`;
}

const same = (ours: Sql, theirs: Sql): Sql =>
  sql`NOT EXISTS (${ours} EXCEPT ${theirs}) AND NOT EXISTS (${theirs} EXCEPT ${ours})`;

const within = (path: Path, value: JsonValue): string =>
  JSON.stringify([...path].reverse().reduce<JsonValue>((inner, key) => ({ [key]: inner }), value));

/** What `->>` gives of the value, by the same reading of numbers. */
const keyOf = (value: JsonValue): Sql => (value === null ? MISSING : sql`json_extract(${JSON.stringify(value)}, '$')`);

/** Whether equal values have the same JSON text: no record in it has two keys or more. */
function oneText(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (!Array.isArray(value) && Object.keys(value).length > 1) return false;
  return Object.values(value).every((inner) => oneText(inner as JsonValue));
}

/** The first string after all that begin so; undefined: there is none. */
function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix);
  while (points.at(-1) === '\u{10ffff}') points.pop();
  const last = points.pop()?.codePointAt(0);
  if (last === undefined) return undefined;
  return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
}
