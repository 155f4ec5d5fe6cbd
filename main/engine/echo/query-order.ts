/** The order of a query's result, the same order in memory, and cursors: a place in it that outlives what comes and goes. */
import { base64urlnopad } from '@scure/base';
import { fromUtf8, utf8 } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { checkPath, comparable, type Indexed, type Path } from './query-filter.ts';
import { joined, raw, sql, type Sql } from './sql.ts';

/** Several keys, the first one first. Ties, and no key at all, stand in the order in which objects came to this device. */
export interface OrderKey {
  /** A field, or a date of the object. */
  readonly by: Path | 'created' | 'updated';
  readonly descending?: boolean;
}

/** Of one object: what each key compares as, then its row. `-Infinity`: missing. */
export type Place = readonly (number | string)[];

const MAX_KEYS = 8;

export interface Order {
  /** Selects the place's parts as k0, k1, …, the row last. */
  readonly columns: Sql;
  readonly orderBy: Sql;
  readonly count: number;
  /** What comes after the place. */
  after(place: Place): Sql;
  compare(a: Place, b: Place): number;
  /** `space`: the one that it is of; undefined: of several. */
  cursor(place: Place, space: number | undefined): string;
  /** Throws CoveError('bad-request', {field: 'after'}) for what is no cursor of this order, or one of another space. */
  place(cursor: string, space: number | undefined): Place;
}

export function checkOrder(keys: readonly OrderKey[]): void {
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new CoveError('bad-request', { field: 'order' });
  for (const { by } of keys) if (by !== 'created' && by !== 'updated') checkPath(by);
}

/** `row`: where the object's row number is read. */
export function createOrder(keys: readonly OrderKey[], indexed: Indexed, row = 'object.id'): Order {
  const parts: { readonly value: Sql; readonly descending: boolean }[] = keys.map(({ by, descending = false }) => ({
    value: typeof by === 'string' ? raw(`object.${by}`) : comparable(by, indexed),
    descending,
  }));
  // In the direction of the last key: an index is read in one direction only.
  parts.push({ value: raw(row), descending: parts.at(-1)?.descending ?? false });
  const name = JSON.stringify(keys.map(({ by, descending = false }) => [by, descending]));

  return {
    columns: joined(
      parts.map(({ value }, i) => sql`${value} AS ${raw(`k${i}`)}`),
      ', ',
    ),
    orderBy: joined(
      parts.map(({ descending }, i) => raw(`k${i}${descending ? ' DESC' : ''}`)),
      ', ',
    ),
    count: parts.length,
    after(place) {
      const first = parts[0] as (typeof parts)[number];
      const steps = parts.map(({ value, descending }, i) =>
        joined(
          [
            ...parts.slice(0, i).map((before, j) => sql`${before.value} = ${place[j] as number | string}`),
            sql`${value} ${raw(descending ? '<' : '>')} ${place[i] as number | string}`,
          ],
          ' AND ',
        ),
      );
      // Said once more for an index, which starts there.
      const start = sql`${first.value} ${raw(first.descending ? '<=' : '>=')} ${place[0] as number | string}`;
      return sql`${start} AND (${joined(steps, ' OR ')})`;
    },
    compare(a, b) {
      for (const [i, { descending }] of parts.entries()) {
        const difference = compareValues(a[i] as number | string, b[i] as number | string);
        if (difference !== 0) return descending ? -difference : difference;
      }
      return 0;
    },
    cursor: (place, space) =>
      base64urlnopad.encode(
        utf8(JSON.stringify([name, space ?? null, ...place.map((value) => (value === -Infinity ? null : value))])),
      ),
    place(cursor, space) {
      const read = decoded(cursor);
      const [of, from, ...place] = Array.isArray(read) ? (read as unknown[]) : [];
      const well = place.every((value) => value === null || typeof value === 'string' || Number.isFinite(value));
      const elsewhere = from !== null && from !== space;
      if (of !== name || elsewhere || place.length !== parts.length || !well || !Number.isInteger(place.at(-1))) {
        throw new CoveError('bad-request', { field: 'after' });
      }
      return place.map((value) => (value === null ? -Infinity : (value as number | string)));
    },
  };
}

/** As SQLite compares: numbers before strings, and these by code point, which UTF-16 does not. */
function compareValues(a: number | string, b: number | string): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  if (a === b) return 0;
  if (typeof a === 'number' || typeof b === 'number') return a < b ? -1 : 1;
  let i = 0;
  while (i < a.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
  if (Number.isNaN(left)) return -1;
  if (Number.isNaN(right)) return 1;
  // A surrogate belongs to a character after all those of one unit.
  const [high, other] = [isSurrogate(left), isSurrogate(right)];
  if (high !== other) return high ? 1 : -1;
  return left < right ? -1 : 1;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(fromUtf8(base64urlnopad.decode(cursor)));
  } catch {
    return undefined;
  }
}
