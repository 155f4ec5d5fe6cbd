/** The objects of one space, as the SDK and the bridge use them: checks on what is written, batches, reads. */
import { fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { Clock, Random, Log } from '../ports.ts';
import { Batch } from './batch.ts';
import type { BatchOptions } from './batch.ts';
import { changeOf, toJson } from './change-sets.ts';
import type { SpaceHistory } from './history-types.ts';
import { ownJson } from './json-value.ts';
import type { DocumentAuthority, Fields, ObjectQuery, SpaceObjects, StoredObject } from './object-types.ts';
import { overlaid, visible } from './object-rows.ts';
import type { ObjectRows } from './object-rows.ts';
import { DELETED_PATH } from './operations.ts';
import type { Operations } from './operations.ts';
import { addings, asId, assertField, assertNoArray, assertOwnPath, assignments } from './own-edits.ts';
import { editsOf, removals, textEdits, unlike } from './own-edits.ts';
import { withoutTakenBack } from './packing.ts';
import type { Edit } from './packing.ts';
import type { Pending } from './pending.ts';
import { createLiveQueries } from './query-live.ts';
import type { LiveQueries } from './query-live.ts';
import { checkPath } from './query-filter.ts';
import type { PropertyIndexes } from './query-index.ts';
import { orderOf, readsText, searchesText } from './query.ts';
import type { Queries } from './query.ts';
import { emptyRegisters } from './registers.ts';
import type { Registers } from './registers.ts';
import type { Replica } from './replica.ts';
import type { SpaceSteps } from './steps.ts';
import type { TextIndex } from './text-index.ts';

/** How this device's programs are called among the windows of a document. */
const PROGRAM = 'sdk';

/** The object that is the space itself. */
export const SPACE_OBJECT: Hex = '0'.repeat(32);

export interface SpaceObjectsOptions {
  readonly replica: Replica;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly rows: ObjectRows;
  readonly queries: Queries;
  readonly indexes: PropertyIndexes;
  readonly pending: Pending;
  readonly textIndex: TextIndex;
  readonly clientId: () => number;
  readonly openDocument: (object: number, objectId: Hex, field: string) => DocumentAuthority;
  /** Changes open texts in one go with what `store` makes durable. */
  readonly writeDocuments: BatchOptions['write'];
  /** Makes durable what was typed, and with `now` entries where that can be; throws when it cannot. */
  readonly saveDocuments: (now?: boolean) => void;
  /** How many open texts have changes that are in memory only. */
  readonly unsavedDocuments: () => number;
  /** `settle` makes entries of what can become one. */
  readonly past: (settle: () => void) => { readonly history: SpaceHistory; readonly steps: SpaceSteps };
}

export interface SpaceObjectsParts {
  readonly api: SpaceObjects;
  assertWriter(): void;
  /** Before a query reads. */
  settle(query: ObjectQuery): void;
  /** Before a page is read that others will follow. */
  settlePage(query: ObjectQuery): void;
  /** Before a search. */
  settleTyping(): void;
  /** For a live query across spaces. */
  watch: LiveQueries['watch'];
  /** Runs subscriptions; `objectIds` are the objects whose rows were written, `texts` those that searches find otherwise now. */
  changed(objectIds: ReadonlySet<Hex>, texts: ReadonlySet<Hex>): void;
}

const isOrderedBy = (query: ObjectQuery, date: 'created' | 'updated'): boolean =>
  orderOf(query).some(({ by }) => by === date);

export function createSpaceObjects(options: SpaceObjectsOptions): SpaceObjectsParts {
  const { replica, rows, queries, pending, textIndex } = options;
  const space = replica.row;
  const listeners = new Listeners<[objectIds: ReadonlySet<Hex>]>(options.log);
  const live = createLiveQueries(queries, space, options.log);
  let batch: Batch | undefined;

  function assertWriter(): void {
    if (!replica.mayWrite()) throw new CoveError('not-permitted');
  }

  /** What adds to sets is `direct`: it waits in no pending edit, where an operation replaces the one before it at its path. */
  function write(edits: readonly Edit[], how?: 'direct'): void {
    assertMayWrite();
    if (batch !== undefined) batch.add(edits);
    else pending.edit(edits, how);
  }

  /** Within a batch nothing can change it. */
  function assertMayWrite(): void {
    if (batch === undefined || batch.isEmpty) assertWriter();
  }

  /** What reads more than single objects sees what was written before it, inside a batch too. */
  function settleBatch(): void {
    batch?.settle();
  }

  /** Reads see what was typed before them. What could not be stored is told by its document, not by whoever reads. */
  function saveTyping(): void {
    try {
      options.saveDocuments();
    } catch (error) {
      if (!(error instanceof CoveError)) throw error;
    }
  }

  function settleTyping(): void {
    settleBatch();
    saveTyping();
  }

  function settleTexts(): void {
    settleTyping();
    textIndex.refresh(space);
  }

  /** A page of a list does not wait for the texts of 10,000 new objects, but for its own. */
  function settle(query: ObjectQuery): void {
    if (searchesText(query)) return settleTexts();
    if (!readsText(query) && !isOrderedBy(query, 'updated')) return settleBatch();
    settleTyping();
    if (!readsText(query)) return;
    const { excerpt: _excerpt, texts: _texts, ...bare } = query;
    textIndex.refreshOnly(space, () => queries.run(space, bare).map(({ object }) => fromHex(object.id)));
  }

  /** The first entry dates an object: one that got it later than its page was read would come again on another. */
  function settlePage(query: ObjectQuery): void {
    settle(query);
    if (query.limit !== undefined && isOrderedBy(query, 'created') && replica.mayWrite()) pending.tryFlushNew();
  }

  function inBatch<T>(fn: () => T): T {
    const own = new Batch({
      open: openText,
      clientId: options.clientId,
      write: options.writeDocuments,
      store: (edits) => pending.edit(edits, 'direct'),
    });
    batch = own;
    try {
      const result = fn();
      batch = undefined; // whoever hears of its texts writes on his own
      own.settle();
      return result;
    } finally {
      batch = undefined;
      own.close();
    }
  }

  /** A batch in a batch: when it throws, what was before it in the outer one stays. */
  function within<T>(outer: Batch, fn: () => T): T {
    const mark = outer.mark();
    try {
      return fn();
    } catch (error) {
      outer.undoTo(mark);
      throw error;
    }
  }

  const isStored = (objectId: Hex): boolean => rows.idOf(space, asId(objectId)) !== undefined;

  const knows = (objectId: Hex): boolean => batch?.has(objectId) === true || isStored(objectId);

  function assertKnown(objectId: Hex): void {
    if (!knows(objectId)) throw new CoveError('object-not-found');
  }

  function change(objectId: Hex, operations: Operations): void {
    write(editsOf(objectId, operations));
  }

  /** What stands there already is not written again: it would be a step of which nothing is left. */
  function put(objectId: Hex, operations: Operations): void {
    assertMayWrite();
    const news = unlike(fieldsOf(objectId) ?? {}, operations);
    if (Object.keys(news).length > 0) change(objectId, news);
  }

  /** What waits goes first: taking this back must not take that back too. */
  function setDeleted(objectId: Hex, deleted: boolean): void {
    assertKnown(objectId);
    assertMayWrite();
    if (get(objectId, false)?.deleted === deleted) return;
    if (batch === undefined) pending.tryFlush([objectId]);
    change(objectId, { [DELETED_PATH]: [0, deleted] });
  }

  function get(objectId: Hex, texts: boolean): StoredObject | undefined {
    const id = fromHex(asId(objectId));
    if (texts) {
      saveTyping();
      textIndex.refreshOnly(space, () => [id]);
    }
    const stored = queries.one(space, id, texts);
    return batch?.has(objectId) === true ? asWritten(batch, objectId, stored, texts) : stored;
  }

  /** An object with what the batch has written of it, which is not stored yet. */
  function asWritten(within: Batch, objectId: Hex, stored: StoredObject | undefined, texts: boolean): StoredObject {
    const { fields, deleted } = visible(registersOf(objectId), undefined);
    const [now, author] = [options.clock.now(), toHex(replica.identityId)];
    return {
      ...(stored ?? { id: objectId, createdAt: now, createdBy: author }),
      ...{ fields, deleted, updatedAt: now, updatedBy: author },
      type: typeof fields['type'] === 'string' ? fields['type'] : undefined,
      ...(texts && { texts: { ...stored?.texts, ...within.texts(objectId) } }),
    };
  }

  /** What a batch has written of an object is laid over its row. */
  function fieldsOf(objectId: Hex): Fields | undefined {
    if (batch === undefined || batch.editsOf(objectId).length === 0) return queries.fields(space, asId(objectId));
    return visible(registersOf(objectId), undefined).fields;
  }

  /** With all that is no entry yet. */
  function registersOf(objectId: Hex): Registers {
    const edits = withoutTakenBack(batch?.editsOf(objectId) ?? []);
    const operations = [pending.operations(objectId), ...edits.map(({ registers }) => registers)];
    return overlaid(
      rows.load(space, objectId)?.registers ?? emptyRegisters(),
      operations.map((some) => some ?? {}),
    );
  }

  function openText(objectId: Hex, field: string): DocumentAuthority {
    const object = rows.idOf(space, asId(objectId));
    if (object === undefined) throw new CoveError('object-not-found');
    return options.openDocument(object, objectId, assertField(field));
  }

  function textOf(objectId: Hex, field: string): string {
    return batch?.text(objectId, field) ?? get(objectId, true)?.texts?.[field] ?? '';
  }

  const changeText: SpaceObjects['changeText'] = (objectId, field, make) => {
    if (batch !== undefined) {
      assertKnown(objectId);
      assertMayWrite();
      return batch.change(objectId, assertField(field), isStored(objectId), make);
    }
    const document = openText(objectId, field);
    try {
      const present = document.text();
      const changes = changeOf(make(present), present.length);
      if (changes.empty) return;
      const update = toJson({ changes, clientID: PROGRAM });
      document.push(document.version, [update]);
      document.save();
    } finally {
      document.close();
    }
  };

  function execute(query: ObjectQuery): StoredObject[] {
    settle(query);
    return queries.run(space, query).map(({ object }) => object);
  }

  const api: SpaceObjects = {
    create(fields, texts = {}, sets = {}) {
      const { random } = options;
      const objectId = toHex(random.identifier?.() ?? random.bytes(16));
      const edits = [...editsOf(objectId, assignments(fields)), ...textEdits(objectId, texts, options.clientId)];
      const added = Object.entries(sets).flatMap(([path, elements]) => addings(objectId, path, elements));
      write([...edits, ...added], added.length === 0 ? undefined : 'direct');
      return objectId;
    },
    get: (objectId, { texts = false } = {}) => get(objectId, texts),
    fields: fieldsOf,
    set(objectId, path, value) {
      assertKnown(objectId);
      assertOwnPath(path);
      assertNoArray(fieldsOf(objectId), path);
      put(objectId, { [path]: [0, ownJson(value, path)] });
    },
    unset(objectId, path) {
      assertKnown(objectId);
      assertOwnPath(path);
      assertNoArray(fieldsOf(objectId), path);
      put(objectId, { [path]: [1] });
    },
    update(objectId, fields) {
      assertKnown(objectId);
      put(objectId, assignments(fields));
    },
    addTo(objectId, path, ...elements) {
      assertKnown(objectId);
      write(addings(objectId, path, elements), 'direct');
    },
    removeFrom(objectId, path, ...elements) {
      assertKnown(objectId);
      assertWriter();
      const edits = removals(objectId, path, elements, registersOf(objectId));
      if (edits.length > 0) write(edits, 'direct');
    },
    remove: (objectId) => setDeleted(objectId, true),
    restore: (objectId) => setDeleted(objectId, false),
    batch: (fn) => (batch === undefined ? inBatch(fn) : within(batch, fn)),
    query: (query = {}) => execute(query),
    count(query = {}) {
      settle(query);
      return queries.count(space, query);
    },
    page(query = {}) {
      settlePage(query);
      const { objects, next } = queries.page(space, query);
      return { objects, next };
    },
    ids(query = {}) {
      settlePage(query);
      return queries.ids(space, query);
    },
    keepIndex(type, path) {
      checkPath(path);
      options.indexes.keep(type, path);
    },
    subscribe(query, fn) {
      settle(query);
      return live.add(query, (_change, objects) => fn(objects()));
    },
    follow(query, fn) {
      settle(query);
      return live.add(query, fn);
    },
    search(words, limit) {
      settleTexts();
      const found = textIndex.search([space], words, limit);
      return found.map(({ objectId, space: _space, ...hit }) => ({ id: toHex(objectId), ...hit }));
    },
    caughtUp() {
      settleTyping();
      return textIndex.catchUp(space);
    },
    document(objectId, field) {
      settleBatch();
      return openText(objectId, field);
    },
    text: textOf,
    changeText,
    spaceFields: () => fieldsOf(SPACE_OBJECT) ?? {},
    setSpaceField(name, value) {
      change(SPACE_OBJECT, assignments({ [name]: value }));
    },
    setWatched: (objectId, watched) => pending.setWatched(objectId, watched),
    onChange: listeners.add,
    flush() {
      settleBatch();
      options.saveDocuments(true);
      pending.flush();
    },
    pendingCount: () => pending.count() + options.unsavedDocuments(),
    ...options.past(() => {
      settleTyping();
      if (replica.mayWrite()) pending.tryFlush();
    }),
    lamportOf(objectId) {
      if (batch?.has(objectId) === true) return undefined;
      const waits = pending.operations(asId(objectId)) !== undefined || pending.texts(objectId).length > 0;
      return waits || options.unsavedDocuments() > 0 ? undefined : rows.lamportOf(space, objectId);
    },
  };

  return {
    api,
    assertWriter,
    settle,
    settlePage,
    settleTyping,
    watch: live.watch,
    changed(objectIds, texts) {
      live.run(objectIds, texts);
      listeners.call(objectIds);
    },
  };
}
