/** From what a program asks for to the engine's query. */
import type { ObjectQuery } from '../engine/echo/object-types.ts';
import { check, SHAPES } from './arguments.ts';
import { orderKey, toEngine, Where, type Filter, type OrderBy } from './filter.ts';

/** In which order a query gives what it finds, and how much of it. */
export interface QueryOptions {
  /** The first key first, at most 8: a field's name, a path, `byCreated`, `byUpdated`, or `desc` of one. Default: by creation. */
  readonly order?: readonly OrderBy[];
  /** At most so many; `count` counts all the same. Default: all, and 50 of a page. */
  readonly limit?: number;
  /** What `page().next` gave: what comes after it. */
  readonly after?: string;
  /** Deleted objects instead of living ones, or both. */
  readonly deleted?: boolean | 'also';
}

/** Throws CoveError('argument-invalid'). What SQLite cannot do is told when the query is read: bad-request. */
export function objectQuery(filter: Filter, options: QueryOptions): ObjectQuery {
  if (!(filter instanceof Where)) check('filter', SHAPES.filter, filter);
  check('options', SHAPES.query, options);
  const { order, ...others } = options;
  return { ...others, filter: toEngine(filter), order: order === undefined ? 'created' : order.map(orderKey) };
}
