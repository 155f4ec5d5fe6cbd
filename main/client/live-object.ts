/**
 * Live objects: reading one reads the database's present row, assigning writes a register. Nested plain objects and
 * lists are live too, by their path; a list is one value, and whatever changes it or something in it replaces it as a
 * whole (see live-list.ts).
 */
import type { Hex } from '../engine/bytes.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { liveList } from './live-list.ts';
import { isRecord, presentAt, WHOLE, write, type LiveObject, type LiveSource, type Place } from './live-place.ts';
import { isRef, refTo } from './refs.ts';

/** Fields as first values show them: `done: false` may become true later. Unions are somebody's choice and stay. */
export type Widened<T> = { [K in keyof T]: Wide<T[K]> };
type Wide<V, All = V> = [V] extends [boolean]
  ? boolean
  : V extends unknown
    ? [All] extends [V]
      ? V extends string
        ? string
        : V extends number
          ? number
          : V
      : V
    : never;

export function liveObject<T extends object>(source: LiveSource, id: Hex): LiveObject<T> {
  return record({ source, id, path: [], children: new Map() }) as LiveObject<T>;
}

function record(place: Place): object {
  const { source, id, path } = place;
  const whole = path.length === 0;
  const present = (): Readonly<Record<string, JsonValue>> => {
    const found = presentAt(place);
    return isRecord(found) ? found : {};
  };
  const isId = (key: string) => whole && key === 'id';
  const isSpecial = (key: string) => whole && source.special?.includes(key) === true;
  const read = (key: string | symbol): unknown => {
    if (key === WHOLE) return whole;
    if (typeof key !== 'string') return Reflect.get({}, key);
    if (isId(key)) return id;
    if (isSpecial(key)) return source.read?.(id, key);
    // Every await asks for it: that would read the row.
    if (key === 'then' && whole) return undefined;
    const fields = present();
    return Object.hasOwn(fields, key) ? child(place, key, fields[key] as JsonValue) : Reflect.get({}, key);
  };
  const put = (key: string | symbol, value: unknown): boolean => {
    if (typeof key !== 'string' || isId(key)) return false;
    if (isSpecial(key)) source.assign?.(id, key, value);
    else write(place, key, value);
    return true;
  };
  const keys = () => {
    const own = [...(whole ? ['id', ...(source.special ?? [])] : []), ...Object.keys(present())];
    return [...new Set(own)];
  };
  return new Proxy(
    {},
    {
      get: (_target, key) => read(key),
      set: (_target, key, value) => put(key, value),
      deleteProperty: (_target, key) => put(key, undefined),
      has: (_target, key) => typeof key === 'string' && keys().includes(key),
      ownKeys: keys,
      getOwnPropertyDescriptor(_target, key) {
        const value = typeof key === 'string' && keys().includes(key) ? read(key) : undefined;
        return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
      },
    },
  );
}

/** What reading gives: values as they are, all else live. */
function child(place: Place, key: string, value: JsonValue | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRef(value)) return refTo(value.$ref, (id) => place.source.resolve(id));
  const list = Array.isArray(value);
  const known = place.children.get(key);
  if (known?.list === list) return known.live;
  const inner: Place = { ...place, path: [...place.path, key], children: new Map() };
  const live = list ? liveList(inner, child) : record(inner);
  place.children.set(key, { list, live });
  return live;
}
