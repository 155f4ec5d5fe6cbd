/**
 * Live queries: a change costs a look at the objects that changed, by the query's own SQL, and not at the space. A page
 * is read again only where something enters it, leaves it or moves. Words are looked for in the objects that changed, too.
 */
import type { Hex } from '../bytes.ts';
import { listenerFailed } from '../listeners.ts';
import type { Cancel, Log } from '../ports.ts';
import { MatchList, type MatchChange, type Turn } from './match-list.ts';
import type { ObjectQuery, QueryChange, StoredObject } from './object-types.ts';
import { readsText, type Match, type Queries } from './query.ts';

/** More objects than these at once: the result is read again. */
const MANY = 500;

/** `objects` gives the whole result. */
export type LiveListener = (change: QueryChange, objects: () => readonly StoredObject[]) => void;

/** A result that is kept up to date for somebody who makes his own of it. */
export interface Watched {
  matches(): readonly Match[];
  readonly cancel: Cancel;
}

export interface LiveQueries {
  add(query: ObjectQuery, fn: LiveListener): Cancel;
  /** As `add`, but that the present result is not told, and what changed as it is found. */
  watch(query: ObjectQuery, fn: (turn: Turn) => void): Watched;
  /** `objectIds`: whose rows were written; `texts`: whose texts a search reads otherwise now. */
  run(objectIds: ReadonlySet<Hex>, texts: ReadonlySet<Hex>): void;
}

export function createLiveQueries(
  queries: Pick<Queries, 'run' | 'among' | 'order'>,
  space: number,
  log: Log,
): LiveQueries {
  const live = new Map<LiveQuery, (turn: Turn) => void>();
  return {
    add(query, fn) {
      const one = new LiveQuery(queries, space, query);
      const { list } = one;
      const tell = (change: QueryChange): void => fn(change, () => list.matches.map(({ object }) => object));
      live.set(one, (turn) => tell(ofObjects(list.apply(turn))));
      try {
        const added = list.matches.map(({ object }, at) => ({ object, at }));
        tell({ added, changed: [], removed: [], moved: [] });
      } catch (error) {
        live.delete(one); // whoever subscribes hears of it, and has nothing to cancel
        throw error;
      }
      return () => void live.delete(one);
    },
    watch(query, fn) {
      const one = new LiveQuery(queries, space, query);
      live.set(one, (turn) => {
        one.list.apply(turn);
        fn(turn);
      });
      return { matches: () => one.list.matches, cancel: () => void live.delete(one) };
    },
    run(rows, texts) {
      const both = texts.size === 0 ? rows : new Set([...rows, ...texts]);
      for (const [one, apply] of [...live]) {
        const turn = one.turn(one.readsText ? both : rows);
        if (turn === undefined || !live.has(one)) continue;
        try {
          apply(turn);
        } catch (error) {
          listenerFailed(log, error); // what has changed is committed, and others wait to hear of it
        }
      }
    },
  };
}

const ofObjects = ({ added, changed, removed, moved }: MatchChange): QueryChange => ({
  added: added.map(({ match, at }) => ({ object: match.object, at })),
  changed: changed.map(({ object }) => object),
  removed: removed.map(({ object }) => object.id),
  moved: moved.map(({ match, at }) => ({ id: match.object.id, at })),
});

class LiveQuery {
  readonly #queries: Pick<Queries, 'run' | 'among' | 'order'>;
  readonly #space: number;
  readonly #query: ObjectQuery;
  readonly readsText: boolean;
  readonly #compare: (a: Match, b: Match) => number;
  readonly list: MatchList;
  /** What is typed in, and told when the search has caught up with it. */
  readonly #waiting = new Set<Hex>();

  constructor(queries: Pick<Queries, 'run' | 'among' | 'order'>, space: number, query: ObjectQuery) {
    this.#queries = queries;
    this.#space = space;
    this.#query = query;
    this.readsText = readsText(query);
    const { compare } = queries.order(query);
    this.#compare = (a, b) => compare(a.place, b.place);
    this.list = new MatchList(queries.run(space, query), this.#compare, ({ object }) => object.id);
  }

  /** What has to be done with the list; undefined when nothing of it changed. */
  turn(changed: ReadonlySet<Hex>): Turn | undefined {
    const { offset = 0 } = this.#query;
    const objectIds = this.#waiting.size === 0 ? changed : new Set([...changed, ...this.#waiting]);
    this.#waiting.clear();
    if (objectIds.size === 0) return undefined;
    if (objectIds.size > MANY || offset > 0) return this.#again(); // something before the page may have come or gone
    const found = this.#queries.among(this.#space, this.#query, [...objectIds]);
    const matching = new Map(found.map((match) => [match.object.id, match]));
    const before: Match[] = [];
    const after: Match[] = [];
    for (const id of objectIds) {
      const [was, is] = [this.list.get(id), matching.get(id)];
      if (was !== undefined && is !== undefined && this.#same(was, is)) continue;
      if (was !== undefined) before.push(was);
      if (is !== undefined) after.push(is);
    }
    if (before.length + after.length === 0) return undefined;
    return this.#query.limit === undefined ? { before, after } : this.#inPage(before, after);
  }

  /** What stays where it is, is put in; what comes after a full page concerns nobody. */
  #inPage(before: readonly Match[], after: readonly Match[]): Turn | undefined {
    const { limit } = this.#query;
    const { matches } = this.list;
    const end = matches.length === limit ? matches.at(-1) : undefined;
    const left = new Set(before);
    const kept: Match[] = [];
    for (const match of after) {
      const was = this.list.get(match.object.id);
      if (was !== undefined) {
        if (this.#compare(was, match) !== 0) return this.#again();
        left.delete(was);
        kept.push(match);
      } else if (end === undefined || this.#compare(match, end) < 0) return this.#again();
    }
    if (left.size > 0) return this.#again();
    if (kept.length === 0) return undefined;
    return { before, after: kept };
  }

  /** As it was told, as far as the search knows: while it waits, when it was changed and by whom is no news. */
  #same(was: Match, is: Match): boolean {
    if (was.revision === is.revision) return true;
    if (!is.waits || this.#compare(was, is) !== 0) return false;
    const { updatedAt: _at, updatedBy: _by, ...told } = was.object;
    const { updatedAt: _updatedAt, updatedBy: _updatedBy, ...now } = is.object;
    if (JSON.stringify(told) !== JSON.stringify(now)) return false;
    this.#waiting.add(is.object.id);
    return true;
  }

  #again(): Turn | undefined {
    const found = this.#queries.run(this.#space, this.#query);
    const turn = this.list.turnTo(found, (a, b) => this.#same(a, b));
    return turn.before.length + turn.after.length === 0 ? undefined : turn;
  }
}
