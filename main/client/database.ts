/** A space's database: add, query, remove, flush; objects are live, with a type or without one. */
import type { Hex } from '../engine/bytes.ts';
import { fieldPointer } from '../engine/echo/json-value.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import type { ObjectQuery, SpaceObjects, StoredObject } from '../engine/echo/object-types.ts';
import { SPACE_OBJECT } from '../engine/echo/space-objects.ts';
import { CoveError } from '../engine/errors.ts';
import type { Cancel, Log } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';
import type { Filter } from './filter.ts';
import { idOf } from './history.ts';
import { liveObject, updateFields, type Update, type Widened } from './live-object.ts';
import { plain, type Fields, type LiveObject, type LiveSource } from './live-place.ts';
import { LiveSet } from './live-set.ts';
import { typed, untyped } from './live-source.ts';
import { objectQuery, type QueryOptions } from './query-options.ts';
import { isId, ref } from './refs.ts';
import { admitNew, refused } from './type-checks.ts';
import { isType, VERSION_FIELD, type ObjectType, type RelationType } from './types.ts';

/** As `QueryChange`, with live objects. */
export interface Changes<T extends object> {
  readonly added: readonly { readonly object: LiveObject<T>; readonly at: number }[];
  readonly changed: readonly LiveObject<T>[];
  readonly removed: readonly Hex[];
  readonly moved: readonly { readonly id: Hex; readonly at: number }[];
}

/** In order of creation. */
export interface BackLinks<T extends object> {
  readonly objects: readonly LiveObject<T>[];
  readonly count: number;
  /** Calls `fn` with the present result first and again after each change that may concern it. */
  subscribe(fn: (objects: readonly LiveObject<T>[]) => void): Cancel;
}

/** What a query finds, each time it is read. */
export interface QueryResult<T extends object> {
  /** The objects that match now, in the query's order: by default that of creation. */
  readonly objects: readonly LiveObject<T>[];
  readonly count: number;
  /** As `objects`, at most `limit`, by default 50; `next` is for the option `after`, and undefined on the last page. */
  page(): { readonly objects: readonly LiveObject<T>[]; readonly next: string | undefined };
  /** Calls `fn` with the present result first and again after each change that may concern it. */
  subscribe(fn: (objects: readonly LiveObject<T>[]) => void): Cancel;
  /**
   * The same in differences; the first call adds the present result. Take out `removed` and `moved`, then put in
   * `added` and `moved` at their places, in the order of the places.
   */
  follow(fn: (changes: Changes<T>) => void): Cancel;
}

/** Of a query that names no limit. @internal */
export const PAGE = 50;

/** One hit of a search, best first. */
export interface SearchHit<T extends object> {
  readonly object: LiveObject<T>;
  readonly title: string;
  /** Plain text around the first hit. */
  readonly snippet: string;
  /** The same in pieces, those that were searched for marked. */
  readonly excerpt: readonly { readonly text: string; readonly hit: boolean }[];
}

/** The objects of a space: `space.db`. */
export class Database {
  readonly #objects: SpaceObjects;
  readonly #log: Log;
  readonly #untyped: LiveSource;
  readonly #typed = new WeakMap<ObjectType, LiveSource>();
  #batches = 0;
  #gone = false;

  constructor(objects: SpaceObjects, log: Log = () => undefined) {
    this.#objects = objects;
    this.#log = log;
    this.#untyped = untyped(objects, this.#resolve);
  }

  /**
   * Adds an object; durable on this device when the promise resolves. With a type its fields are checked, and defaults
   * of the schema stored. Rejects with CoveError: not-permitted, value-invalid (no JSON), too-large (a value of some 200
   * KiB), value-refused (by the type), argument-invalid (a schema that answers later, too).
   */
  async add<T extends Fields>(fields: T): Promise<LiveObject<Widened<T>>>;
  async add<New extends object, Present extends object>(
    type: ObjectType<New, Present>,
    fields: New,
  ): Promise<LiveObject<Present>>;
  add(first: ObjectType | Fields, second?: Fields): Promise<LiveObject> {
    return this.#done(() => this.create(first as ObjectType, second as Fields));
  }

  /** As `add`, at once: in a batch for what other objects of it refer to. Throws what that rejects with. */
  create<T extends Fields>(fields: T): LiveObject<Widened<T>>;
  create<New extends object, Present extends object>(type: ObjectType<New, Present>, fields: New): LiveObject<Present>;
  create(first: ObjectType | Fields, second?: Fields): LiveObject {
    this.assertHere();
    if (isType(first)) {
      check('fields', SHAPES.fields, second);
      if ('relation' in first) throw new CoveError('argument-invalid', { argument: 'type' }); // `relate` gives it its ends
      return this.#addTyped(first, second as Fields);
    }
    check('fields', SHAPES.fields, first);
    return liveObject(this.#untyped, this.#objects.create(defined(first)));
  }

  /**
   * Sets several fields in one entry, checked together: so an object may become one of another kind. undefined takes a field
   * away, a text is given as a string and a set as a list. Throws as an assignment does, and CoveError('argument-invalid').
   */
  update<T extends object>(object: LiveObject<T>, fields: Update<T>): void {
    this.assertHere();
    const id = idOf(object);
    check('fields', SHAPES.fields, fields);
    if (this.#objects.fields(id) === undefined) throw new CoveError('object-not-found');
    updateFields(object, fields);
  }

  /**
   * Several changes as one entry and one notification, those of texts too. When `change` throws none of them is made. Reading
   * objects and their texts in it sees what it has written. What looks at more than single objects (a query, a search, the
   * history, undo) and subscribing to a text end the entry: what went before is stored then, and what follows is another
   * one. Above 200 KiB it is several entries; where one of them cannot be stored, those before it stay. In another batch it
   * is a part of that one. `change` does not wait: what comes after an `await` in it is no part of the batch; so `add`,
   * `relate`, `remove` and `restore` throw in it what they reject with elsewhere. Throws
   * CoveError: too-large (a value of some 200 KiB), not-permitted, disk-full, disk-failing.
   */
  batch<T>(change: () => T): T {
    check('change', SHAPES.fn, change);
    this.assertHere();
    this.#batches++;
    try {
      return this.#objects.batch(change);
    } finally {
      this.#batches--;
    }
  }

  /** Also a deleted one; undefined where there is none, or none of the type. */
  get<T extends Fields>(id: Hex): LiveObject<T> | undefined;
  get<New extends object, Present extends object>(
    type: ObjectType<New, Present>,
    id: Hex,
  ): LiveObject<Present> | undefined;
  get(first: ObjectType | Hex, second?: Hex): LiveObject | undefined {
    const [type, id] = isType(first) ? [first, second as Hex] : [undefined, first];
    const fields = isId(id) && id !== SPACE_OBJECT ? this.#objects.fields(id) : undefined;
    if (fields === undefined || (type !== undefined && fields['type'] !== type.name)) return undefined;
    return this.named(id, type);
  }

  /** The objects that match, by default all. Throws CoveError: bad-request for a filter beyond the limits, argument-invalid. */
  query<T extends Fields = Fields>(filter?: Filter, options?: QueryOptions): QueryResult<T>;
  /** Of one type, read as its present version. */
  query<New extends object, Present extends object>(
    type: ObjectType<New, Present>,
    filter?: Filter,
    options?: QueryOptions,
  ): QueryResult<Present>;
  query(
    first: ObjectType | Filter = {},
    second: Filter | QueryOptions = {},
    third: QueryOptions = {},
  ): QueryResult<Fields> {
    if (!isType(first)) return this.#result(objectQuery(first, second as QueryOptions), undefined);
    return this.#result(objectQuery(second as Filter, third, first), first);
  }

  /** Full text, best hits first. Words as in `contains`. */
  search<T extends Fields = Fields>(words: string, limit = 20): SearchHit<T>[] {
    check('words', SHAPES.text, words);
    check('limit', SHAPES.limit, limit);
    return this.#objects.search(words, limit).map(({ id, ...hit }) => ({
      ...hit,
      object: this.named(id, undefined) as LiveObject<T>,
    }));
  }

  /**
   * Keeps an index of a field of objects of this type: queries that filter or order by it read what they show.
   * Throws CoveError: too-many-indexes (32 in the profile), bad-request for a path that is none.
   */
  keepIndex(type: string, field: string | readonly string[]): void {
    const path = typeof field === 'string' ? [field] : field;
    check('type', SHAPES.objectType, type);
    check('field', SHAPES.path, path);
    this.#objects.keepIndex(type, path);
  }

  /** Calls `fn` with the object first and again after each change that may concern it; undefined when it is gone. */
  subscribe<T extends { readonly id: Hex }>(object: T, fn: (object: T | undefined) => void): Cancel {
    check('object', SHAPES.object, object);
    check('fn', SHAPES.fn, fn);
    const { id } = object;
    const tell = () => fn(id !== SPACE_OBJECT && this.#objects.get(id)?.deleted === false ? object : undefined);
    tell();
    return this.#objects.onChange((changed) => changed.has(id) && tell());
  }

  /** The objects that refer to this one in any of their fields, of all types or of one. Costs what it finds. */
  backlinks(object: { readonly id: Hex }): BackLinks<Fields>;
  backlinks<New extends object, Present extends object>(
    object: { readonly id: Hex },
    type: ObjectType<New, Present>,
  ): BackLinks<Present>;
  backlinks(object: { readonly id: Hex }, type?: ObjectType): BackLinks<Fields> {
    check('object', SHAPES.object, object);
    const { id } = object;
    const query = { filter: { op: 'refers', to: id }, order: 'created' } as const;
    return this.#result({ ...query, ...(type !== undefined && { type: type.name }) }, type);
  }

  /** Makes a relation between two objects. Throws as `add`. */
  relate<New extends object, Present extends object>(
    type: RelationType<New, Present>,
    from: { readonly id: Hex },
    to: { readonly id: Hex },
    fields: New,
  ): Promise<LiveObject<Present>> {
    return this.#done(() => {
      this.assertHere();
      check('fields', SHAPES.fields, fields);
      const ends = { from: ref(from), to: ref(to) };
      return this.#addTyped(type as object as ObjectType, fields as Fields, ends) as LiveObject as never;
    });
  }

  /** The relations of a type, all or those of an object at either end. */
  relations<New extends object, Present extends object>(
    type: RelationType<New, Present>,
    ends: { readonly from?: { readonly id: Hex }; readonly to?: { readonly id: Hex } } = {},
  ): QueryResult<Present> {
    const where = {
      ...(ends.from !== undefined && { from: ref(ends.from) }),
      ...(ends.to !== undefined && { to: ref(ends.to) }),
    };
    return this.query(type, where);
  }

  /** A field as a set: see LiveSet. A type may name its sets instead. */
  set<T = JsonValue>(object: { readonly id: Hex }, field: string): LiveSet<T> {
    const id = idOf(object);
    check('field', SHAPES.text, field);
    return new LiveSet<T>(this.#objects, id, fieldPointer(field));
  }

  /** Removes an object everywhere; it stays restorable by its id. Rejects with CoveError: object-not-found, not-permitted. */
  remove(object: { readonly id: Hex }): Promise<void> {
    return this.#done(() => {
      this.assertHere();
      const id = idOf(object);
      if (this.#objects.fields(id) === undefined) throw new CoveError('object-not-found');
      this.#objects.remove(id);
    });
  }

  /** Takes back that an object was deleted. Rejects with CoveError: object-not-found, not-permitted. */
  restore(id: Hex): Promise<void> {
    return this.#done(() => {
      this.assertHere();
      this.#objects.restore(idOf({ id }));
    });
  }

  /**
   * Resolves when every change made so far is durable here and signed. Rejects with CoveError: not-permitted where the own
   * role allows no changes any more, disk-full, disk-failing.
   */
  async flush(): Promise<void> {
    this.assertHere();
    this.#objects.flush();
  }

  /** For the client: the copy was deleted. @internal */
  closed(): void {
    this.#gone = true;
  }

  /** Throws CoveError('space-not-found') once the copy was deleted. @internal */
  assertHere(): void {
    if (this.#gone) throw new CoveError('space-not-found');
  }

  /** For the client: one that is known to be there, whatever its type. @internal */
  named(id: Hex, type: ObjectType | undefined): LiveObject {
    return liveObject(this.#source(type), id);
  }

  /** A batch cannot wait for a rejection: there it is thrown at once, and the batch refused. */
  #done<T>(change: () => T): Promise<T> {
    if (this.#batches > 0) return Promise.resolve(change());
    try {
      return Promise.resolve(change());
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #addTyped(type: ObjectType, given: Fields, ends: Fields = {}): LiveObject {
    const { texts = [], sets = [] } = type.options;
    const contents: Record<string, string> = {};
    for (const name of texts) {
      const text: unknown = given[name] ?? '';
      if (typeof text !== 'string') throw refused(type, [name], 'A text is wanted.');
      contents[name] = text;
    }
    const apart = ['id', ...texts, ...type.kept]; // what a copy of another one has
    const own = Object.entries(given).filter(([name]) => !apart.includes(name));
    const admitted = admitNew(type, Object.fromEntries(own));
    const kept = { type: type.name, ...defined(ends), ...(type.version > 1 && { [VERSION_FIELD]: type.version }) };
    const single = Object.entries(admitted).filter(([name]) => !sets.includes(name));
    const elements = sets.flatMap((name) => {
      const list = admitted[name];
      return Array.isArray(list) ? [[fieldPointer(name), list as readonly JsonValue[]] as const] : [];
    });
    const fields = { ...Object.fromEntries(single), ...kept };
    return this.named(this.#objects.create(fields, contents, Object.fromEntries(elements)), type);
  }

  readonly #resolve = (id: Hex): LiveObject | undefined => {
    const found = id === SPACE_OBJECT ? undefined : this.#objects.get(id);
    return found === undefined || found.deleted ? undefined : this.named(id, undefined);
  };

  #result(query: ObjectQuery, type: ObjectType | undefined): QueryResult<Fields> {
    const named = (ids: readonly Hex[]) => ids.map((id) => this.named(id, type));
    const live = (found: readonly StoredObject[]) => named(found.map(({ id }) => id));
    const objects = this.#objects;
    const paged = { ...query, limit: query.limit ?? PAGE };
    return {
      get objects() {
        return named(objects.ids(query).ids);
      },
      get count() {
        return objects.count(query);
      },
      page() {
        const { ids, next } = objects.ids(paged);
        return { objects: named(ids), next };
      },
      subscribe(fn) {
        check('fn', SHAPES.fn, fn);
        return objects.subscribe(query, (found) => fn(live(found)));
      },
      follow: (fn) => {
        check('fn', SHAPES.fn, fn);
        return objects.follow(query, (change) =>
          fn({
            ...change,
            added: change.added.map(({ object, at }) => ({ object: this.named(object.id, type), at })),
            changed: live(change.changed),
          }),
        );
      },
    };
  }

  #source(type: ObjectType | undefined): LiveSource {
    if (type === undefined) return this.#untyped;
    let source = this.#typed.get(type);
    if (source === undefined) this.#typed.set(type, (source = typed(this.#objects, this.#resolve, type, this.#log)));
    return source;
  }
}

function defined(fields: Fields): Record<string, JsonValue> {
  return plain(fields) as Record<string, JsonValue>;
}
