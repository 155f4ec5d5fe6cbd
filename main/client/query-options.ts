/** From what a program asks for to the engine's query. */
import type { ObjectQuery } from '../engine/echo/object-types.ts';
import { MAX_DEPTH as FILTER_DEPTH, type Filter as EngineFilter } from '../engine/echo/query-filter.ts';
import { CoveError } from '../engine/errors.ts';
import { check, SHAPES } from './arguments.ts';
import { orderKey, toEngine, Where, type Filter, type OrderBy } from './filter.ts';
import type { ObjectType } from './types.ts';

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
export function objectQuery(filter: Filter, options: QueryOptions, type?: ObjectType): ObjectQuery {
  if (!(filter instanceof Where)) check('filter', SHAPES.filter, filter);
  check('options', SHAPES.query, options);
  const { order, ...others } = options;
  const asked = { filter: toEngine(filter), order: order === undefined ? ('created' as const) : order.map(orderKey) };
  if (type === undefined) return { ...others, ...asked };
  refuseTexts(type.options.texts ?? [], asked);
  return { ...others, ...asked, type: type.name };
}

/** A text is no field of the object: a filter would find nothing by it, and say nothing. */
function refuseTexts(
  texts: readonly string[],
  { filter, order }: { readonly filter: EngineFilter; readonly order: ObjectQuery['order'] },
): void {
  if (texts.length === 0) return;
  const look = (argument: string, path: unknown, reason: string): void => {
    const field: unknown = Array.isArray(path) ? path[0] : undefined;
    if (typeof field !== 'string' || !texts.includes(field)) return;
    throw new CoveError('argument-invalid', { argument: `${argument}.${field}`.slice(0, 200), reason });
  };
  const visit = (one: EngineFilter, depth: number): void => {
    if (depth > FILTER_DEPTH) return; // it is refused when it is read
    if (one.op === 'and' || one.op === 'or') return one.of.forEach((inner) => visit(inner, depth + 1));
    if (one.op === 'not') return visit(one.of, depth + 1);
    if ('path' in one) look('filter', one.path, 'It is a text: use contains.');
  };
  visit(filter, 1);
  if (typeof order === 'object')
    order.forEach(({ by }) => look('options.order', by, 'It is a text, which has no order.'));
}
