/**
 * Live objects: reading one reads the database's present row, assigning writes a register. Nested plain
 * objects are live too, by their path; arrays are values, replaced as a whole.
 */
import type { Hex } from '../engine/bytes.ts';
import type { JsonValue } from '../engine/echo/replica.ts';

/** What a live object stands on. */
export interface LiveSource {
  /** The present fields, undefined when the object is gone. */
  fields(id: Hex): Readonly<Record<string, JsonValue>> | undefined;
  /** `path` is an RFC 6901 JSON Pointer. */
  set(id: Hex, path: string, value: JsonValue): void;
  unset(id: Hex, path: string): void;
}

export type Fields = Record<string, JsonValue | undefined>;
export type LiveObject<T extends Fields = Fields> = T & { readonly id: Hex };

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

export function liveObject<T extends Fields>(source: LiveSource, id: Hex): LiveObject<T> {
  return proxy(source, id, []) as LiveObject<T>;
}

function proxy(source: LiveSource, id: Hex, path: readonly string[]): object {
  const present = (): Record<string, JsonValue> => {
    let at: JsonValue | undefined = source.fields(id) ?? {};
    for (const key of path) at = isRecord(at) ? at[key] : undefined;
    return isRecord(at) ? at : {};
  };
  const isId = (key: string) => path.length === 0 && key === 'id';
  const read = (key: string | symbol): unknown => {
    if (typeof key !== 'string') return undefined;
    if (isId(key)) return id;
    // Every await asks for it: that would read the row, and inside a batch end the entry there.
    if (key === 'then' && path.length === 0) return undefined;
    const fields = present();
    if (!Object.hasOwn(fields, key)) return undefined;
    const value = fields[key];
    if (isRecord(value)) return proxy(source, id, [...path, key]);
    // A program may sort what it was given; the source reads its own again.
    return Array.isArray(value) ? structuredClone(value) : value;
  };
  return new Proxy(
    {},
    {
      get: (_target, key) => read(key),
      set(_target, key, value: JsonValue | undefined) {
        if (typeof key !== 'string' || isId(key)) return false;
        if (value === undefined) source.unset(id, pointer([...path, key]));
        else source.set(id, pointer([...path, key]), value);
        return true;
      },
      deleteProperty(_target, key) {
        if (typeof key !== 'string' || isId(key)) return false;
        source.unset(id, pointer([...path, key]));
        return true;
      },
      has: (_target, key) => typeof key === 'string' && (isId(key) || Object.hasOwn(present(), key)),
      ownKeys: () => [...(path.length === 0 ? ['id'] : []), ...Object.keys(present()).filter((key) => !isId(key))],
      getOwnPropertyDescriptor(_target, key) {
        const value = read(key);
        return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
      },
    },
  );
}

/** RFC 6901: `~` and `/` inside a key are written `~0` and `~1`. */
export const pointer = (keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const isRecord = (value: JsonValue | undefined): value is Record<string, JsonValue> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
