/**
 * What `query` looks for: fields with the values that they equal, or with conditions, which the functions here make.
 * Plain values stay equality, whatever is in them.
 */
import type { Hex } from '../engine/bytes.ts';
import type { Filter as EngineFilter, Path } from '../engine/echo/query-filter.ts';
import type { OrderKey } from '../engine/echo/query-order.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { isRecord } from './live-place.ts';
import { ref } from './refs.ts';

/** Of one field. */
export class Condition {
  /** What it says of the field at this path. */
  readonly of: (path: Path) => EngineFilter;
  constructor(of: (path: Path) => EngineFilter) {
    this.of = of;
  }
}

/** Of a whole object. */
export class Where {
  readonly filter: EngineFilter;
  constructor(filter: EngineFilter) {
    this.filter = filter;
  }
}

/**
 * Top-level fields, all of which must match; `{}` matches every object. The name of a field that has a quote, a backslash
 * or a control character in it cannot be asked for: bad-request.
 */
export type Filter = Readonly<Record<string, JsonValue | Condition>> | Where;

/** What values can be before or after: numbers among each other, and strings. */
export type Comparable = number | string;
const condition = (of: (path: Path) => EngineFilter): Condition => new Condition(of);

/** Numbers compare with numbers, strings with strings, by code point; what is of another kind does not match. */
export const lt = (value: Comparable): Condition => condition((path) => ({ op: 'lt', path, value }));
/** Less or equal. Compares as `lt`. */
export const lte = (value: Comparable): Condition => condition((path) => ({ op: 'lte', path, value }));
/** Greater than. Compares as `lt`. */
export const gt = (value: Comparable): Condition => condition((path) => ({ op: 'gt', path, value }));
/** Greater or equal. Compares as `lt`. */
export const gte = (value: Comparable): Condition => condition((path) => ({ op: 'gte', path, value }));
/** Both ends included. */
export const between = (from: Comparable, to: Comparable): Condition =>
  condition((path) => ({ op: 'and', of: [gte(from).of(path), lte(to).of(path)] }));
/** A string that begins like this. */
export const startsWith = (value: string): Condition => condition((path) => ({ op: 'prefix', path, value }));
/** Equal to one of these values, at most 1,000. */
export const oneOf = (...values: readonly JsonValue[]): Condition => condition((path) => ({ op: 'in', path, values }));
/** The field is there, be it null. */
export const exists = (): Condition => condition((path) => ({ op: 'exists', path }));
/** A set or an array that has the element. */
export const includes = (value: JsonValue): Condition => condition((path) => ({ op: 'has', path, value }));
/** A reference to the object, by itself or in a set. Throws CoveError('argument-invalid') for what is no object. */
export function refersTo(target: { readonly id: Hex } | Hex): Condition {
  const value = ref(typeof target === 'string' ? { id: target } : target);
  return condition((path) => ({
    op: 'or',
    of: [
      { op: 'eq', path, value },
      { op: 'has', path, value },
    ],
  }));
}

/** Words that title or text contain; "several in quotes" are a phrase, and `begin*` is a beginning, as is the last word. */
export const contains = (words: string): Where => new Where({ op: 'text', words });
/** A field within a field, 16 keys deep at most. */
export const at = (path: Path, value: JsonValue | Condition): Where => new Where(conditionOf(path, value));
/** What matches all of these. */
export const and = (...filters: readonly Filter[]): Where => new Where({ op: 'and', of: filters.map(toEngine) });
/** What matches one of these at least. */
export const or = (...filters: readonly Filter[]): Where => new Where({ op: 'or', of: filters.map(toEngine) });
/** A field that does not match. */
export function not(negated: Condition): Condition;
/** An object that does not match. */
export function not(negated: Filter): Where;
export function not(negated: Condition | Filter): Condition | Where {
  if (negated instanceof Condition) return condition((path) => ({ op: 'not', of: negated.of(path) }));
  return new Where({ op: 'not', of: toEngine(negated) });
}

/** What to order by: a field of the object, a path to one within, or a key such as `byUpdated`. */
export type OrderBy = string | Path | OrderKey;
/** Date of the object’s creation, for the order. */
export const byCreated: OrderKey = { by: 'created' };
/** Date of the last change, for the order. */
export const byUpdated: OrderKey = { by: 'updated' };
/** The other way round: the greatest, or the latest, first. */
export const desc = (key: OrderBy): OrderKey => ({ ...orderKey(key), descending: true });

export function orderKey(key: OrderBy): OrderKey {
  if (typeof key === 'string') return { by: [key] };
  return 'by' in key ? key : { by: key };
}

/** Throws CoveError('argument-invalid') for what is no filter, as a part of another one too. */
export function toEngine(filter: Filter): EngineFilter {
  if (filter instanceof Where) return filter.filter;
  if (!isRecord(filter as JsonValue)) throw new CoveError('argument-invalid', { argument: 'filter' });
  return { op: 'and', of: Object.entries(filter).map(([name, value]) => conditionOf([name], value)) };
}

const conditionOf = (path: Path, value: JsonValue | Condition): EngineFilter =>
  value instanceof Condition ? value.of(path) : { op: 'eq', path, value };
