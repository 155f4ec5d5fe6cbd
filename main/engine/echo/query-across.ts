/**
 * Queries across spaces. A live one is made of those in the spaces: what changes in one of them is found there, at the
 * cost that it has there, and put in its place among what the others have found, in memory.
 */
import { toHex, type Hex } from '../bytes.ts';
import { MatchList, type MatchChange, type Turn } from './match-list.ts';
import type { Across, AcrossChange, AcrossQuery, FollowedAcross, ObjectKey } from './object-types.ts';
import type { Match, Queries } from './query.ts';
import type { Watched } from './query-live.ts';
import type { Replica } from './replica.ts';
import type { SpaceObjectsParts } from './space-objects.ts';
import type { TextIndex } from './text-index.ts';

/** What is asked of each space. */
type Part = Pick<SpaceObjectsParts, 'settle' | 'settlePage' | 'settleTyping' | 'watch'>;

export interface AcrossOptions {
  readonly queries: Queries;
  readonly textIndex: TextIndex;
  readonly part: (replica: Replica) => Part;
}

export function createAcross({ queries, textIndex, part }: AcrossOptions): Across {
  const settled = (replicas: readonly Replica[], query: AcrossQuery): number[] => {
    for (const replica of replicas) part(replica).settlePage(query);
    return replicas.map(({ row }) => row);
  };
  return {
    ids(replicas, query) {
      const keyOf = keysOf(replicas);
      const { found, next } = queries.idsAcross(settled(replicas, query), query);
      return { found: found.map(({ id, space }) => ({ id, space: keyOf(space) })), next };
    },
    count: (replicas, query) => queries.count(settled(replicas, query), query),
    search(replicas, words, limit) {
      const keyOf = keysOf(replicas);
      for (const replica of replicas) part(replica).settleTyping();
      const rows = replicas.map(({ row }) => row);
      const found = textIndex.search(rows, words, limit);
      return found.map(({ objectId, space, ...hit }) => ({ id: toHex(objectId), space: keyOf(space), ...hit }));
    },
    follow: (replicas, query, fn) => new LiveAcross({ queries, part }, query, fn).start(replicas),
  };
}

function keysOf(replicas: readonly Replica[]): (row: number) => Hex {
  const keys = new Map(replicas.map(({ row, key }) => [row, key]));
  return (row) => keys.get(row) as Hex;
}

type Listener = (change: AcrossChange, found: () => readonly ObjectKey[]) => void;

/** Rows of spaces are never given again, so that this names an object for as long as it is there. */
const keyOf = ({ space, object }: Match): string => `${space}:${object.id}`;

class LiveAcross implements FollowedAcross {
  readonly #options: Pick<AcrossOptions, 'queries' | 'part'>;
  readonly #query: AcrossQuery;
  readonly #fn: Listener;
  readonly #spaces = new Map<Replica, Watched>();
  /** Of spaces by their rows, also of those that are gone. */
  readonly #keys = new Map<number, Hex>();
  /** What all spaces have found; of a page, as many as it has from each of them. */
  readonly #all: MatchList;
  /** What of it is the result. */
  readonly #shown: MatchList;

  constructor(options: Pick<AcrossOptions, 'queries' | 'part'>, query: AcrossQuery, fn: Listener) {
    this.#options = options;
    this.#query = query;
    this.#fn = fn;
    const { compare } = options.queries.order(query);
    const list = () => new MatchList([], (a, b) => compare(a.place, b.place), keyOf);
    this.#all = list();
    this.#shown = query.limit === undefined ? this.#all : list();
  }

  start(replicas: readonly Replica[]): this {
    try {
      const { turn, failure } = this.#exchange(replicas);
      if (failure !== undefined) throw failure.error;
      this.#tell(this.#apply(turn));
    } catch (error) {
      this.cancel(); // whoever subscribes hears of it, and has nothing to cancel
      throw error;
    }
    return this;
  }

  among(replicas: readonly Replica[]): void {
    const { turn, failure } = this.#exchange(replicas);
    this.#turned(turn);
    if (failure !== undefined) throw failure.error;
  }

  cancel(): void {
    for (const { cancel } of this.#spaces.values()) cancel();
    this.#spaces.clear();
  }

  /** Lets go of spaces and takes others in. One that cannot be read is tried again the next time. */
  #exchange(replicas: readonly Replica[]): { readonly turn: Turn; readonly failure: { error: unknown } | undefined } {
    const wanted = new Set(replicas);
    const before: Match[] = [];
    const after: Match[] = [];
    let failure: { error: unknown } | undefined;
    for (const [replica, watched] of this.#spaces) {
      if (wanted.has(replica)) continue;
      watched.cancel();
      this.#spaces.delete(replica);
      for (const match of watched.matches()) before.push(match);
    }
    for (const replica of wanted) {
      if (this.#spaces.has(replica)) continue;
      try {
        const watched = this.#watch(replica);
        for (const match of watched.matches()) after.push(match);
      } catch (error) {
        failure ??= { error };
      }
    }
    return { turn: { before, after }, failure };
  }

  #watch(replica: Replica): Watched {
    const space = this.#options.part(replica);
    space.settle(this.#query);
    const watched = space.watch(this.#query, (turn) => this.#turned(turn));
    this.#spaces.set(replica, watched);
    this.#keys.set(replica.row, replica.key);
    return watched;
  }

  #turned(turn: Turn): void {
    const change = this.#apply(turn);
    if (Object.values(change).some((part: readonly unknown[]) => part.length > 0)) this.#tell(change);
  }

  #apply(turn: Turn): MatchChange {
    const change = this.#all.apply(turn);
    if (this.#shown === this.#all) return change;
    return this.#shown.apply(this.#shown.turnTo(this.#all.matches.slice(0, this.#query.limit)));
  }

  #tell({ added, changed, removed, moved }: MatchChange): void {
    const named = ({ space, object }: Match): ObjectKey => ({ id: object.id, space: this.#keys.get(space) as Hex });
    const placed = ({ match, at }: { readonly match: Match; readonly at: number }) => ({ ...named(match), at });
    const change = {
      added: added.map(placed),
      changed: changed.map(named),
      removed: removed.map(named),
      moved: moved.map(placed),
    };
    this.#fn(change, () => this.#shown.matches.map(named));
  }
}
