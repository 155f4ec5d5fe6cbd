/** The log as history reads it: positions of moments, authors, and entries opened again. */
import { fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Storage } from '../ports.ts';
import type { SpaceLog } from './deliver.ts';
import { ENTRY_KIND, openPayload } from './entry.ts';
import { comparePositions } from './history-index.ts';
import type { Position } from './history-index.ts';
import { decodeItems } from './items.ts';
import { STATUS } from './log-sql.ts';
import type { EntryPlace } from './moment.ts';
import { LIMIT } from './sql.ts';
import type { DataItem } from './replica.ts';

/** Entries that are stored here and in no history: why, and how many. */
export interface Gaps {
  /** Something that they stand on has not come yet. */
  readonly waiting: number;
  /** Their author was out of the space when he wrote them, as far as owners say. */
  readonly excluded: number;
  /** The key that opens them has not come. */
  readonly noKey: number;
  /** No honest device writes such. */
  readonly setAside: number;
  /** Their content was dropped here: what it did to texts is known, what it did to fields is not. */
  readonly dropped: number;
}

export interface LogReader {
  /** undefined for an entry that is not here, or not ready. */
  position(place: EntryPlace): Position | undefined;
  /** Of the last ready entry. */
  last(): Position | undefined;
  author(log: Hex): { readonly identityId: Hex; readonly deviceId: Hex } | undefined;
  /** What an applied entry says; undefined when its content or key is here no more. */
  items(place: EntryPlace): readonly DataItem[] | undefined;
  gaps(): Gaps;
  /** Applied entries of a person about objects, the latest first. */
  latestBy(identityId: Hex, limit: number): Position[];
}

export function readLog(space: SpaceLog, storage: Storage): LogReader {
  const { row } = space.space;
  const { store, keys } = space;
  return {
    position({ log, seq }) {
      const state = store.log(log);
      return state && seq <= state.ready ? { lamport: store.lamportAt(state, seq), log, seq } : undefined;
    },
    last() {
      let last: Position | undefined;
      for (const { log, lamport, ready: seq } of store.logs()) {
        if (seq === 0 || (last && (last.lamport > lamport || (last.lamport === lamport && last.log > log)))) continue;
        last = { lamport, log, seq };
      }
      return last;
    },
    author(log) {
      const state = store.log(log);
      return state && { identityId: state.identity, deviceId: state.device };
    },
    items({ log, seq }) {
      const state = store.log(log);
      const entry = state && store.entry(state, seq);
      if (!entry?.payload || entry.status !== STATUS.applied || entry.header.kind !== ENTRY_KIND.data) return undefined;
      const epoch = keys.get(toHex(entry.header.keyId));
      const place = { space: space.space.spaceId, ...entry.header };
      const content = epoch && openPayload(epoch.entryKey, place, entry.payload);
      return (content && decodeItems(content)) ?? undefined;
    },
    gaps() {
      const counts = new Map<number, number>();
      const rows = storage
        .prepare(
          `SELECT e.status, count(*) AS n, sum(e.payload IS NULL) AS dropped FROM entry e JOIN log l ON l.id = e.log
           WHERE l.space = ? GROUP BY e.status`,
        )
        .all(row);
      let dropped = 0;
      for (const one of rows) {
        counts.set(one['status'] as number, one['n'] as number);
        if (one['status'] === STATUS.applied) dropped = one['dropped'] as number;
      }
      return {
        waiting: counts.get(STATUS.pending) ?? 0,
        excluded: counts.get(STATUS.excluded) ?? 0,
        noKey: counts.get(STATUS.noKey) ?? 0,
        setAside: counts.get(STATUS.quarantined) ?? 0,
        dropped,
      };
    },
    latestBy(identityId, limit) {
      const read = storage.prepare(
        `SELECT e.lamport, e.seq FROM entry e JOIN log l ON l.id = e.log
         WHERE l.space = ? AND l.log_id = ? AND e.kind = ? AND e.status = ? ORDER BY e.seq DESC ${LIMIT}`,
      );
      const found = [...store.logs()].flatMap(({ log, identity }) =>
        identity !== identityId
          ? []
          : read
              .all(row, fromHex(log), ENTRY_KIND.data, STATUS.applied, limit)
              .map(({ lamport, seq }): Position => ({ lamport: lamport as number, log, seq: seq as number })),
      );
      return found.sort((a, b) => comparePositions(b, a)).slice(0, limit);
    },
  };
}
