/** Places in live objects: what is there, and how something is written there. */
import type { Hex } from '../engine/bytes.ts';
import { OWN_DEPTH, parsePointer } from '../engine/echo/json-value.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';

/** Fields of an object by name; each value is JSON. */
export type Fields = Record<string, JsonValue | undefined>;
/** An object whose fields are read from, and written to, the database. `id`: 32 hexadecimal digits. */
export type LiveObject<T extends object = Fields> = T & { readonly id: Hex };

/** True of what is a whole object, which is not stored inside another one. Asked, not noted: a WeakSet took more than the rest of making one. */
export const WHOLE = Symbol('whole');

/** What a live object stands on. */
export interface LiveSource {
  /** The present fields, undefined when the object is gone. They are not to be changed. */
  fields(id: Hex): Readonly<Record<string, JsonValue>> | undefined;
  /** `path` is an RFC 6901 JSON Pointer. */
  set(id: Hex, path: string, value: JsonValue): void;
  unset(id: Hex, path: string): void;
  /** Several top-level fields at once, without anything live in them; undefined: takes away. */
  update(id: Hex, fields: readonly (readonly [name: string, value: JsonValue | undefined])[]): void;
  /** Fields that are more than a value. */
  readonly special?: readonly string[];
  read?(id: Hex, name: string): unknown;
  assign?(id: Hex, name: string, value: unknown): void;
  resolve(id: Hex): LiveObject | undefined;
}

/** A place in a live object. */
export interface Place {
  readonly source: LiveSource;
  readonly id: Hex;
  readonly path: readonly string[];
  /** Live children by key: the same one as long as its parent is kept. */
  children: Map<string, { readonly list: boolean; readonly live: object }> | undefined;
}

/** What is at a place now. */
export function presentAt({ source, id, path }: Place): JsonValue | undefined {
  let at: JsonValue | undefined = source.fields(id) as JsonValue | undefined;
  for (const key of path) at = below(at, key);
  return at;
}

/** Writes below a place; inside a list that is the whole list, with this in it. undefined: takes away. */
export function write({ source, id, path }: Place, key: string, value: unknown): void {
  const keys = [...path, key];
  const given = plain(value) as JsonValue | undefined;
  let at: JsonValue | undefined = source.fields(id) as JsonValue | undefined;
  for (let i = 0; i < keys.length - 1; i++) {
    at = below(at, keys[i] as string);
    if (Array.isArray(at)) return source.set(id, pointer(keys.slice(0, i + 1)), replaced(at, keys.slice(i + 1), given));
  }
  if (given === undefined) source.unset(id, pointer(keys));
  else source.set(id, pointer(keys), given);
}

function replaced(whole: JsonValue, [key, ...rest]: readonly string[], value: JsonValue | undefined): JsonValue {
  const name = key as string;
  const next = rest.length === 0 ? value : replaced(below(whole, name) ?? {}, rest, value);
  if (Array.isArray(whole)) {
    const list = [...(whole as JsonValue[])];
    list[Number(name)] = next as JsonValue;
    return withoutHoles(list);
  }
  const { [name]: _old, ...others } = isRecord(whole) ? whole : {};
  return next === undefined ? others : { ...others, [name]: next };
}

/** A list holds values only. Throws CoveError('value-invalid'). */
export function withoutHoles(list: readonly JsonValue[]): JsonValue[] {
  const hole = Array.from(list).findIndex((one) => (one as unknown) === undefined);
  if (hole >= 0) throw new CoveError('value-invalid', { path: `/${hole}`, reason: 'A list has no empty places.' });
  return [...list];
}

/** Deeper than anything that is stored, and than any list or record that ends. */
const MAX_DEPTH = 64;

/**
 * A copy without anything live; what is no JSON stays as it is, to be refused where it is stored. Throws
 * CoveError('value-invalid') for what goes on without an end, as a record does that is in itself.
 */
export function plain(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH)
    throw new CoveError('value-invalid', { reason: `It is nested deeper than ${OWN_DEPTH} levels.` });
  if ((value as { readonly [WHOLE]?: unknown })[WHOLE] === true) {
    throw new CoveError('value-invalid', { reason: 'An object is stored in another one by reference: ref(object).' });
  }
  if (Array.isArray(value)) return Array.from(value, (inner) => plain(inner, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy: Record<string, unknown> = { ...value };
  for (const key of Object.keys(copy)) {
    if (copy[key] === undefined) delete copy[key];
    else copy[key] = plain(copy[key], depth + 1);
  }
  return copy;
}

/** RFC 6901: `~` and `/` inside a key are written `~0` and `~1`. */
export const pointer = (keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The keys of a pointer that `pointer` made. */
export const keysOf = (path: string): string[] => {
  const keys = parsePointer(path);
  if (keys === undefined) throw new CoveError('value-invalid', { path: path.slice(0, 200) });
  return keys;
};

export const isRecord = (value: JsonValue | undefined): value is Record<string, JsonValue> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const below = (value: JsonValue | undefined, key: string): JsonValue | undefined =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, JsonValue>)[key]
    : undefined;
