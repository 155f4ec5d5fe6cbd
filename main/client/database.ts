/** A space's database: add, query, remove, flush; objects are live. */
import type { Hex } from '../engine/bytes.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import type { SpaceObjects, StoredObject } from '../engine/echo/object-types.ts';
import { CoveError } from '../engine/errors.ts';
import type { Cancel } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';
import { liveObject, type Fields, type LiveObject, type LiveSource, type Widened } from './live-object.ts';

/** Equality on top-level fields; `{}` matches every object. */
export type Filter = Readonly<Record<string, JsonValue>>;

export interface QueryResult<T extends Fields> {
  /** The objects that match now, in order of creation. */
  readonly objects: readonly LiveObject<T>[];
  /** Calls `fn` with the present result first and again after each change that may concern it. */
  subscribe(fn: (objects: readonly LiveObject<T>[]) => void): Cancel;
}

export class Database {
  readonly #objects: SpaceObjects;
  readonly #source: LiveSource;

  constructor(objects: SpaceObjects) {
    this.#objects = objects;
    this.#source = {
      fields: (id) => objects.get(id)?.fields,
      set: (id, path, value) => objects.set(id, path, value),
      unset: (id, path) => objects.unset(id, path),
    };
  }

  /** Adds an object; durable on this device when the promise resolves. */
  async add<T extends Fields>(fields: T): Promise<LiveObject<Widened<T>>> {
    check('fields', SHAPES.fields, fields);
    return this.#live<Widened<T>>(this.#objects.create(defined(fields)));
  }

  /** Several changes as one entry and one notification. */
  batch<T>(change: () => T): T {
    return this.#objects.batch(change);
  }

  get<T extends Fields>(id: Hex): LiveObject<T> | undefined {
    return this.#objects.get(id) === undefined ? undefined : this.#live<T>(id);
  }

  query<T extends Fields = Fields>(filter: Filter = {}): QueryResult<T> {
    check('filter', SHAPES.filter, filter);
    const query = {
      where: filter,
      order: 'created',
    } as const;
    const live = (found: readonly StoredObject[]) => found.map(({ id }) => this.#live<T>(id));
    const objects = this.#objects;
    return {
      get objects() {
        return live(objects.query(query));
      },
      subscribe: (fn) => objects.subscribe(query, (found) => fn(live(found))),
    };
  }

  /** Removes an object everywhere; it stays restorable by its id. */
  async remove(object: { readonly id: Hex }): Promise<void> {
    check('object', SHAPES.object, object);
    if (this.#objects.get(object.id) === undefined) throw new CoveError('object-not-found');
    this.#objects.remove(object.id);
  }

  async restore(id: Hex): Promise<void> {
    this.#objects.restore(id);
  }

  /** Resolves when every change made so far is durable here and signed. */
  async flush(): Promise<void> {
    this.#objects.flush();
  }

  #live<T extends Fields>(id: Hex): LiveObject<T> {
    return liveObject<T>(this.#source, id);
  }
}

function defined(fields: Fields): Record<string, JsonValue> {
  return Object.fromEntries(
    Object.entries(fields).filter((pair): pair is [string, JsonValue] => pair[1] !== undefined),
  );
}
