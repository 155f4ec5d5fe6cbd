/** Which logs wait for which: an entry is ready once what it depends on is. Kept in `dep_wait`, and here by what is waited for. */
import type { Hex } from '../bytes.ts';
import type { Dep } from './entry.ts';
import type { LogState, LogStore } from './log-store.ts';
import type { StoredEntry } from './stored-entry.ts';

export class Waits {
  readonly #store: LogStore;
  /** Log that must advance → who waits for it, and up to where. */
  readonly #waiting = new Map<Hex, { seq: number; waiting: Hex }[]>();

  constructor(store: LogStore) {
    this.#store = store;
    for (const { log, seq, waiting } of store.waits()) this.#note(log, seq, waiting);
  }

  /** `entry` of `waiting` cannot be ready before `missing` is. */
  add(entry: StoredEntry, waiting: LogState, missing: Dep): void {
    this.#store.wait(entry, missing);
    this.#note(missing.log, missing.seq, waiting.log);
  }

  /** Logs that need not wait for this one any more. */
  wake(log: LogState): LogState[] {
    const list = this.#waiting.get(log.log);
    const due = list?.filter(({ seq }) => seq <= log.ready);
    if (!list || !due || due.length === 0) return [];
    const rest = list.filter(({ seq }) => seq > log.ready);
    if (rest.length > 0) this.#waiting.set(log.log, rest);
    else this.#waiting.delete(log.log);
    this.#store.stopWaiting(log, log.ready);
    return due.map(({ waiting }) => this.#store.log(waiting)).filter((waiter) => waiter !== undefined);
  }

  /** What is waited for: up to where, of each log. */
  *all(): IterableIterator<{ readonly log: Hex; readonly seq: number }> {
    for (const [log, waits] of this.#waiting) for (const { seq } of waits) yield { log, seq };
  }

  /** For a start from the first entries; the store forgets its own. */
  clear(): void {
    this.#waiting.clear();
  }

  #note(log: Hex, seq: number, waiting: Hex): void {
    const list = this.#waiting.get(log) ?? [];
    if (!list.some((wait) => wait.seq === seq && wait.waiting === waiting)) list.push({ seq, waiting });
    this.#waiting.set(log, list);
  }
}

/** The first of an entry's dependencies that is not ready here. */
export function firstMissing(store: LogStore, entry: StoredEntry | undefined): Dep | undefined {
  const deps = entry && store.depsOf(entry.header);
  return deps?.find((dep) => (store.log(dep.log)?.ready ?? 0) < dep.seq);
}
