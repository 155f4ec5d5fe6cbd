/**
 * What this device's own logs were begun after. A guest writes before the entry that admitted him has arrived, known
 * from his grant only (protocol §3.2): his log hangs in the air until it is here, and with it what others built on it.
 */
import type { Dep } from './entry.ts';
import { recomputeLamports } from './lamports.ts';
import { OWN } from './log-sql.ts';
import type { LogState, LogStore } from './log-store.ts';
import type { StoredEntry } from './stored-entry.ts';
import { firstMissing } from './waits.ts';

export class OwnOpenings {
  readonly #store: LogStore;
  #hanging: boolean;
  /** The LogOpen of the log in use: asked for with each entry that comes while it hangs. */
  #inUse: { readonly log: LogState; readonly entry: StoredEntry | undefined } | undefined;
  /** See `hangsOn`; undefined: to be found. */
  #lacking: readonly Dep[] | undefined;

  constructor(store: LogStore) {
    this.#store = store;
    this.#hanging = firstMissing(store, this.#opening()) !== undefined;
  }

  /** The log in use was begun after an entry that is not here yet: lamports of own entries are too low until it is. */
  get hanging(): boolean {
    return this.#hanging;
  }

  /** An own entry became ready though its past is not here. */
  hang(): void {
    this.#hanging = true;
  }

  /** Once it is here: computes all lamports again, to be what everybody else computes. Whether a data entry's changed. */
  settle(): boolean {
    if (firstMissing(this.#store, this.#opening())) return false;
    this.#hanging = false;
    return recomputeLamports(this.#store);
  }

  /** What the log in use depends on from its first entry on, while it hangs. */
  awaited(): readonly Dep[] {
    return this.#hanging ? (this.#opening()?.header.deps ?? []) : [];
  }

  /** What this device's own logs that are in use were begun after and is not here: known from a grant only. */
  hangsOn(): readonly Dep[] {
    this.#lacking ??= [...this.#store.logs()]
      .filter((log) => log.own !== OWN.other && log.ready > 0)
      .flatMap((log) => firstMissing(this.#store, this.#store.entry(log, 1)) ?? []);
    return this.#lacking;
  }

  /** A log was begun. */
  begun(): void {
    this.#lacking = undefined;
  }

  /** An entry became ready: true when something was lacking, which it may be. */
  advanced(): boolean {
    if (!this.#lacking?.length) return false;
    this.#lacking = undefined;
    return true;
  }

  #opening(): StoredEntry | undefined {
    const own = this.#store.own();
    if (!own || own.head === 0) return undefined;
    if (this.#inUse?.log !== own) this.#inUse = { log: own, entry: this.#store.entry(own, 1) };
    return this.#inUse.entry;
  }
}
