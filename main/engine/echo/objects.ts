/**
 * ECHO's object layer: one per profile. It is the log's sink, where applied entries become object rows and text,
 * and gives every space its objects. Each write is one transaction; nothing here waits.
 */
import type * as Y from 'yjs';
import { fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { yjsClientId } from '../crypto/keys.ts';
import type { Cancel, Clock, Log, Random, Storage } from '../ports.ts';
import { WorkTime } from '../work-time.ts';
import { createDocuments } from './document.ts';
import { createHistory } from './history.ts';
import { createHistoryReads } from './history-read.ts';
import { NO_TEXT, createHistoryIndex, joined } from './history-index.ts';
import type { HistoryEntry } from './history-index.ts';
import type { Fields, Objects } from './object-types.ts';
import { createObjectRows } from './object-rows.ts';
import type { ObjectRow } from './object-rows.ts';
import { checkPaths } from './operations.ts';
import type { Operations } from './operations.ts';
import { editOf } from './packing.ts';
import { createPending } from './pending.ts';
import type { Pending } from './pending.ts';
import { createPropertyIndexes } from './query-index.ts';
import { createQueries } from './query.ts';
import { createAcross } from './query-across.ts';
import { applyOperation, emptyRegisters } from './registers.ts';
import { remade } from './remade-text.ts';
import type { AppliedEntry, DataItem, RegisterOperation, Replica } from './replica.ts';
import { STEP_PATH, markOf, markValue } from './step-mark.ts';
import { createSteps } from './steps.ts';
import { createSpaceObjects } from './space-objects.ts';
import type { SpaceObjectsParts } from './space-objects.ts';
import { detachedHost } from './document-host.ts';
import type { DocumentHost } from './document-host.ts';
import { createSeparation } from './text-separate.ts';
import { SHORT, createTextIndex } from './text-index.ts';
import { plainTexts } from './text-check.ts';
import type { Clocks, Texts } from './text-runs.ts';
import { createTextStore } from './text.ts';
import type { AddedText } from './text.ts';

export type {
  DocumentAuthority,
  DocumentChange,
  DocumentUpdate,
  Fields,
  FoundObject,
  ObjectQuery,
  Page,
  QueryChange,
  Objects,
  SpaceObjects,
  StoredObject,
} from './object-types.ts';

export interface ObjectsOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  /** Shared with the mesh; without one, the search index has its own. */
  readonly workTime?: WorkTime | undefined;
  readonly random: Random;
  readonly log: Log;
}

interface Space {
  readonly replica: Replica;
  readonly pending: Pending;
  readonly host: DocumentHost;
  readonly parts: SpaceObjectsParts;
}

const NONE: ReadonlySet<Hex> = new Set();

/** `storage` has the tables of schema.ts. */
export function createObjects(options: ObjectsOptions): Objects {
  const { storage, clock, random, log, workTime = new WorkTime(clock) } = options;
  const rows = createObjectRows(storage, wrote);
  const texts = createTextStore(storage);
  const historyIndex = createHistoryIndex(storage);
  const documents = createDocuments(texts, clock, log);
  const indexes = createPropertyIndexes({ storage, clock, log });
  const queries = createQueries(storage, indexes);
  const spaces = new Map<number, Space>();
  const clients = new Map<Hex, number>();
  const notices = new Map<number, Cancel>();
  /** By space, the objects that the next notice is about. A row that was rolled back is in it too. */
  const written = new Map<number, Set<Hex>>();
  /** By space, the objects of which a search finds something else now. */
  const rewritten = new Map<number, Set<Hex>>();
  /** Spaces whose entries were counted afresh in the transaction that is about to be committed. */
  const restarted = new Set<number>();
  let ownIdentity: Uint8Array | undefined;

  const clientId = (logId: Uint8Array): number => {
    const key = toHex(logId);
    let client = clients.get(key);
    if (client === undefined) clients.set(key, (client = yjsClientId(logId)));
    return client;
  };

  /** Logs by client id, of those that were met. */
  const logs = new Map<number, Hex>();
  function logOf(client: number, among: Iterable<Hex>): Hex | undefined {
    if (!logs.has(client)) for (const log of among) logs.set(clientId(fromHex(log)), log);
    return logs.get(client);
  }

  const unfounded = storage.prepare(
    `SELECT id, object_id FROM object WHERE space = ? AND lamport = 0
       AND NOT EXISTS (SELECT 1 FROM pending WHERE pending.space = object.space AND pending.object_id = object.object_id)`,
  );
  const whose = storage.prepare('SELECT space, object_id FROM object WHERE id = ?');
  const textIndex = createTextIndex({
    storage,
    clock,
    workTime,
    log,
    withDocument({ space, id: object, bytes }, use) {
      const host = spaces.get(space)?.host ?? detachedHost(space);
      const objectId = toHex(bytes);
      if (!texts.has(object) && host.pendingTexts(objectId).length === 0) return undefined;
      return documents.borrow(host, object, objectId, use);
    },
    onRewritten: (space, objectId) => noted(rewritten, space, toHex(objectId)),
    onRefreshed: notify,
  });

  const separation = createSeparation({
    ...{ storage, clock, log },
    onSeparated(object) {
      const row = whose.get(object) as { space: number; object_id: Uint8Array };
      noted(rewritten, row.space, toHex(row.object_id));
    },
    onDone() {
      for (const space of spaces.keys()) {
        textIndex.changed(space);
        notify(space);
      }
    },
  });

  /** Subscribers hear of a change once per tick, however many entries it came in. */
  function notify(space: number): void {
    if (notices.has(space)) return;
    notices.set(
      space,
      clock.after(0, () => {
        notices.delete(space);
        const objectIds = written.get(space) ?? NONE;
        const texts = rewritten.get(space) ?? NONE;
        written.delete(space);
        rewritten.delete(space);
        spaces.get(space)?.parts.changed(objectIds, texts);
      }),
    );
  }

  function wrote(space: number, objectId: Hex, counts: boolean): void {
    queries.changed(space, objectId, counts);
    noted(written, space, objectId);
  }

  function committed(space: number): void {
    if (restarted.delete(space)) {
      const pending = spaces.get(space)?.pending;
      pending?.objectIds().forEach((objectId) => pending.remake(objectId, true));
      sweep(space); // last: of a change of text that waited nothing may be left
      documents.reload(space);
    }
    documents.drain(space);
    textIndex.changed(space);
    notify(space);
  }

  function apply(entry: AppliedEntry, items: readonly DataItem[]): void {
    checkPaths(items);
    const log = toHex(entry.logId);
    const { lamport, seq, wall } = entry;
    const touched = new Map<Hex, Touched>();
    items.forEach(([id, registers, text], item) => {
      const objectId = toHex(id);
      let one = touched.get(objectId);
      if (one === undefined) {
        const row = rows.load(entry.spaceRow, objectId, id) ?? rows.fresh(entry.spaceRow, objectId, entry, id);
        const change = { lamport, log, seq, wall, registers: false, ...NO_TEXT, mark: undefined };
        touched.set(objectId, (one = { row, change, textBytes: 0, arrival: undefined }));
      }
      const stamp = { lamport, log, item };
      rows.touch(one.row, stamp, entry);
      one.textBytes += text?.length ?? 0;
      if (registers === null) return;
      one.change = counted(one.change, registers);
      for (const path in registers) {
        if (path === STEP_PATH) continue;
        applyOperation(one.row.registers, path, registers[path] as RegisterOperation, stamp, seq);
      }
    });
    const pending = spaces.get(entry.spaceRow)?.pending;
    for (const one of touched.values()) {
      const { row, textBytes } = one;
      const operations = pending?.operations(row.objectId);
      const isNew = row.id === undefined;
      const isIndexed = isNew && !entry.justWritten && operations === undefined && textBytes <= SHORT;
      const { fields } = rows.save(row, operations, isIndexed);
      if (isNew) one.arrival = { fields, isIndexed, texts: [] };
    }
    const textEntry = {
      client: clientId(entry.logId),
      seq: entry.seq,
      seen: (client: number) => entry.past.get(logOf(client, entry.past.keys()) ?? '') ?? 0,
      justWritten: entry.justWritten,
    };
    try {
      for (const [id, , text] of items) {
        if (text === null) continue;
        const one = touched.get(toHex(id)) as Touched;
        const isFirst = one.arrival?.texts.length === 0;
        const added = texts.add(one.row.id as number, text, { ...textEntry, isFirst });
        one.arrival?.texts.push(added);
        one.change = { ...one.change, ...joined(one.change, added) };
      }
      for (const { row, arrival } of touched.values())
        if (arrival?.isIndexed === true) textIndex.add(row, arrival.fields, plainTexts(arrival.texts));
      for (const { row, change } of touched.values()) historyIndex.add(row.id as number, change);
    } catch (error) {
      texts.undone(); // what earlier items added goes with the transaction
      throw error;
    }
    if (entry.own) ownIdentity = entry.identityId;
  }

  /** Rows stay, so that open documents keep theirs; what no entry brings back is swept away after the commit. */
  function reset(space: number): void {
    restarted.add(space);
    const pending = spaces.get(space)?.pending;
    for (const found of storage.prepare('SELECT id, object_id FROM object WHERE space = ?').all(space)) {
      texts.clear(found['id'] as number);
      historyIndex.clear(found['id'] as number);
      const objectId = toHex(found['object_id'] as Uint8Array);
      const row = rows.load(space, objectId) as ObjectRow;
      rows.save({ ...row, registers: emptyRegisters() }, pending?.operations(objectId));
    }
  }

  /** Deletes objects that no applied entry and no pending edit is about. */
  function sweep(space: number): void {
    storage.transaction(() => {
      for (const row of unfounded.all(space)) {
        textIndex.forget(row['id'] as number);
        storage.prepare('DELETE FROM object WHERE id = ?').run(row['id'] as number);
        wrote(space, toHex(row['object_id'] as Uint8Array), true);
      }
    });
  }

  function openSpace(replica: Replica): Space {
    const host: DocumentHost = {
      space: replica.row,
      clientId: () => clientId(replica.logId),
      assertWriter: () => objects.assertWriter(),
      rowOf: (objectId) => rows.idOf(replica.row, objectId),
      pendingTexts: (objectId) => pending.texts(objectId),
      renew: (objectId) => pending.remake(objectId),
      save(objectId, updates, mark, now) {
        const registers: Operations | null = mark === undefined ? null : { [STEP_PATH]: [0, markValue(mark)] };
        const edits = updates.map((text) => editOf(objectId, registers, text));
        pending.edit(edits, mark !== undefined ? 'direct' : now ? 'now' : undefined);
      },
      settle: (objectId) => pending.tryFlush([objectId]),
    };
    const pending = createPending({
      storage,
      clock,
      log,
      replica,
      rows,
      ownIdentity: () => ownIdentity,
      remakeText(objectId, updates) {
        const object = rows.idOf(replica.row, objectId);
        return object === undefined ? [] : remade(texts, object, updates, clientId(replica.logId));
      },
      onRemade: (objectId) => documents.reload(replica.row, objectId),
      onCommit: () => committed(replica.row),
    });
    const objects = createSpaceObjects({
      replica,
      ...{ log, clock, random },
      rows,
      queries,
      indexes,
      pending,
      textIndex,
      clientId: host.clientId,
      openDocument: (object, objectId, field) => documents.open(host, object, objectId, field),
      writeDocuments: (edits, store) => documents.write(host, edits, store),
      saveDocuments: (now) => documents.save(replica.row, now),
      unsavedDocuments: () => documents.unsaved(replica.row),
      past: (settle) => {
        const past = {
          ...{ replica, rows, pending, clock, clientOf: (id: Hex) => clientId(fromHex(id)), settle },
          index: historyIndex,
          assertWriter: () => objects.assertWriter(),
          withDocument<T>(object: number, objectId: Hex, use: (doc: Y.Doc) => T): T | undefined {
            if (!texts.has(object)) return undefined;
            return documents.borrow(host, object, objectId, use);
          },
          withTexts<T>(object: number, objectId: Hex, clocks: Clocks, use: (all: Texts) => T): T | undefined {
            if (!texts.has(object)) return undefined;
            return documents.lendTexts(host, object, objectId, clocks, use);
          },
        };
        const reads = createHistoryReads(past);
        return { history: createHistory({ ...past, reads }), steps: createSteps({ ...past, reads }) };
      },
    });
    return { replica, pending, host, parts: objects };
  }

  function spaceOf(replica: Replica): Space {
    let space = spaces.get(replica.row);
    if (space === undefined) {
      sweep(replica.row);
      spaces.set(replica.row, (space = openSpace(replica)));
      space.pending.tryFlush();
      if (storage.prepare('SELECT 1 FROM object WHERE space = ? AND text_dirty = 1').get(replica.row) !== undefined) {
        textIndex.changed(replica.row);
      }
    }
    return space;
  }

  return {
    apply,
    committed,
    reset,
    across: createAcross({ queries, textIndex, part: (replica) => spaceOf(replica).parts }),
    undone: () => texts.undone(),
    space: (replica) => spaceOf(replica).parts.api,
    leave({ row }) {
      spaces.get(row)?.pending.close();
      spaces.delete(row);
      notices.get(row)?.();
      notices.delete(row);
      written.delete(row);
      rewritten.delete(row);
      textIndex.leave(row);
      texts.undone(); // the numbers of its objects are given again
      documents.leave(row);
      queries.leave(row);
    },
    close() {
      documents.close(); // first: what it still has goes to the others
      for (const { pending } of spaces.values()) pending.close();
      for (const cancel of notices.values()) cancel();
      textIndex.close();
      separation.close();
      indexes.close();
      spaces.clear();
    },
  };
}

/** An object that an entry is about. */
interface Touched {
  readonly row: ObjectRow;
  change: HistoryEntry;
  textBytes: number;
  /** Where it came with this entry. If it is short too, what a search finds of it is written at once. */
  arrival: Arrival | undefined;
}

interface Arrival {
  readonly fields: Fields;
  readonly isIndexed: boolean;
  readonly texts: AddedText[];
}

function noted(by: Map<number, Set<Hex>>, space: number, objectId: Hex): void {
  const objectIds = by.get(space);
  if (objectIds === undefined) by.set(space, new Set([objectId]));
  else objectIds.add(objectId);
}

/** What the history knows of an entry, with the operations of one of its items. */
function counted(entry: HistoryEntry, operations: Readonly<Record<string, RegisterOperation>>): HistoryEntry {
  const step = operations[STEP_PATH];
  if (step === undefined) return { ...entry, registers: true };
  const registers = entry.registers || Object.keys(operations).length > 1;
  return { ...entry, registers, mark: step[0] === 0 ? markOf(step[1]) : entry.mark };
}
