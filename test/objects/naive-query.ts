/** What a query means, without SQL: every object looked at, one by one. For tests that compare. */
import type { Filter, Path } from '../../main/engine/echo/query-filter.ts';
import type { OrderKey } from '../../main/engine/echo/query-order.ts';
import type { ObjectQuery, StoredObject } from '../../main/engine/echo/objects.ts';
import { canonical } from '../../main/engine/echo/json-value.ts';
import type { JsonValue } from '../../main/engine/echo/replica.ts';

function at(object: StoredObject, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = object.fields as JsonValue;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
      return undefined;
    value = (value as Readonly<Record<string, JsonValue>>)[key];
  }
  return value;
}

const same = (a: JsonValue | undefined, b: JsonValue): boolean => a !== undefined && canonical(a) === canonical(b);

/** By code point, as UTF-8 bytes sort. */
const compareTexts = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export function matches(object: StoredObject, filter: Filter): boolean {
  switch (filter.op) {
    case 'and':
      return filter.of.every((one) => matches(object, one));
    case 'or':
      return filter.of.some((one) => matches(object, one));
    case 'not':
      return !matches(object, filter.of);
    case 'refers':
      return refers(object.fields, filter.to);
    case 'text':
      throw new Error('not without an index');
    case 'eq':
      return same(at(object, filter.path), filter.value);
    case 'in':
      return filter.values.some((value) => same(at(object, filter.path), value));
    case 'exists':
      return at(object, filter.path) !== undefined;
    case 'has': {
      const value = at(object, filter.path);
      return Array.isArray(value) && (value as JsonValue[]).some((element) => same(element, filter.value));
    }
    case 'prefix': {
      const value = at(object, filter.path);
      return typeof value === 'string' && value.startsWith(filter.value);
    }
    default: {
      const value = at(object, filter.path);
      let order: number;
      if (typeof value === 'string' && typeof filter.value === 'string') order = compareTexts(value, filter.value);
      else if (typeof value === 'number' && typeof filter.value === 'number') order = value - filter.value;
      else return false;
      return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[filter.op];
    }
  }
}

function refers(value: unknown, to: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const [first, ...others] = Object.entries(value);
  if (others.length === 0 && first?.[0] === '$ref' && first[1] === to && !Array.isArray(value)) return true;
  return Object.values(value).some((inner) => refers(inner, to));
}

/** Missing and null, then truth values and numbers, then everything else by its text. */
function rank(object: StoredObject, by: OrderKey['by']): number | string {
  if (by === 'created') return object.createdAt;
  if (by === 'updated') return object.updatedAt;
  const value = at(object, by);
  if (value === undefined || value === null) return -Infinity;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

function compareRanks(a: number | string, b: number | string): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : a < b ? -1 : 1;
  return typeof a === 'number' ? -1 : 1;
}

/** `all` in the order in which they came to the device. */
export function naive(
  all: readonly StoredObject[],
  query: ObjectQuery & { readonly order: readonly OrderKey[] },
): string[] {
  const { type, where = {}, filter, order } = query;
  const found = all.filter(
    (object) =>
      (query.deleted === 'also' || object.deleted === (query.deleted ?? false)) &&
      (type === undefined || object.type === type) &&
      Object.entries(where).every(([name, value]) => same(at(object, [name]), value)) &&
      (filter === undefined || matches(object, filter)),
  );
  const lastKey: OrderKey | undefined = order[order.length - 1];
  const turned = lastKey?.descending === true ? -1 : 1;
  return found
    .map((object) => ({ object, came: all.indexOf(object) }))
    .sort((a, b) => {
      for (const { by, descending = false } of order) {
        const difference = compareRanks(rank(a.object, by), rank(b.object, by));
        if (difference !== 0) return descending ? -difference : difference;
      }
      return (a.came - b.came) * turned;
    })
    .map(({ object }) => object.id);
}
