/** Entries with what their authors had seen, for judging them again: the logs' rows keep that of their heads only. */
import { compare } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { ENTRY_KIND } from './entry.ts';
import type { Shift } from './frontier.ts';
import { STATUS } from './log-sql.ts';
import type { LogState, LogStore } from './log-store.ts';
import type { StoredEntry } from './stored-entry.ts';

export interface PlacedEntry {
  readonly log: LogState;
  readonly entry: StoredEntry;
  /** Its version vector, own log left out; valid until the next entry is taken. */
  readonly past: ReadonlyMap<Hex, number>;
}

/** The data entries among these, which begin where their logs begin. */
export function* placed(
  store: LogStore,
  entries: Iterable<Pick<PlacedEntry, 'log' | 'entry'>>,
): IterableIterator<PlacedEntry> {
  const pasts = new Map<LogState, Map<Hex, number>>();
  for (const { log, entry } of entries) {
    let past = pasts.get(log);
    if (past === undefined) pasts.set(log, (past = new Map()));
    for (const dep of store.depsOf(entry.header)) if ((past.get(dep.log) ?? 0) < dep.seq) past.set(dep.log, dep.seq);
    if (entry.header.kind !== ENTRY_KIND.control) yield { log, entry, past };
  }
}

/** The entries that did not count and do now, in the order in which everything is applied. */
export function admittedEntries(store: LogStore, admitted: Shift['admitted']): PlacedEntry[] {
  const found: PlacedEntry[] = [];
  for (const { log, after, upTo } of admitted) {
    for (const { entry, past } of placed(store, store.inLog(log, upTo))) {
      if (entry.seq > after && entry.status === STATUS.excluded) found.push({ log, entry, past: new Map(past) });
    }
  }
  return found.sort((x, y) => x.entry.lamport - y.entry.lamport || compare(x.log.logId, y.log.logId));
}
