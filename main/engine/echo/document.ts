/**
 * Documents that somebody edits or watches: the only Yjs authors of this device. Windows hold no Yjs; they send
 * CodeMirror change sets with the version they were made on, which are applied under the log's client id and given
 * to all windows in the order they were accepted (the authority of @codemirror/collab).
 *
 * Only updates on the present version are accepted; a window that lost the race rebases and sends again. Rebasing
 * here as well would be one step shorter, but mapping a change over two others one by one and over both at once can
 * differ, and then the window and this authority would (2 of 60 random sessions did).
 *
 * One commit per frame, not per push: a push that comes when none was made for a frame is committed before it returns,
 * and others wait for the frame's end, when they go into the Yjs document as one change and into the database as one
 * row. So the document always holds exactly what is stored. Windows hear `saved` after the commit only, or `unsaved`
 * when it failed; then what was accepted is kept and tried again (docs/decisions/0008-one-commit-per-frame.md).
 */
import * as Y from 'yjs';
import type { Hex } from '../bytes.ts';
import { changeOf, changesOf, fitting, splicesOf, toJson } from './change-sets.ts';
import { CoveError } from '../errors.ts';
import type { Clock, Log } from '../ports.ts';
import type { DocumentHost } from './document-host.ts';
import { writeTogether } from './document-together.ts';
import type { TextEdit, Updates } from './document-together.ts';
import { createFieldHistory } from './field-history.ts';
import type { FieldHistory } from './field-history.ts';
import type { DocumentAuthority, DocumentUpdate } from './object-types.ts';
import { isSaved, keyOf, positionOf, rowOf, storedText } from './open-document.ts';
import type { OpenDocument } from './open-document.ts';
import type { StepKind, StepMark } from './step-mark.ts';
import { copiesIn, copiesOf } from './step-text.ts';
import { TEXT_ROOT } from './text-check.ts';
import { textsOf } from './text-runs.ts';
import type { Clocks, Texts } from './text-runs.ts';
import { REMOTE, difference, writeText } from './text.ts';
import type { TextStore } from './text.ts';

/** The longest that an accepted push may be in memory only. */
const FRAME_MS = 16;
/** After a commit that failed. */
const RETRY_MS = [1_000, 2_000, 5_000, 10_000] as const;

type PushResult = ReturnType<DocumentAuthority['push']>;

export interface Documents {
  open(host: DocumentHost, object: number, objectId: Hex, field: string): DocumentAuthority;
  /** Makes durable what was accepted in a space, `now` in entries; throws when something could not be, after trying everything. */
  save(space: number, now?: boolean): void;
  /**
   * Changes texts that are open in one go with what else `store` makes durable, for all of which it gets the updates.
   * Throws what `store` throws; then nothing is shown but what is stored.
   */
  write(host: DocumentHost, edits: readonly TextEdit[], store: (updates: Updates) => void): void;
  /** How many open texts of a space have changes that are in memory only. */
  unsaved(space: number): number;
  /** Brings what was applied since to the open documents of a space and to their windows. */
  drain(space: number): void;
  /** Builds an open document, or all of a space, again from what is stored. */
  reload(space: number, objectId?: Hex): void;
  /** Lends a document, loading it for the moment if nobody has it open. */
  borrow<T>(host: DocumentHost, object: number, objectId: Hex, use: (doc: Y.Doc) => T): T;
  /** Lends texts with so many characters of each client: of a document that is open, as they were folded, or loading it. */
  lendTexts<T>(host: DocumentHost, object: number, objectId: Hex, clocks: Clocks, use: (texts: Texts) => T): T;
  /** Unloads the documents of a space that is about to be deleted here. */
  leave(space: number): void;
  /** Commits what it can and unloads everything. */
  close(): void;
}

export function createDocuments(texts: TextStore, clock: Clock, log: Log): Documents {
  /** By space and object: the number of a row that is gone may be another object's by now. */
  const open = new Map<string, OpenDocument>();

  function load(host: DocumentHost, object: number, objectId: Hex): { doc: Y.Doc; at: number } {
    const loaded = texts.load(object);
    for (const update of host.pendingTexts(objectId)) Y.applyUpdate(loaded.doc, update, REMOTE);
    return loaded;
  }

  /** Starts again from what is stored, after Yjs or the disk failed; windows get the difference as a change. */
  function reload(one: OpenDocument): void {
    one.stale = true;
    if (one.busy) return;
    build(one);
    for (const [field, history] of one.fields) {
      correct(one, field);
      history.announce();
    }
  }

  function build(one: OpenDocument): void {
    one.stale = true;
    one.object = rowOf(one);
    const loaded = load(one.host, one.object, one.objectId);
    one.doc.destroy();
    Object.assign(one, loaded, { stale: false });
    for (const field of one.fields.keys()) watch(one, field);
  }

  /** Makes the windows' text equal to the document's, what is unsaved left on top. */
  function correct(one: OpenDocument, field: string): void {
    const history = one.fields.get(field) as FieldHistory;
    const [known, stored] = [history.stored.toString(), storedText(one, field)];
    if (known !== stored) history.absorb(changeOf(difference(known, stored), known.length));
  }

  function watch(one: OpenDocument, field: string): void {
    const history = one.fields.get(field) as FieldHistory;
    one.doc.getText(TEXT_ROOT + field).observe((event) => {
      if (event.transaction.origin === REMOTE) history.absorb(changesOf(event, history.stored.length));
    });
  }

  function drainOne(one: OpenDocument): void {
    if (one.busy) return;
    if (one.stale || one.object !== rowOf(one)) {
      reload(one);
      return;
    }
    try {
      const at = texts.catchUp(one.object, one.doc, one.at);
      if (at === one.at) return;
      one.at = at;
      if (one.doc.store.pendingStructs !== null || one.doc.store.pendingDs !== null) {
        log('a text update waits for another one', { object: one.object });
      }
    } catch (error) {
      log('a text update failed; the document is built again', { reason: String(error) });
      reload(one);
      return;
    }
    for (const [field, history] of one.fields) {
      // Yjs replaces the halves of a surrogate pair that an update cut, without saying so.
      if (history.hasPairs) correct(one, field);
      history.announce();
    }
  }

  function push(
    one: OpenDocument,
    field: string,
    version: number,
    updates: readonly DocumentUpdate[],
    kind: StepKind | undefined,
  ): PushResult {
    one.host.assertWriter();
    const history = one.fields.get(field) as FieldHistory;
    if (history.since(version) === undefined) throw new CoveError('bad-request', { reason: 'version' });
    if (version !== history.version) return { status: 'stale', version: history.version };
    // What was typed before is no part of what reverts it.
    const mark = kind !== undefined && commit(one) === undefined ? kind : undefined;
    if (version !== history.version) return { status: 'stale', version: history.version };
    const fits = fitting(history, updates);
    if (fits !== undefined) history.accept(fits);
    const accepted = history.version;
    const wait = one.committed + FRAME_MS - clock.monotonic();
    if (mark !== undefined || (one.failures === 0 && wait <= 0)) {
      commit(one, mark);
    } else {
      history.announce();
      one.cancelCommit ??= clock.after(Math.max(0, wait), () => commit(one));
    }
    return { status: 'accepted', version: accepted };
  }

  /** Stores what was accepted; returns why it could not. */
  function commit(one: OpenDocument, kind?: StepKind, now = false): CoveError | undefined {
    one.cancelCommit?.();
    one.cancelCommit = undefined;
    if (one.busy || isSaved(one)) return undefined;
    try {
      if (one.stale) reload(one);
      one.host.renew(one.objectId);
      one.busy = true;
      const copies: number[] = [];
      const updates = [...one.fields].flatMap(([field, history]) => {
        const changes = history.unsaved();
        if (changes === undefined) return [];
        const [client, splices] = [one.host.clientId(), splicesOf(changes)];
        if (kind === undefined) return writeText(one.doc, field, client, splices);
        const copied = copiesIn(one.doc, field, splices);
        copies.push(...copiesOf(copied, Y.getState(one.doc.store, client)));
        return writeText(one.doc, field, client, copied);
      });
      const mark: StepMark | undefined = kind && { kind, only: 'texts', step: undefined, copies };
      if (updates.length > 0) one.host.save(one.objectId, updates, mark, now);
    } catch (error) {
      return failed(one, error);
    }
    one.failures = 0;
    one.committed = clock.monotonic();
    for (const history of one.fields.values()) history.saved();
    one.busy = false;
    drainOne(one);
    for (const history of one.fields.values()) history.announce();
    if (one.users === 0) unload(one);
    return undefined;
  }

  /** What is on the screen stays there and is tried again. */
  function failed(one: OpenDocument, error: unknown): CoveError {
    const known = error instanceof CoveError ? error : new CoveError('internal', {}, error);
    log('edits could not be stored', { type: known.type, object: one.object });
    one.busy = false;
    one.committed = clock.monotonic();
    try {
      build(one); // the document has the changes, the database has not, or not all of them
      for (const [field, history] of one.fields) history.failed(storedText(one, field), known);
    } catch (again) {
      log('a document could not be built again', { reason: String(again) });
    }
    for (const history of one.fields.values()) history.announce();
    one.cancelCommit = clock.after(RETRY_MS[Math.min(one.failures++, RETRY_MS.length - 1)] as number, () =>
      commit(one),
    );
    return known;
  }

  function release(one: OpenDocument): void {
    if (--one.users > 0 || open.get(keyOf(one)) !== one) return; // or its space was deleted here
    commit(one);
    if (isSaved(one)) unload(one); // else it stays until it could be stored
  }

  function unload(one: OpenDocument): void {
    if (open.get(keyOf(one)) !== one) return;
    one.host.settle(one.objectId);
    if (!one.stale) fold(one); // else it may lack what is stored
    open.delete(keyOf(one));
    one.doc.destroy();
  }

  /** Opening it again takes longer without, nothing else. */
  function fold(one: OpenDocument): void {
    try {
      checkpoint(one, one.doc);
    } catch (error) {
      log('a text was not folded', { reason: String(error) });
    }
  }

  function checkpoint(
    { host, object, objectId }: Pick<OpenDocument, 'host' | 'object' | 'objectId'>,
    doc: Y.Doc,
  ): void {
    if (host.pendingTexts(objectId).length === 0) texts.checkpoint(object, doc);
  }

  function authority(one: OpenDocument, field: string): DocumentAuthority {
    let history = one.fields.get(field);
    if (history === undefined) {
      history = createFieldHistory(storedText(one, field), log);
      one.fields.set(field, history);
      watch(one, field);
    }
    const known = history;
    let closed = false;
    return {
      objectId: one.objectId,
      field,
      get version() {
        return known.version;
      },
      text: () => known.text.toString(),
      push(version, updates, { kind } = {}) {
        if (closed) throw new CoveError('closed');
        return push(one, field, version, updates, kind);
      },
      save() {
        const error = commit(one);
        if (error !== undefined) throw error;
      },
      pull: (version) => known.since(version)?.map(toJson),
      subscribe: (fn) => known.subscribe(fn),
      anchor(position, version = known.version) {
        const now = (known.since(version) ?? []).reduce((at, { changes }) => changes.mapPos(at, 1), position);
        commit(one); // other devices are told of stored places only
        const shown = Math.max(0, Math.min(now, known.text.length));
        const place = known.unsaved()?.invertedDesc.mapPos(shown) ?? shown;
        const text = one.doc.getText(TEXT_ROOT + field);
        return Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, place));
      },
      position(anchor) {
        const place = positionOf(one.doc, TEXT_ROOT + field, anchor);
        return place === undefined ? undefined : (known.unsaved()?.mapPos(place, 1) ?? place);
      },
      close() {
        if (closed) return;
        closed = true;
        release(one);
      },
    };
  }

  const documents: Documents = {
    open(host, object, objectId, field) {
      let one = open.get(keyOf({ host, objectId }));
      if (one === undefined) {
        one = {
          host,
          object,
          objectId,
          fields: new Map(),
          users: 0,
          busy: false,
          stale: false,
          committed: -Infinity,
          failures: 0,
          cancelCommit: undefined,
          ...load(host, object, objectId),
        };
        open.set(keyOf(one), one);
      }
      one.users++;
      return authority(one, field);
    },
    save(space, now) {
      const ours = [...open.values()].filter((one) => one.host.space === space);
      const errors = ours.map((one) => commit(one, undefined, now));
      const error = errors.find((one) => one !== undefined);
      if (error !== undefined) throw error;
    },
    write(host, edits, store) {
      const find = (objectId: Hex) => open.get(keyOf({ host, objectId })) as OpenDocument;
      const failed = (one: OpenDocument, reason: unknown) =>
        log('a document could not be built again', { reason: String(reason), object: one.object });
      writeTogether(edits, store, { find, commit, reload, drain: drainOne, failed });
    },
    unsaved(space) {
      let count = 0;
      for (const one of open.values()) if (one.host.space === space && !isSaved(one)) count++;
      return count;
    },
    drain(space) {
      for (const one of open.values()) if (one.host.space === space) drainOne(one);
    },
    reload(space, objectId) {
      for (const one of open.values()) {
        if (one.host.space === space && (objectId === undefined || one.objectId === objectId)) reload(one);
      }
    },
    lendTexts(host, object, objectId, clocks, use) {
      const folded = open.has(keyOf({ host, objectId })) ? undefined : texts.folded(object);
      if (folded?.reach(clocks)) return use(folded);
      return documents.borrow(host, object, objectId, (doc) => use(textsOf(doc)));
    },
    borrow(host, object, objectId, use) {
      const opened = open.get(keyOf({ host, objectId }));
      const { doc } = opened ?? load(host, object, objectId);
      try {
        const result = use(doc);
        checkpoint({ host, object, objectId }, doc);
        return result;
      } finally {
        if (opened === undefined) doc.destroy();
      }
    },
    leave(space) {
      for (const [key, one] of open) {
        if (one.host.space !== space) continue;
        one.cancelCommit?.();
        one.doc.destroy();
        open.delete(key);
      }
    },
    close() {
      for (const one of [...open.values()]) {
        commit(one);
        one.cancelCommit?.();
        if (isSaved(one) && !one.stale) fold(one); // it may be the first to be opened again
        one.doc.destroy();
      }
      open.clear();
    },
  };
  return documents;
}
