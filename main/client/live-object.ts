/**
 * Live objects: reading one reads the database's present row, assigning writes a register. Nested plain objects and
 * lists are live too, by their path; a list is one value, and whatever changes it or something in it replaces it as a
 * whole (see live-list.ts).
 */
import type { Hex } from '../engine/bytes.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { recordTarget } from './inspected.ts';
import { liveList } from './live-list.ts';
import {
  isRecord,
  plain,
  presentAt,
  WHOLE,
  write,
  type LiveObject,
  type LiveSource,
  type Place,
} from './live-place.ts';
import type { LiveSet } from './live-set.ts';
import type { LiveText } from './live-text.ts';
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
  return record({ source, id, path: [], children: undefined }) as LiveObject<T>;
}

/** Asks a live object where it is. */
const PLACE = Symbol('place');

/**
 * The fields of a live object and nothing else, as live as it is: also those named `id` and `then`, which it does not show,
 * because its `id` is the object's and an `await` may find no `then` on it. Throws CoveError('argument-invalid') for
 * anything but an object that a space gave.
 */
export function fieldsOf<T extends object>(object: LiveObject<T>): T {
  return new Proxy(recordTarget(), new RecordTraps(placeOf(object), true)) as T;
}

function placeOf(object: object): Place {
  const place = (object as { readonly [PLACE]?: Place } | undefined | null)?.[PLACE];
  if (place === undefined) throw new CoveError('argument-invalid', { argument: 'object' });
  return place;
}

type KeyOf<T> = T extends unknown ? keyof T : never;
type ValueAt<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;
type Assigned<V> = V extends LiveText ? string : V extends LiveSet<infer E> ? readonly E[] : V;
/** Fields of an object to be set together: of every kind that it may be, a text as a string and a set as a list; undefined takes one away. */
export type Update<T> = { readonly [K in Exclude<KeyOf<T>, 'id'>]?: Assigned<ValueAt<T, K>> | undefined };

/** For `db.update`. Throws CoveError('argument-invalid') too: for what no space gave, and for another id than its own. */
export function updateFields(object: object, { id: given, ...fields }: Readonly<Record<string, unknown>>): void {
  const { source, id } = placeOf(object);
  if (given !== undefined && given !== id) throw new CoveError('argument-invalid', { argument: 'fields.id' });
  source.update(
    id,
    Object.entries(fields).map(([name, value]) => [name, plain(value) as JsonValue | undefined]),
  );
}

const record = (place: Place): object => new Proxy(recordTarget(), new RecordTraps(place));

/** A class and not closures: a query makes as many of them as it finds objects. */
class RecordTraps implements ProxyHandler<object> {
  readonly #place: Place;
  /** Of a whole object that shows no `id` of its own. */
  readonly #bare: boolean;

  constructor(place: Place, bare = false) {
    this.#place = place;
    this.#bare = bare;
  }

  get(_target: object, key: string | symbol): unknown {
    return this.#read(key);
  }

  set(_target: object, key: string | symbol, value: unknown): boolean {
    return this.#write(key, value);
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    return this.#write(key, undefined);
  }

  // What would be on the proxy's own object is nowhere else, and stands in the way of the fields.
  defineProperty(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  getPrototypeOf(): object {
    return Object.prototype;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  has(_target: object, key: string | symbol): boolean {
    return typeof key === 'string' && this.ownKeys().includes(key);
  }

  ownKeys(): string[] {
    const special = this.#isWhole ? (this.#place.source.special ?? []) : [];
    return [...new Set([...(this.#isObject ? ['id'] : []), ...special, ...Object.keys(this.#present())])];
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    const value = this.has(target, key) ? this.#read(key) : undefined;
    return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
  }

  get #isWhole(): boolean {
    return this.#place.path.length === 0;
  }

  get #isObject(): boolean {
    return this.#isWhole && !this.#bare;
  }

  #present(): Readonly<Record<string, JsonValue>> {
    const found = presentAt(this.#place);
    return isRecord(found) ? found : {};
  }

  #isSpecial(key: string): boolean {
    return this.#isWhole && this.#place.source.special?.includes(key) === true;
  }

  #read(key: string | symbol): unknown {
    const { source, id } = this.#place;
    if (key === WHOLE) return this.#isObject;
    if (key === PLACE) return this.#isObject ? this.#place : undefined;
    if (typeof key !== 'string') return Reflect.get({}, key);
    if (this.#isObject && key === 'id') return id;
    if (this.#isSpecial(key)) return source.read?.(id, key);
    // Every await asks for it: that would read the row.
    if (this.#isObject && key === 'then') return undefined;
    const fields = this.#present();
    return Object.hasOwn(fields, key) ? child(this.#place, key, fields[key] as JsonValue) : Reflect.get({}, key);
  }

  #write(key: string | symbol, value: unknown): boolean {
    const { source, id } = this.#place;
    if (typeof key !== 'string' || (this.#isObject && key === 'id')) return false;
    if (this.#isSpecial(key)) source.assign?.(id, key, value);
    else write(this.#place, key, value);
    return true;
  }
}

/** What reading gives: values as they are, all else live. */
function child(place: Place, key: string, value: JsonValue | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRef(value)) return refTo(value.$ref, (id) => place.source.resolve(id));
  const list = Array.isArray(value);
  const known = place.children?.get(key);
  if (known?.list === list) return known.live;
  const inner: Place = { ...place, path: [...place.path, key], children: undefined };
  const live = list ? liveList(inner, child) : record(inner);
  (place.children ??= new Map()).set(key, { list, live });
  return live;
}
