/** The objects of one space, as the SDK and the bridge use them: checks on what is written, batches, reads. */
import { fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { Random, Log } from '../ports.ts';
import type { SpaceHistory } from './history-types.ts';
import { LONGEST_PATH, fieldPointer, ownJson, parsePointer } from './json-value.ts';
import type { DocumentAuthority, Fields, ObjectQuery, SpaceObjects, StoredObject } from './object-types.ts';
import { NO_LOG, overlaid } from './object-rows.ts';
import type { ObjectRows } from './object-rows.ts';
import { DELETED_PATH } from './operations.ts';
import type { Operations } from './operations.ts';
import { ENTRY_BYTES, editOf, packed, withoutTakenBack } from './packing.ts';
import type { Edit } from './packing.ts';
import type { Pending } from './pending.ts';
import { createLiveQueries } from './query-live.ts';
import type { LiveQueries } from './query-live.ts';
import { checkPath } from './query-filter.ts';
import type { PropertyIndexes } from './query-index.ts';
import { orderOf, readsText, searchesText } from './query.ts';
import type { Queries } from './query.ts';
import { addingsOf, emptyRegisters, materialise } from './registers.ts';
import type { Registers } from './registers.ts';
import type { JsonValue, Replica } from './replica.ts';
import { STEP_PATH } from './step-mark.ts';
import type { SpaceSteps } from './steps.ts';
import { newDocument, normaliseLines, writeText } from './text.ts';
import type { TextIndex } from './text-index.ts';

/** The object that is the space itself. */
export const SPACE_OBJECT: Hex = '0'.repeat(32);

export interface SpaceObjectsOptions {
  readonly replica: Replica;
  readonly random: Random;
  readonly log: Log;
  readonly rows: ObjectRows;
  readonly queries: Queries;
  readonly indexes: PropertyIndexes;
  readonly pending: Pending;
  readonly textIndex: TextIndex;
  readonly clientId: () => number;
  readonly openDocument: (object: number, objectId: Hex, field: string) => DocumentAuthority;
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
  /** Before a search. */
  settleTyping(): void;
  /** For a live query across spaces. */
  watch: LiveQueries['watch'];
  /** Runs subscriptions; `objectIds` are the objects whose rows were written, `texts` those that searches find otherwise now. */
  changed(objectIds: ReadonlySet<Hex>, texts: ReadonlySet<Hex>): void;
}

export function createSpaceObjects(options: SpaceObjectsOptions): SpaceObjectsParts {
  const { replica, rows, queries, pending, textIndex } = options;
  const space = replica.row;
  const listeners = new Listeners<[objectIds: ReadonlySet<Hex>]>(options.log);
  const live = createLiveQueries(queries, space, options.log);
  let batch: Edit[] | undefined;

  function assertWriter(): void {
    if (!replica.mayWrite()) throw new CoveError('not-permitted');
  }

  /** What adds to sets is `direct`: it waits in no pending edit, where an operation replaces the one before it at its path. */
  function write(edits: readonly Edit[], how?: 'direct'): void {
    if (batch === undefined || batch.length === 0) assertWriter(); // within a batch nothing can change it
    if (batch !== undefined) batch.push(...edits);
    else pending.edit(edits, how);
  }

  /** Reads see what was written before them, inside a batch too. */
  function settleBatch(): void {
    if (batch === undefined || batch.length === 0) return;
    const edits = batch;
    batch = [];
    pending.edit(withoutTakenBack(edits), 'direct');
  }

  /** Reads see what was typed before them. What could not be stored is told by its document, not by whoever reads. */
  function settleTyping(): void {
    settleBatch();
    try {
      options.saveDocuments();
    } catch (error) {
      if (!(error instanceof CoveError)) throw error;
    }
  }

  function settleTexts(): void {
    settleTyping();
    textIndex.refresh(space);
  }

  /** A page of a list does not wait for the texts of 10,000 new objects, but for its own. */
  function settle(query: ObjectQuery): void {
    if (searchesText(query)) return settleTexts();
    if (!readsText(query) && !orderOf(query).some(({ by }) => by === 'updated')) return settleBatch();
    settleTyping();
    if (!readsText(query)) return;
    const { excerpt: _excerpt, texts: _texts, ...bare } = query;
    textIndex.refreshOnly(space, () => queries.run(space, bare).map(({ object }) => fromHex(object.id)));
  }

  /** A batch in a batch: when it throws, what was before it in the outer one stays. */
  function within<T>(outer: Edit[], fn: () => T): T {
    const before = outer.length;
    try {
      return fn();
    } catch (error) {
      if (batch === outer) batch.length = before;
      else batch = []; // what was before it is written
      throw error;
    }
  }

  const knows = (objectId: Hex): boolean =>
    (batch?.some((edit) => edit.objectId === objectId) ?? false) || rows.idOf(space, asId(objectId)) !== undefined;

  function assertKnown(objectId: Hex): void {
    if (!knows(objectId)) throw new CoveError('object-not-found');
  }

  function change(objectId: Hex, operations: Operations): void {
    write(editsOf(objectId, operations));
  }

  /** What waits goes first: taking this back must not take that back too. */
  function setDeleted(objectId: Hex, deleted: boolean): void {
    assertKnown(objectId);
    if (batch === undefined && replica.mayWrite()) pending.tryFlush([objectId]);
    change(objectId, { [DELETED_PATH]: [0, deleted] });
  }

  function get(objectId: Hex, texts: boolean): StoredObject | undefined {
    if (texts) {
      settleTyping();
      textIndex.refreshOnly(space, () => [fromHex(asId(objectId))]);
    } else settleBatch();
    return queries.one(space, fromHex(asId(objectId)), texts);
  }

  /** What a batch has written of an object is laid over its row: reading it does not end the entry. */
  function fieldsOf(objectId: Hex): Fields | undefined {
    if (batch?.some((edit) => edit.objectId === objectId) !== true)
      return queries.fields(space, fromHex(asId(objectId)));
    const { deleted: _deleted, ...fields } = materialise(registersOf(objectId));
    return fields;
  }

  /** With all that is no entry yet. */
  function registersOf(objectId: Hex): Registers {
    const edits = withoutTakenBack((batch ?? []).filter((edit) => edit.objectId === objectId));
    const operations = [pending.operations(objectId), ...edits.map(({ registers }) => registers)];
    return overlaid(
      rows.load(space, objectId)?.registers ?? emptyRegisters(),
      operations.map((some) => some ?? {}),
    );
  }

  /** A path into an array would turn it into a record: arrays are values. */
  function assertNoArray(objectId: Hex, path: string): void {
    const keys = parsePointer(path) as string[];
    if (keys.length === 1) return;
    let at: JsonValue | undefined = fieldsOf(objectId) as JsonValue | undefined;
    for (const key of keys.slice(0, -1)) {
      at = typeof at === 'object' && at !== null ? (at as Readonly<Record<string, JsonValue>>)[key] : undefined;
      if (Array.isArray(at)) throw new CoveError('value-invalid', { path: path.slice(0, 200) });
    }
  }

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
      assertNoArray(objectId, path);
      change(objectId, { [path]: [0, ownJson(value)] });
    },
    unset(objectId, path) {
      assertKnown(objectId);
      assertOwnPath(path);
      assertNoArray(objectId, path);
      change(objectId, { [path]: [1] });
    },
    update(objectId, fields) {
      assertKnown(objectId);
      change(objectId, assignments(fields));
    },
    addTo(objectId, path, ...elements) {
      assertKnown(objectId);
      write(addings(objectId, path, elements), 'direct');
    },
    removeFrom(objectId, path, element) {
      assertKnown(objectId);
      assertOwnPath(path);
      assertWriter();
      const value = ownJson(element);
      const all = addingsOf(registersOf(objectId), path, value);
      if (all.length === 0) return;
      const seen = all.filter(([log]) => log !== NO_LOG);
      const tags = seen.map(([log, seq]) => [fromHex(log), seq] as const);
      write([editOf(objectId, { [path]: [3, value, tags] })], 'direct');
    },
    remove: (objectId) => setDeleted(objectId, true),
    restore: (objectId) => setDeleted(objectId, false),
    batch(fn) {
      if (batch !== undefined) return within(batch, fn);
      batch = [];
      try {
        const result = fn();
        settleBatch();
        return result;
      } finally {
        batch = undefined;
      }
    },
    query: (query = {}) => execute(query),
    count(query = {}) {
      settle(query);
      return queries.count(space, query);
    },
    page(query = {}) {
      settle(query);
      const { objects, next } = queries.page(space, query);
      return { objects, next };
    },
    ids(query = {}) {
      settle(query);
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
      const object = rows.idOf(space, asId(objectId));
      if (object === undefined) throw new CoveError('object-not-found');
      return options.openDocument(object, objectId, assertField(field));
    },
    spaceFields: () => get(SPACE_OBJECT, false)?.fields ?? {},
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
      settleBatch();
      const waits = pending.operations(asId(objectId)) !== undefined || pending.texts(objectId).length > 0;
      return waits || options.unsavedDocuments() > 0 ? undefined : rows.lamportOf(space, objectId);
    },
  };

  return {
    api,
    assertWriter,
    settle,
    settleTyping,
    watch: live.watch,
    changed(objectIds, texts) {
      live.run(objectIds, texts);
      listeners.call(objectIds);
    },
  };
}

function assignments(fields: Fields): Operations {
  const operations: Operations = {};
  for (const name of Object.keys(fields)) {
    const path = fieldPointer(name.toWellFormed());
    if (!isOwnField(path)) throw new CoveError('value-invalid', { path: path.slice(0, 200) });
    operations[path] = [0, ownJson(fields[name])];
  }
  return operations;
}

function addings(objectId: Hex, path: string, elements: readonly JsonValue[]): Edit[] {
  assertOwnPath(path);
  return elements.map((element) => editOf(objectId, { [path]: [2, ownJson(element)] }));
}

/** One edit, or several when together they would not fit an entry. */
function editsOf(objectId: Hex, registers: Operations): Edit[] {
  const single = editOf(objectId, registers);
  if (single.size <= ENTRY_BYTES) return [single];
  const parts = Object.entries(registers).map(([path, operation]) => editOf(objectId, { [path]: operation }));
  return packed(parts).map((run) => editOf(objectId, Object.assign({}, ...run.map((part) => part.registers))));
}

/** A new object's text, written in a document of its own. */
function textEdits(objectId: Hex, texts: Readonly<Record<string, string>>, clientId: () => number): Edit[] {
  const fields = Object.entries(texts).filter(([, text]) => text !== '');
  if (fields.length === 0) return [];
  const doc = newDocument();
  const updates = fields.flatMap(([field, text]) =>
    writeText(doc, assertField(field), clientId(), [{ at: 0, remove: 0, insert: normaliseLines(text.toWellFormed()) }]),
  );
  doc.destroy();
  return updates.map((text) => editOf(objectId, null, text));
}

/** The same for the pointer to a top-level field, which is well-formed by its making. */
const isOwnField = (path: string): boolean =>
  path !== DELETED_PATH && path !== STEP_PATH && path !== '/__proto__' && path.length <= LONGEST_PATH;

function assertOwnPath(path: string): void {
  const reserved = [DELETED_PATH, STEP_PATH].some((own) => path === own || path.startsWith(`${own}/`));
  if (parsePointer(path) === undefined || reserved) throw new CoveError('value-invalid', { path: path.slice(0, 200) });
}

function assertField(field: string): string {
  if (field === '' || field.length > 200) throw new CoveError('value-invalid', { field: field.slice(0, 200) });
  return field.toWellFormed();
}

/** Anything that is no object id names no object. */
function asId(objectId: Hex): Hex {
  if (!/^[0-9a-f]{32}$/.test(objectId)) throw new CoveError('object-not-found');
  return objectId;
}
