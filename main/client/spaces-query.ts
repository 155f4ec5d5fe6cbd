/** What `client.echo` finds across spaces: as a query in one space, and each result with its space. */
import type { Hex } from '../engine/bytes.ts';
import type { Across, AcrossQuery, FollowedAcross, ObjectKey } from '../engine/echo/object-types.ts';
import type { Replica } from '../engine/echo/replica.ts';
import type { Cancel } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';
import { PAGE, type SearchHit } from './database.ts';
import type { Engine } from './engine.ts';
import type { LiveObject } from './live-place.ts';
import type { QueryOptions } from './query-options.ts';
import type { Space } from './space.ts';
import type { ObjectType } from './types.ts';

/** An object, and the space it is in. */
export interface Found<T extends object> {
  readonly object: LiveObject<T>;
  readonly space: Space;
  /** `<key of the space>/<id of the object>`. The id alone is that of one space: somebody may give an object the id of another. */
  readonly key: string;
}

/** As `Changes`, across spaces; objects are named by the `key` of `Found`. What is in a space that comes or goes is added or removed. */
export interface SpacesChanges<T extends object> {
  readonly added: readonly (Found<T> & { readonly at: number })[];
  readonly changed: readonly Found<T>[];
  readonly removed: readonly string[];
  readonly moved: readonly { readonly key: string; readonly at: number }[];
}

/** One hit of a search across spaces, best first. */
export interface SpacesHit<T extends object> extends SearchHit<T>, Found<T> {}

/** As `QueryOptions`, and in which spaces. */
export interface SpacesQueryOptions extends QueryOptions {
  /** Those of them that are here, also when they come back later. Default: all, those that come later too. */
  readonly spaces?: readonly Space[];
}

/** How much a search across spaces gives, and of which. */
export interface SpacesSearchOptions {
  /** Default 20. */
  readonly limit?: number;
  /** Default: all. */
  readonly spaces?: readonly Space[];
}

/** What a query across spaces finds, each time it is read. */
export interface SpacesQuery<T extends object> {
  /** The objects that match now, in the query's order: by default that of creation. */
  readonly found: readonly Found<T>[];
  readonly count: number;
  /** As `found`, at most `limit`, by default 50; `next` is for the option `after`, and undefined on the last page. */
  page(): { readonly found: readonly Found<T>[]; readonly next: string | undefined };
  /** Calls `fn` with the present result first and again after each change of it, until the client is destroyed. */
  subscribe(fn: (found: readonly Found<T>[]) => void): Cancel;
  /**
   * The same in differences; the first call adds the present result. Take out `removed` and `moved`, then put in
   * `added` and `moved` at their places, in the order of the places.
   */
  follow(fn: (changes: SpacesChanges<T>) => void): Cancel;
}

/** The spaces that are meant, as they come and go. */
export interface SpacesSource {
  /** Throws CoveError('closed'). */
  engine(): Engine;
  spaces(): readonly Space[];
  onChange(fn: () => void): Cancel;
}

export function spacesQuery<T extends object>(
  source: SpacesSource,
  query: AcrossQuery,
  type: ObjectType | undefined,
): SpacesQuery<T> {
  const paged = { ...query, limit: query.limit ?? PAGE };
  const read = (asked: AcrossQuery) => {
    const { across, replicas, found } = opened<T>(source, type);
    const { found: keys, next } = across.ids(replicas, asked);
    return { found: keys.map(found), next };
  };
  function watch(fn: Watcher<T>): Cancel {
    return followed(source, query, type, fn);
  }

  return {
    get found() {
      return read(query).found;
    },
    get count() {
      const { across, replicas } = opened(source, type);
      return across.count(replicas, query);
    },
    page: () => read(paged),
    subscribe(fn) {
      check('fn', SHAPES.fn, fn);
      return watch((_changes, found) => fn(found()));
    },
    follow(fn) {
      check('fn', SHAPES.fn, fn);
      return watch((changes) => fn(changes()));
    },
  };
}

/** Full text in these spaces, best hits first. */
export function searchSpaces<T extends object>(source: SpacesSource, words: string, limit: number): SpacesHit<T>[] {
  const { across, replicas, found } = opened<T>(source, undefined);
  return across.search(replicas, words, limit).map(({ id, space, ...hit }) => ({ ...hit, ...found({ id, space }) }));
}

interface Opened<T extends object> {
  readonly across: Across;
  readonly replicas: readonly Replica[];
  readonly found: (key: ObjectKey) => Found<T>;
}

const nameOf = ({ space, id }: ObjectKey): string => `${space}/${id}`;

function opened<T extends object>(
  { engine, spaces }: Pick<SpacesSource, 'engine' | 'spaces'>,
  type: ObjectType | undefined,
): Opened<T> {
  const { objects, replicas } = engine();
  const byKey = new Map<Hex, Space>(spaces().map((space) => [space.key, space]));
  return {
    across: objects.across,
    replicas: replicas.all().filter(({ key }) => byKey.has(key)),
    found(key) {
      const space = byKey.get(key.space) as Space;
      return { object: space.db.named(key.id, type) as LiveObject<T>, space, key: nameOf(key) };
    },
  };
}

type Watcher<T extends object> = (changes: () => SpacesChanges<T>, found: () => readonly Found<T>[]) => void;

function followed<T extends object>(
  source: SpacesSource,
  query: AcrossQuery,
  type: ObjectType | undefined,
  fn: Watcher<T>,
): Cancel {
  const engine = source.engine();
  let now = opened<T>(source, type);
  let follower: FollowedAcross | undefined;
  const stop = (): void => {
    cancel();
    follower?.cancel();
  };
  const follow = (): void => {
    if (source.engine() !== engine) return stop(); // it was of the client as it was before it was destroyed
    now = opened(source, type);
    follower?.among(now.replicas);
  };
  const cancel = source.onChange(follow);
  try {
    follower = now.across.follow(now.replicas, query, ({ added, changed, removed, moved }, keys) =>
      fn(
        () => ({
          added: added.map(({ at, ...key }) => ({ ...now.found(key), at })),
          changed: changed.map((key) => now.found(key)),
          removed: removed.map(nameOf),
          moved: moved.map(({ at, ...key }) => ({ key: nameOf(key), at })),
        }),
        () => keys().map((key) => now.found(key)),
      ),
    );
    follow(); // what came while the present result was told
  } catch (error) {
    stop(); // whoever subscribes hears of it, and has nothing to cancel
    throw error;
  }
  return stop;
}
