/**
 * Documents that somebody edits or watches: the only Yjs authors of this device. Windows hold no Yjs; they send
 * CodeMirror change sets with the version they were made on, which are applied under the log's client id and given
 * to all windows in the order they were accepted (the authority of @codemirror/collab).
 *
 * Only updates on the present version are accepted; a window that lost the race rebases and sends again. Rebasing
 * here as well would be one step shorter, but mapping a change over two others one by one and over both at once can
 * differ, and then the window and this authority would (2 of 60 random sessions did).
 */
import { ChangeSet } from '@codemirror/state';
import * as Y from 'yjs';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import type { Log } from '../ports.ts';
import { createFieldHistory } from './field-history.ts';
import type { FieldHistory, FieldUpdate } from './field-history.ts';
import { isWellFormed } from './json-value.ts';
import type { DocumentAuthority, DocumentUpdate } from './object-types.ts';
import { REMOTE, TEXT_ROOT, difference, newDocument, visibleText, writeText } from './text.ts';
import type { Splice, TextStore } from './text.ts';

/** What a document needs of the space it is in. */
export interface DocumentHost {
  readonly space: number;
  clientId(): number;
  /** Throws CoveError not-permitted. */
  assertWriter(): void;
  pendingTexts(objectId: Hex): readonly Uint8Array[];
  /** Before a change: makes pending text that cannot become an entry any more again. */
  renew(objectId: Hex): void;
  /** Makes updates durable; throws when it cannot. */
  save(objectId: Hex, updates: readonly Uint8Array[]): void;
  /** Makes an entry of what is pending for the object, if it can. */
  settle(objectId: Hex): void;
}

type PushResult = ReturnType<DocumentAuthority['push']>;

interface OpenDocument {
  readonly host: DocumentHost;
  readonly object: number;
  readonly objectId: Hex;
  readonly fields: Map<string, FieldHistory>;
  doc: Y.Doc;
  at: number;
  users: number;
  /** While an edit is being stored the windows do not have it yet, and nothing else may be given to them. */
  busy: boolean;
  /** Has to be built again when it is no longer busy. */
  stale: boolean;
}

export interface Documents {
  open(host: DocumentHost, object: number, objectId: Hex, field: string): DocumentAuthority;
  /** Brings what was applied since to the open documents of a space and to their windows. */
  drain(space: number): void;
  /** Builds an open document, or all of a space, again from what is stored. */
  reload(space: number, object?: number): void;
  /** Lends a document, loading it for the moment if nobody has it open. */
  borrow<T>(host: DocumentHost, object: number, objectId: Hex, use: (doc: Y.Doc) => T): T;
  close(): void;
}

export function createDocuments(texts: TextStore, log: Log): Documents {
  const open = new Map<number, OpenDocument>();

  function load(host: DocumentHost, object: number, objectId: Hex): { doc: Y.Doc; at: number } {
    const loaded = texts.load(object);
    for (const update of host.pendingTexts(objectId)) Y.applyUpdate(loaded.doc, update, REMOTE);
    return loaded;
  }

  /** Starts again from what is stored, after Yjs or the disk failed; windows get the difference as a change. */
  function reload(one: OpenDocument): void {
    one.stale = one.busy;
    if (one.busy) return;
    one.doc.destroy();
    Object.assign(one, load(one.host, one.object, one.objectId));
    for (const [field, history] of one.fields) {
      watch(one, field);
      correct(one, field);
      history.announce();
    }
  }

  /** Makes the windows' text equal to the document's. */
  function correct(one: OpenDocument, field: string): void {
    const history = one.fields.get(field) as FieldHistory;
    const [shown, stored] = [history.text.toString(), visibleText(one.doc.getText(TEXT_ROOT + field).toString())];
    if (shown === stored) return;
    const { at, remove, insert } = difference(shown, stored);
    history.accept({ changes: ChangeSet.of({ from: at, to: at + remove, insert }, shown.length), clientID: '' });
  }

  function watch(one: OpenDocument, field: string): void {
    const history = one.fields.get(field) as FieldHistory;
    one.doc.getText(TEXT_ROOT + field).observe((event) => {
      if (event.transaction.origin !== REMOTE) return;
      history.accept({ changes: changesOf(event, history.text.length), clientID: '' });
    });
  }

  function drainOne(one: OpenDocument): void {
    if (one.busy) return;
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

  function push(one: OpenDocument, field: string, version: number, updates: readonly DocumentUpdate[]): PushResult {
    one.host.assertWriter();
    one.host.renew(one.objectId);
    const history = one.fields.get(field) as FieldHistory;
    if (history.since(version) === undefined) throw new CoveError('bad-request', { reason: 'version' });
    if (version !== history.version) return { status: 'stale', version: history.version };
    const accepted = parsed(history, updates);
    const splices = splicesOf(history, accepted);
    one.busy = true;
    try {
      const written = writeText(one.doc, field, one.host.clientId(), splices);
      if (written.length > 0) one.host.save(one.objectId, written);
    } catch (error) {
      one.busy = false;
      reload(one);
      throw error;
    }
    for (const update of accepted) history.accept(update);
    one.busy = false;
    if (one.stale) reload(one);
    else drainOne(one);
    history.announce();
    history.saved();
    return { status: 'accepted', version: history.version };
  }

  function release(one: OpenDocument): void {
    if (--one.users > 0) return;
    one.host.settle(one.objectId);
    checkpoint(one, one.doc);
    open.delete(one.object);
    one.doc.destroy();
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
      history = createFieldHistory(visibleText(one.doc.getText(TEXT_ROOT + field).toString()));
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
      push(version, updates) {
        if (closed) throw new CoveError('closed');
        return push(one, field, version, updates);
      },
      pull: (version) => known.since(version)?.map(toJson),
      subscribe: (fn) => known.subscribe(fn),
      anchor(position, version = known.version) {
        const now = (known.since(version) ?? []).reduce((at, { changes }) => changes.mapPos(at, 1), position);
        const text = one.doc.getText(TEXT_ROOT + field);
        const place = Math.max(0, Math.min(now, text.length));
        return Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, place));
      },
      position: (anchor) => positionOf(one.doc, TEXT_ROOT + field, anchor),
      close() {
        if (closed) return;
        closed = true;
        release(one);
      },
    };
  }

  return {
    open(host, object, objectId, field) {
      let one = open.get(object);
      if (one === undefined) {
        one = {
          host,
          object,
          objectId,
          fields: new Map(),
          users: 0,
          busy: false,
          stale: false,
          ...load(host, object, objectId),
        };
        open.set(object, one);
      }
      one.users++;
      return authority(one, field);
    },
    drain(space) {
      for (const one of open.values()) if (one.host.space === space) drainOne(one);
    },
    reload(space, object) {
      for (const one of open.values()) {
        if (one.host.space === space && (object === undefined || one.object === object)) reload(one);
      }
    },
    borrow(host, object, objectId, use) {
      const opened = open.get(object);
      const { doc } = opened ?? load(host, object, objectId);
      try {
        const result = use(doc);
        checkpoint({ host, object, objectId }, doc);
        return result;
      } finally {
        if (opened === undefined) doc.destroy();
      }
    },
    close() {
      for (const one of open.values()) one.doc.destroy();
      open.clear();
    },
  };
}

/** Throws CoveError bad-request for updates that do not fit the present text. */
function parsed(history: FieldHistory, updates: readonly DocumentUpdate[]): readonly FieldUpdate[] {
  let length = history.text.length;
  return updates.map(({ changes: json, clientId }) => {
    let changes: ChangeSet;
    try {
      changes = ChangeSet.fromJSON(json);
    } catch (error) {
      throw new CoveError('bad-request', { reason: 'change set' }, error);
    }
    if (clientId === '' || changes.length !== length) throw new CoveError('bad-request', { reason: 'length' });
    length = changes.newLength;
    return { changes, clientID: clientId };
  });
}

/** The updates as replacements in the document, runs of typing joined. Throws CoveError bad-request for text that UTF-8 cannot say. */
function splicesOf(history: FieldHistory, updates: readonly FieldUpdate[]): Splice[] {
  const splices: { at: number; remove: number; insert: string }[] = [];
  let text = history.text;
  for (const { changes } of updates) {
    changes.iterChanges((fromA, toA, fromB, _toB, inserted) => {
      const insert = inserted.toString();
      if (insert.includes('\r') || !isWellFormed(insert)) throw new CoveError('bad-request', { reason: 'characters' });
      if (history.hasPairs && (cutsPair(text, fromA) || cutsPair(text, toA))) {
        throw new CoveError('bad-request', { reason: 'characters' });
      }
      const last = splices.at(-1);
      if (last !== undefined && toA === fromA && fromB === last.at + last.insert.length) last.insert += insert;
      else splices.push({ at: fromB, remove: toA - fromA, insert });
    });
    text = changes.apply(text);
  }
  return splices;
}

function cutsPair(text: FieldHistory['text'], at: number): boolean {
  return at > 0 && at < text.length && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.sliceString(at - 1, at + 1));
}

function changesOf(event: Y.YTextEvent, length: number): ChangeSet {
  const specs: { from: number; to?: number; insert?: string }[] = [];
  let at = 0;
  for (const { retain, delete: removed, insert } of event.delta) {
    if (retain !== undefined) at += retain;
    else if (removed !== undefined) {
      specs.push({ from: at, to: at + removed });
      at += removed;
    } else {
      specs.push({ from: at, insert: visibleText(insert as string) }); // only text passes the check on receipt
    }
  }
  return ChangeSet.of(specs, length);
}

function positionOf(doc: Y.Doc, root: string, anchor: Uint8Array): number | undefined {
  try {
    const place = Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(anchor), doc);
    return place !== null && place.type === doc.getText(root) ? place.index : undefined;
  } catch {
    return undefined; // any bytes may come from another device
  }
}

/** The same text changes under another client id: for edits that an earlier incarnation could not send any more. */
export function remade(texts: TextStore, object: number, updates: readonly Uint8Array[], client: number): Uint8Array[] {
  const { doc: base } = texts.load(object);
  const edited = newDocument();
  Y.applyUpdate(edited, Y.encodeStateAsUpdate(base));
  for (const update of updates) Y.applyUpdate(edited, update);
  const fields = [...edited.share.keys()].map((name) => name.slice(TEXT_ROOT.length));
  const made = fields.flatMap((field) => {
    const [before, after] = [base, edited].map((doc) => doc.getText(TEXT_ROOT + field).toString()) as [string, string];
    return before === after ? [] : writeText(base, field, client, [difference(before, after)]);
  });
  base.destroy();
  edited.destroy();
  return made;
}

const toJson = ({ changes, clientID }: FieldUpdate): DocumentUpdate => ({
  changes: changes.toJSON(),
  clientId: clientID,
});
