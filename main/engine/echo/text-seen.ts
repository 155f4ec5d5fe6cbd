/**
 * How far whoever wrote an item had certainly come in the text of each other author: to what the item was written
 * beside, to what that was written beside, and so on, and to all that was seen with his own earlier items. A version
 * vector of items, found from their origins alone, so that it is the same wherever they are.
 */
import * as Y from 'yjs';

/** What one author has seen of another, as it grew: from item `at[i]` on, `clock[i]`. */
interface Growth {
  readonly at: number[];
  readonly clock: number[];
}
interface Author {
  /** The items before this clock are accounted for. */
  upTo: number;
  readonly seen: Map<number, Growth>;
}
type StructStore = Y.Doc['store'];

export class SeenBy {
  readonly #store: StructStore;
  readonly #authors = new Map<number, Author>();

  constructor(store: StructStore) {
    this.#store = store;
  }

  /** How much of `client` the author of the item had seen, that item of his included. */
  by(item: Y.ID, client: number): number {
    this.#account(item);
    return this.#seen(item, client);
  }

  #seen(item: Y.ID, client: number): number {
    if (item.client === client) return item.clock + 1;
    const growth = this.#author(item.client).seen.get(client);
    return growth === undefined ? 0 : (growth.clock[lastAt(growth.at, item.clock)] ?? 0);
  }

  /** Goes through an author's items up to one, and first through those of others that they stand beside. */
  #account(item: Y.ID): void {
    const work = [item];
    for (let next = work.at(-1); next !== undefined; next = work.at(-1)) {
      const author = this.#author(next.client);
      if (author.upTo > next.clock) {
        work.pop();
        continue;
      }
      const struct = Y.getItem(this.#store, Y.createID(next.client, author.upTo)) as Y.Item;
      // A struct that began before was joined by what goes on after it, beside nothing new.
      const beside = struct.id.clock === author.upTo ? [struct.origin, struct.rightOrigin] : [];
      const others = beside.filter((id) => id !== null && id.client !== next.client) as Y.ID[];
      const first = others.find((id) => this.#author(id.client).upTo <= id.clock);
      if (first !== undefined) {
        work.push(first);
        continue;
      }
      for (const id of others) this.#learn(author, struct.id.clock, id);
      author.upTo = struct.id.clock + struct.length;
    }
  }

  #learn(author: Author, at: number, id: Y.ID): void {
    for (const client of [id.client, ...this.#author(id.client).seen.keys()]) {
      const clock = this.#seen(id, client);
      let growth = author.seen.get(client);
      if (growth === undefined) author.seen.set(client, (growth = { at: [], clock: [] }));
      if (clock <= (growth.clock.at(-1) ?? 0)) continue;
      growth.at.push(at);
      growth.clock.push(clock);
    }
  }

  #author(client: number): Author {
    let author = this.#authors.get(client);
    if (author === undefined) this.#authors.set(client, (author = { upTo: 0, seen: new Map() }));
    return author;
  }
}

/** The last place in a growing list whose value is not greater; -1 when there is none. */
function lastAt(list: readonly number[], value: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
