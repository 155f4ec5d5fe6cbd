/**
 * Live queries: a change costs a look at the objects that changed, by the query's own SQL, and not at the space. A page
 * is read again only where something enters it, leaves it or moves. Words are looked for in the objects that changed, too.
 */
import type { Hex } from '../bytes.ts';
import { listenerFailed } from '../listeners.ts';
import type { Cancel, Log } from '../ports.ts';
import type { ObjectQuery, QueryChange, StoredObject } from './object-types.ts';
import { readsText, type Match, type Queries } from './query.ts';

/** More objects than these at once: the result is read again. */
const MANY = 500;

/** `objects` gives the whole result. */
export type LiveListener = (change: QueryChange, objects: () => readonly StoredObject[]) => void;

export interface LiveQueries {
  add(query: ObjectQuery, fn: LiveListener): Cancel;
  /** `objectIds`: whose rows were written; `texts`: whose texts a search reads otherwise now. */
  run(objectIds: ReadonlySet<Hex>, texts: ReadonlySet<Hex>): void;
}

export function createLiveQueries(
  queries: Pick<Queries, 'run' | 'among' | 'order'>,
  space: number,
  log: Log,
): LiveQueries {
  const live = new Set<LiveQuery>();
  return {
    add(query, fn) {
      const one = new LiveQuery(queries, space, query, fn);
      live.add(one);
      try {
        one.start();
      } catch (error) {
        live.delete(one); // whoever subscribes hears of it, and has nothing to cancel
        throw error;
      }
      return () => void live.delete(one);
    },
    run(rows, texts) {
      const both = texts.size === 0 ? rows : new Set([...rows, ...texts]);
      for (const one of [...live]) {
        const change = one.changed(one.readsText ? both : rows);
        if (change === undefined || !live.has(one)) continue;
        try {
          one.tell(change);
        } catch (error) {
          listenerFailed(log, error); // what has changed is committed, and others wait to hear of it
        }
      }
    },
  };
}

class LiveQuery {
  readonly #queries: Pick<Queries, 'run' | 'among' | 'order'>;
  readonly #space: number;
  readonly #query: ObjectQuery;
  readonly #fn: LiveListener;
  readonly readsText: boolean;
  readonly #compare: (a: Match, b: Match) => number;
  #list: Match[];
  #byId: Map<Hex, Match>;

  constructor(queries: Pick<Queries, 'run' | 'among' | 'order'>, space: number, query: ObjectQuery, fn: LiveListener) {
    this.#queries = queries;
    this.#space = space;
    this.#query = query;
    this.#fn = fn;
    this.readsText = readsText(query);
    const { compare } = queries.order(query);
    this.#compare = (a, b) => compare(a.place, b.place);
    this.#list = queries.run(space, query);
    this.#byId = byId(this.#list);
  }

  start(): void {
    const added = this.#list.map(({ object }, at) => ({ object, at }));
    this.tell({ added, changed: [], removed: [], moved: [] });
  }

  tell(change: QueryChange): void {
    this.#fn(change, () => this.#list.map(({ object }) => object));
  }

  /** Brings the result up to date; undefined when nothing of it changed. */
  changed(objectIds: ReadonlySet<Hex>): QueryChange | undefined {
    const { offset = 0 } = this.#query;
    if (objectIds.size === 0) return undefined;
    if (objectIds.size > MANY || offset > 0) return this.#again(); // something before the page may have come or gone
    const matching = byId(this.#queries.among(this.#space, this.#query, [...objectIds]));
    const before: Match[] = [];
    const after: Match[] = [];
    for (const id of objectIds) {
      const [was, is] = [this.#byId.get(id), matching.get(id)];
      if (was !== undefined && was.revision === is?.revision) continue;
      if (was !== undefined) before.push(was);
      if (is !== undefined) after.push(is);
    }
    if (before.length + after.length === 0) return undefined;
    return this.#isPage() ? this.#inPage(before, after) : this.#merge(before, after);
  }

  #isPage(): boolean {
    return this.#query.limit !== undefined;
  }

  /** What stays where it is, is put in; what comes after a full page concerns nobody. */
  #inPage(before: readonly Match[], after: readonly Match[]): QueryChange | undefined {
    const { limit } = this.#query;
    const end = this.#list.length === limit ? this.#list.at(-1) : undefined;
    const left = new Set(before);
    const kept: Match[] = [];
    for (const match of after) {
      const was = this.#byId.get(match.object.id);
      if (was !== undefined) {
        if (this.#compare(was, match) !== 0) return this.#again();
        left.delete(was);
        kept.push(match);
      } else if (end === undefined || this.#compare(match, end) < 0) return this.#again();
    }
    if (left.size > 0) return this.#again();
    if (kept.length === 0) return undefined;
    return this.#merge(before, kept);
  }

  #again(): QueryChange | undefined {
    const old = this.#byId;
    const list = this.#queries.run(this.#space, this.#query);
    const next = byId(list);
    const before = this.#list.filter(({ object, revision }) => next.get(object.id)?.revision !== revision);
    const after = list.filter(({ object, revision }) => old.get(object.id)?.revision !== revision);
    if (before.length + after.length === 0) return undefined;
    return this.#merge(before, after);
  }

  /** Takes out what was, puts in what is, and says so. */
  #merge(before: readonly Match[], after: readonly Match[]): QueryChange {
    const [was, is] = [byId(before), byId(after)];
    const elsewhere = (id: Hex): boolean => {
      const [old, next] = [was.get(id), is.get(id)];
      return old !== undefined && next !== undefined && this.#compare(old, next) !== 0;
    };
    const removed = before.filter(({ object }) => !is.has(object.id)).map(({ object }) => object.id);
    const changed = after.filter(({ object }) => was.has(object.id)).map(({ object }) => object);
    const candidates = new Map<Hex, Hex | undefined>();
    for (const match of before) {
      const at = this.#find(match);
      if (elsewhere(match.object.id)) candidates.set(match.object.id, this.#list[at - 1]?.object.id);
    }
    for (const match of before) {
      if (is.has(match.object.id) && !elsewhere(match.object.id)) {
        this.#list[this.#find(match)] = is.get(match.object.id) as Match;
      }
    }
    for (const match of before) {
      if (!is.has(match.object.id) || elsewhere(match.object.id)) this.#list.splice(this.#find(match), 1);
      this.#byId.delete(match.object.id);
    }
    const inOrder = [...after].sort(this.#compare);
    for (const match of inOrder) {
      if (!was.has(match.object.id) || elsewhere(match.object.id)) this.#list.splice(this.#find(match), 0, match);
      this.#byId.set(match.object.id, match);
    }
    const added: { object: StoredObject; at: number }[] = [];
    const moved: { id: Hex; at: number }[] = [];
    const movedIds = new Set<Hex>();
    for (const match of inOrder) {
      const { object } = match;
      const place = (): number => this.#find(match);
      if (!was.has(object.id)) added.push({ object, at: place() });
      else if (candidates.has(object.id)) {
        const at = place();
        const [follows, followed] = [this.#list[at - 1]?.object.id, candidates.get(object.id)];
        // Behind the same one as before, which itself stayed: it has not moved.
        if (follows === followed && (follows === undefined || !movedIds.has(follows))) continue;
        movedIds.add(object.id);
        moved.push({ id: object.id, at });
      }
    }
    return { added, changed, removed, moved };
  }

  /** Where the match is, or would be. */
  #find(match: Match): number {
    let [low, high] = [0, this.#list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#list[middle] as Match, match) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const byId = (list: readonly Match[]): Map<Hex, Match> => new Map(list.map((match) => [match.object.id, match]));
