/**
 * Lamport times of all ready entries, from the beginning. Needed once, after joining: a guest writes before the
 * entry that admitted him has arrived, so until then his own times, and those of who built on him, are too low.
 */
import type { Hex } from '../bytes.ts';
import { ENTRY_KIND } from './entry.ts';
import type { Dep } from './entry.ts';
import type { LogStore } from './log-store.ts';

/** Corrects the stored times; returns whether a data entry's changed. */
export function recomputeLamports(store: LogStore): boolean {
  const logs = [...store.logs()].map((log) => ({ log, entries: store.entries(log, 1, log.ready) }));
  /** By log: the times found so far, at the place of their seq. */
  const done = new Map<Hex, number[]>(logs.map(({ log }) => [log.log, [0]]));
  const isDone = (dep: Dep): boolean => (done.get(dep.log)?.length ?? 0) > dep.seq;
  let changed = false;
  for (let moved = true; moved;) {
    moved = false;
    for (const { log, entries } of logs) {
      const lamports = done.get(log.log) as number[];
      for (const entry of entries.slice(lamports.length - 1)) {
        if (!store.depsOf(entry.header).every(isDone)) break;
        const before = store.depsOf(entry.header).map((dep) => done.get(dep.log)?.[dep.seq] as number);
        const lamport = 1 + Math.max(lamports.at(-1) as number, ...before);
        lamports.push(lamport);
        moved = true;
        if (lamport === entry.lamport) continue;
        store.setStatus(entry, entry.status, lamport);
        if (entry.header.kind === ENTRY_KIND.data) changed = true;
      }
      log.lamport = lamports.at(-1) as number;
      store.touch(log);
    }
  }
  return changed;
}
