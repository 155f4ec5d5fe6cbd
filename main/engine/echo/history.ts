/** The history of one space: what the signed log says of the past, and bringing it back. */
import type * as Y from 'yjs';
import type { Hex } from '../bytes.ts';
import type { Clock } from '../ports.ts';
import type { HistoryIndex } from './history-index.ts';
import type { HistoryReads } from './history-read.ts';
import { createRestores } from './history-restore.ts';
import type { SpaceHistory } from './history-types.ts';
import { momentOf } from './moment.ts';
import type { ObjectRows } from './object-rows.ts';
import type { Pending } from './pending.ts';
import type { Replica } from './replica.ts';
import { SPACE_OBJECT } from './space-objects.ts';

export interface HistoryOptions {
  readonly replica: Replica;
  readonly rows: ObjectRows;
  readonly pending: Pending;
  readonly index: HistoryIndex;
  readonly reads: HistoryReads;
  readonly clock: Clock;
  readonly clientOf: (log: Hex) => number;
  /** Makes entries of what can become one, so that reads see it. */
  readonly settle: () => void;
  /** Throws CoveError not-permitted. */
  readonly assertWriter: () => void;
  readonly withDocument: <T>(object: number, objectId: Hex, use: (doc: Y.Doc) => T) => T | undefined;
}

export function createHistory(options: HistoryOptions): SpaceHistory {
  const { replica, index, pending, reads, settle } = options;
  const log = () => replica.history();
  const restores = createRestores({
    ...options,
    begin() {
      options.assertWriter();
      settle();
      pending.flush();
    },
    write: (edits) => pending.edit(edits, 'direct'),
  });

  return {
    now() {
      settle();
      const last = log().last();
      return last && momentOf(last);
    },
    at(wall) {
      settle();
      const found = index.lastBefore(replica.row, wall);
      return found && momentOf(found);
    },
    object: (objectId, moment) => reads.object(objectId, moment),
    *objects(moment) {
      reads.position(moment);
      for (const id of index.objectIds(replica.row)) {
        if (id === SPACE_OBJECT) continue;
        const past = reads.object(id, moment);
        if (past !== undefined && !past.deleted) yield past;
      }
    },
    versions(objectId, { before, limit } = {}) {
      settle();
      return reads.versions(objectId, before, limit);
    },
    difference(objectId, from, to) {
      settle();
      return reads.difference(objectId, from, to);
    },
    authors(objectId, field, moment) {
      settle();
      return reads.authors(objectId, field, moment);
    },
    fieldAuthors(objectId) {
      settle();
      return reads.fieldAuthors(objectId);
    },
    restore: (objectId, moment) => restores.object(objectId, moment),
    restoreText: (objectId, field, moment, selection) => restores.text(objectId, field, moment, selection),
    restoreSpace: (moment, work = {}) => restores.space(moment, work),
    undo(whose, since, work = {}) {
      const isTheirs = (one: Hex): boolean => {
        const author = log().author(one);
        return 'deviceId' in whose ? author?.deviceId === whose.deviceId : author?.identityId === whose.identityId;
      };
      return restores.undo(isTheirs, since, work);
    },
    gaps: () => log().gaps(),
  };
}
