/** A query across spaces: one statement over all of them, and each result with its space. */
import type { ObjectQuery } from '../engine/echo/object-types.ts';
import type { Cancel } from '../engine/ports.ts';
import type { Engine } from './engine.ts';
import { FollowedSpaces } from './followed-spaces.ts';
import type { Fields, LiveObject } from './live-place.ts';
import type { Space } from './space.ts';

/** An object, and the space it is in. */
export interface Found<T extends Fields> {
  readonly object: LiveObject<T>;
  readonly space: Space;
}

/** What a query across spaces finds, each time it is read. */
export interface SpacesQuery<T extends Fields> {
  readonly found: readonly Found<T>[];
  readonly count: number;
  /** `limit` by default 50. */
  page(): { readonly found: readonly Found<T>[]; readonly next: string | undefined };
  /** Calls `fn` with the present result first and again after each change of it. */
  subscribe(fn: (found: readonly Found<T>[]) => void): Cancel;
}

export interface SpacesSource {
  readonly engine: Engine;
  spaces(): readonly Space[];
  onChange(fn: () => void): Cancel;
}

const ALL = 2 ** 31 - 2;

export function spacesQuery<T extends Fields>(source: SpacesSource, query: ObjectQuery): SpacesQuery<T> {
  const { objects } = source.engine;
  function page(limit?: number): { found: Found<T>[]; next: string | undefined } {
    const spaces = new Map(source.spaces().map((space) => [space.key, space]));
    const bounded = limit === undefined ? query : { ...query, limit };
    const { found, next } = objects.page(replicasOf(source), bounded);
    const known = found.flatMap(({ object, space: key }) => {
      const space = spaces.get(key);
      const live = space?.db.get<T>(object.id);
      return space === undefined || live === undefined ? [] : [{ object: live, space }];
    });
    return { found: known, next };
  }
  const all = (): Found<T>[] => page(query.limit ?? ALL).found;

  return {
    get found() {
      return all();
    },
    get count() {
      return objects.count(replicasOf(source), query);
    },
    page: () => page(),
    subscribe(fn) {
      let begun = false;
      const tell = (): void => {
        if (begun) fn(all());
      };
      /** Each space's own live query says when its part of the result changed. */
      const followed = new FollowedSpaces((space) => {
        let first = true;
        return space.objects.follow(query, () => {
          if (!first) tell();
          first = false;
        });
      });
      const follow = (): boolean => followed.follow(source.spaces());
      try {
        follow();
        begun = true;
        tell();
      } catch (error) {
        followed.stop(); // whoever subscribes hears of it, and has nothing to cancel
        throw error;
      }
      const cancel = source.onChange(() => follow() && tell());
      return () => {
        cancel();
        followed.stop();
      };
    },
  };
}

const replicasOf = (source: SpacesSource) => {
  const keys = new Set(source.spaces().map(({ key }) => key));
  return source.engine.replicas.all().filter(({ key }) => keys.has(key));
};
