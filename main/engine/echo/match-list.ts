/** A live query's result in its order: what was is taken out, what is is put in, and the list says what that did to it. */
import type { Match } from './query.ts';

/** What became different among the matches: as they were before, and as they are after. */
export interface Turn {
  readonly before: readonly Match[];
  readonly after: readonly Match[];
}

/** The same in differences of the list, with the places in the new one. */
export interface MatchChange {
  readonly added: readonly { readonly match: Match; readonly at: number }[];
  readonly changed: readonly Match[];
  readonly removed: readonly Match[];
  readonly moved: readonly { readonly match: Match; readonly at: number }[];
}

/** Up to so many are put in and taken out one by one; more are woven in, once through the list. */
const FEW = 32;

export class MatchList {
  readonly #compare: (a: Match, b: Match) => number;
  readonly #key: (match: Match) => string;
  #list: Match[];
  readonly #byKey: Map<string, Match>;

  /** `list` is in order, and `key` another one for each object in it. */
  constructor(list: readonly Match[], compare: (a: Match, b: Match) => number, key: (match: Match) => string) {
    this.#list = [...list];
    this.#compare = compare;
    this.#key = key;
    this.#byKey = this.#keyed(list);
  }

  get matches(): readonly Match[] {
    return this.#list;
  }

  get(key: string): Match | undefined {
    return this.#byKey.get(key);
  }

  /** What leads to `next`, which has the same `Match` where nothing of it changed. */
  turnTo(next: readonly Match[], same: (was: Match, is: Match) => boolean = Object.is): Turn {
    const wanted = this.#keyed(next);
    const isSame = (was: Match | undefined, is: Match | undefined): boolean =>
      was !== undefined && is !== undefined && same(was, is);
    return {
      before: this.#list.filter((match) => !isSame(match, wanted.get(this.#key(match)))),
      after: next.filter((match) => !isSame(this.#byKey.get(this.#key(match)), match)),
    };
  }

  /** Takes out what was, puts in what is, and says so. */
  apply({ before, after }: Turn): MatchChange {
    const [was, is] = [this.#keyed(before), this.#keyed(after)];
    const isElsewhere = (key: string): boolean => {
      const [old, next] = [was.get(key), is.get(key)];
      return old !== undefined && next !== undefined && this.#compare(old, next) !== 0;
    };
    /** By those that may have moved, whom they stood behind. */
    const followed = new Map<string, string | undefined>();
    const leaving: Match[] = [];
    for (const match of before) {
      const key = this.#key(match);
      if (isElsewhere(key)) followed.set(key, this.#keyAt(this.#find(match) - 1));
      if (!is.has(key) || followed.has(key)) leaving.push(match);
    }
    for (const match of before) {
      const key = this.#key(match);
      if (is.has(key) && !followed.has(key)) this.#list[this.#find(match)] = is.get(key) as Match;
    }
    const inOrder = [...after].sort(this.#compare);
    const coming = inOrder.filter((match) => !was.has(this.#key(match)) || followed.has(this.#key(match)));
    this.#replace(leaving, coming);
    for (const match of before) this.#byKey.delete(this.#key(match));
    for (const match of after) this.#byKey.set(this.#key(match), match);

    const added: { match: Match; at: number }[] = [];
    const moved: { match: Match; at: number }[] = [];
    const movedKeys = new Set<string>();
    for (const match of coming) {
      const [key, at] = [this.#key(match), this.#find(match)];
      if (!was.has(key)) added.push({ match, at });
      else {
        const follows = this.#keyAt(at - 1);
        // Behind the same one as before, which itself stayed: it has not moved.
        if (follows === followed.get(key) && (follows === undefined || !movedKeys.has(follows))) continue;
        movedKeys.add(key);
        moved.push({ match, at });
      }
    }
    return {
      added,
      changed: after.filter((match) => was.has(this.#key(match))),
      removed: before.filter((match) => !is.has(this.#key(match))),
      moved,
    };
  }

  #replace(leaving: readonly Match[], coming: readonly Match[]): void {
    if (leaving.length + coming.length > FEW) {
      const gone = new Set(leaving);
      this.#list = woven(
        this.#list.filter((match) => !gone.has(match)),
        coming,
        this.#compare,
      );
      return;
    }
    for (const match of leaving) this.#list.splice(this.#find(match), 1);
    for (const match of coming) this.#list.splice(this.#find(match), 0, match);
  }

  #keyAt(at: number): string | undefined {
    const match = this.#list[at];
    return match && this.#key(match);
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

  #keyed(list: readonly Match[]): Map<string, Match> {
    return new Map(list.map((match) => [this.#key(match), match]));
  }
}

/** Both in order, as one. */
function woven(a: readonly Match[], b: readonly Match[], compare: (a: Match, b: Match) => number): Match[] {
  const list: Match[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i] as Match, b[j] as Match];
    if (compare(left, right) <= 0) {
      list.push(left);
      i++;
    } else {
      list.push(right);
      j++;
    }
  }
  for (; i < a.length; i++) list.push(a[i] as Match);
  for (; j < b.length; j++) list.push(b[j] as Match);
  return list;
}
