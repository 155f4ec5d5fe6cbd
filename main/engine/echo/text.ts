/**
 * Text of objects as Yjs updates: checked against what their entries had seen, as a rule without loading any document;
 * kept as rows since the last checkpoint, loaded only while somebody edits or an index is rewritten.
 */
import * as Y from 'yjs';
import type { Storage } from '../ports.ts';
import type { TextChange } from './history-index.ts';
import type { TextSplice } from './object-types.ts';
import { TEXT_ROOT, checkUpdate } from './text-check.ts';
import { createTextOrder } from './text-order.ts';
import type { LastText } from './text-order.ts';
import { foldTexts, unfoldTexts } from './text-runs.ts';
import type { FoldedTexts } from './text-runs.ts';

/** Transaction origin of what did not come from a window here. */
export const REMOTE = Symbol('remote');
/** UTF-16 units inserted per update: in UTF-8 at most three times as many bytes, which fits an entry. */
const UPDATE_UNITS = 48 * 1024;
/** A place counts as so many more: an update says beside what it stands, in up to 20 bytes, and what is deleted there. */
const PLACE_UNITS = 12;
const CHECKPOINT_AFTER = 500;
/** A document's client id while nobody writes in it. */
const NOBODY = 0;

/** The entry that text comes in. */
export interface TextEntry {
  /** Client id of its log. */
  readonly client: number;
  readonly seq: number;
  /** The last entry of a client's log that its author had seen; 0: none. */
  readonly seen: (client: number) => number;
  /** This device has just made it: its places are those of the document here. */
  readonly justWritten: boolean;
  /** Nothing was ever written of the object before: nothing is looked up. */
  readonly isFirst: boolean;
}

export interface AddedText extends TextChange {
  readonly items: readonly Y.Item[];
}

export interface TextStore {
  /** Checks an applied entry's update and stores it. Throws Rejected. */
  add(object: number, update: Uint8Array, entry: TextEntry): AddedText;
  /** Whether anything was ever written. */
  has(object: number): boolean;
  /** A document with everything applied; `at` is the id of the last update read. */
  load(object: number): { readonly doc: Y.Doc; readonly at: number };
  /** Applies to a loaded document what was stored after `at`; returns the new `at`. */
  catchUp(object: number, doc: Y.Doc, at: number): number;
  /** Writes a checkpoint when many updates have piled up. The document holds exactly what is applied. */
  checkpoint(object: number, doc: Y.Doc): void;
  /** What was written up to the checkpoint; undefined where there is none, or an older Cove wrote it. */
  folded(object: number): FoldedTexts | undefined;
  /** Forgets all text of an object. */
  clear(object: number): void;
  /** Forgets what is in memory: the database is right, and no longer what it was. */
  undone(): void;
}

export function createTextStore(storage: Storage): TextStore {
  const readLast = storage.prepare(
    'SELECT clock, right_client, right_clock FROM text_clock WHERE object = ? AND client = ? ORDER BY seq DESC LIMIT 1',
  );
  const readSeen = storage.prepare(
    'SELECT clock FROM text_clock WHERE object = ? AND client = ? AND seq <= ? ORDER BY seq DESC LIMIT 1',
  );
  const hasText = storage.prepare('SELECT 1 FROM text_clock WHERE object = ? LIMIT 1');
  const writeClock = storage.prepare(
    `INSERT INTO text_clock (object, client, seq, clock, right_client, right_clock) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (object, client, seq) DO UPDATE SET
       clock = excluded.clock, right_client = excluded.right_client, right_clock = excluded.right_clock`,
  );
  const insert = storage.prepare('INSERT INTO text_update (object, bytes) VALUES (?, ?)');
  const since = storage.prepare(
    'SELECT id, bytes FROM text_update WHERE object = ? AND id > ? AND unusable = 0 ORDER BY id',
  );
  const readCheckpoint = storage.prepare('SELECT bytes, format FROM text_checkpoint WHERE object = ?');
  const setUnusable = storage.prepare('UPDATE text_update SET unusable = 1 WHERE id = ?');
  const count = storage.prepare(
    'SELECT count(*) AS n, max(id) AS last FROM text_update WHERE object = ? AND unusable = 0',
  );
  const writeCheckpoint = storage.prepare(
    `INSERT INTO text_checkpoint (object, bytes, format) VALUES (?, ?, 2)
     ON CONFLICT (object) DO UPDATE SET bytes = excluded.bytes, format = excluded.format`,
  );
  const writeRuns = storage.prepare('INSERT OR REPLACE INTO text_run (object, bytes) VALUES (?, ?)');
  const readRuns = storage.prepare('SELECT bytes FROM text_run WHERE object = ?');
  const prune = storage.prepare('DELETE FROM text_update WHERE object = ? AND id <= ? AND unusable = 0');

  function lastText(object: number, client: number): LastText | undefined {
    const row = readLast.get(object, client);
    if (row === undefined) return undefined;
    const { clock, right_client, right_clock } = row as Record<string, number | null>;
    const right = typeof right_client === 'number' ? Y.createID(right_client, right_clock as number) : null;
    return { clock: clock as number, right };
  }

  const store: TextStore = {
    add(object, update, { client, seq, seen, justWritten, isFirst }) {
      const last = isFirst ? undefined : lastText(object, client);
      const clocks = (of: number): number => {
        if (of === client) return last?.clock ?? 0;
        if (isFirst) return 0;
        return (readSeen.get(object, of, seen(of))?.['clock'] as number | undefined) ?? 0;
      };
      const { clock, items, deletes } = checkUpdate(update, client, clocks);
      if (!justWritten) order.check(object, items, last, isFirst);
      insert.run(object, update);
      const right = items.at(-1)?.rightOrigin;
      if (right !== undefined) {
        writeClock.run(object, client, seq, clock, right?.client ?? null, right?.clock ?? null);
      }
      return { clock, inserted: clock - (last?.clock ?? 0), deletes, items };
    },

    has: (object) => hasText.get(object) !== undefined,

    load(object) {
      // Yjs is not atomic: an update that throws may have changed the document, so it is built again without it.
      for (;;) {
        const doc = newDocument();
        const checkpoint = readCheckpoint.get(object);
        const rows = since.all(object, 0);
        let failed: number | undefined;
        doc.transact(() => {
          if (checkpoint !== undefined) {
            const apply = checkpoint['format'] === 2 ? Y.applyUpdateV2 : Y.applyUpdate;
            apply(doc, checkpoint['bytes'] as Uint8Array, REMOTE);
          }
          for (const row of rows) {
            try {
              Y.applyUpdate(doc, row['bytes'] as Uint8Array, REMOTE);
            } catch {
              failed = row['id'] as number;
              break;
            }
          }
        }, REMOTE);
        if (failed === undefined) return { doc, at: (rows.at(-1)?.['id'] as number | undefined) ?? 0 };
        doc.destroy();
        setUnusable.run(failed);
      }
    },

    catchUp(object, doc, at) {
      const rows = since.all(object, at);
      if (rows.length === 0) return at;
      doc.clientID = NOBODY; // own text that was written beside the document is no other client's
      doc.transact(() => {
        for (const row of rows) Y.applyUpdate(doc, row['bytes'] as Uint8Array, REMOTE);
      }, REMOTE);
      return rows.at(-1)?.['id'] as number;
    },

    checkpoint(object, doc) {
      const { n, last } = count.get(object) as { n: number; last: number | null };
      if (n < CHECKPOINT_AFTER || last === null) return;
      storage.transaction(() => {
        writeCheckpoint.run(object, Y.encodeStateAsUpdateV2(doc));
        writeRuns.run(object, foldTexts(doc));
        prune.run(object, last);
      });
      order.forget(object); // it may not have read what is pruned
    },

    folded(object) {
      const row = readRuns.get(object);
      return row && unfoldTexts(row['bytes'] as Uint8Array);
    },

    clear(object) {
      for (const table of ['text_update', 'text_checkpoint', 'text_run', 'text_clock']) {
        storage.prepare(`DELETE FROM ${table} WHERE object = ?`).run(object);
      }
      order.forget(object);
    },

    undone: () => order.forget(),
  };
  const order = createTextOrder({
    load: (object) => store.load(object),
    catchUp: (object, doc, at) => store.catchUp(object, doc, at),
    hasText: (object) => store.has(object),
  });
  return store;
}

/**
 * gc off: undo after a restart loses deletions otherwise (measured, protocol §6.1). A fixed `guid`: only documents
 * inside documents need one, and Yjs draws it in 31 calls into the system, two thirds of what indexing a note cost.
 */
export function newDocument(): Y.Doc {
  return new Y.Doc({ gc: false, guid: 'cove' });
}

/**
 * The text as editors see it. CodeMirror breaks lines at carriage returns, which nobody here writes: one that
 * comes from elsewhere is shown by its symbol, so that positions stay the same.
 */
export const visibleText = (text: string): string => (text.includes('\r') ? text.replaceAll('\r', '\u240d') : text);

/** What a person writes or pastes, with line breaks as everybody counts them. */
export const normaliseLines = (text: string): string => text.replace(/\r\n?/g, '\n');

/** One replacement, of several in order. */
export interface Splice extends TextSplice {
  /** Inserts right after this character, which is deleted; else after what is shown before the place. */
  readonly after?: Y.ID | undefined;
}

/** Makes the changes under the client id; returns one update, or several when a large paste would not fit an entry. */
export function writeText(doc: Y.Doc, field: string, client: number, splices: readonly Splice[]): Uint8Array[] {
  const text = doc.getText(TEXT_ROOT + field);
  const updates: Uint8Array[] = [];
  const collect = (update: Uint8Array): void => void updates.push(update);
  doc.on('update', collect);
  try {
    for (const group of grouped(splices)) {
      // Yjs takes another client id by itself when it sees its own structs arrive (protocol §6.2).
      doc.clientID = client;
      doc.transact(() => {
        if (doc.clientID !== client) throw new Error('the document has another client id');
        for (const { at, remove, insert, after } of group) {
          if (remove > 0) text.delete(at, remove);
          if (insert !== '' && after !== undefined) insertAfter(doc, text, after, insert);
          else if (insert !== '') text.insert(at, insert);
        }
      });
    }
  } finally {
    doc.off('update', collect);
  }
  return updates;
}

/** Among deleted characters, where Yjs counts no places. */
function insertAfter(doc: Y.Doc, text: Y.Text, after: Y.ID, insert: string): void {
  doc.transact((transaction) => {
    const left = Y.getItemCleanEnd(transaction, doc.store, after);
    const { right } = left;
    const id = Y.createID(doc.clientID, Y.getState(doc.store, doc.clientID));
    const content = new Y.ContentString(insert);
    new Y.Item(id, left, left.lastId, right, right?.id ?? null, text, null, content).integrate(transaction, 0);
    if (text._searchMarker !== null) text._searchMarker.length = 0; // Yjs counts on by those
  });
}

function grouped(splices: readonly Splice[]): Splice[][] {
  const groups: Splice[][] = [[]];
  let units = 0;
  for (const splice of splices.flatMap(pieces)) {
    const more = splice.insert.length + PLACE_UNITS;
    if (units + more > UPDATE_UNITS && units > 0) {
      groups.push([]);
      units = 0;
    }
    groups.at(-1)?.push(splice);
    units += more;
  }
  return groups.filter((group) => group.length > 0);
}

function pieces(splice: Splice): Splice[] {
  if (splice.insert.length <= UPDATE_UNITS) return [splice];
  const out: Splice[] = [];
  for (let from = 0; from < splice.insert.length;) {
    let to = Math.min(from + UPDATE_UNITS, splice.insert.length);
    if (to < splice.insert.length && isLowSurrogate(splice.insert.charCodeAt(to))) to--;
    out.push({
      at: splice.at + from,
      remove: from === 0 ? splice.remove : 0,
      insert: splice.insert.slice(from, to),
      after: from === 0 ? splice.after : undefined,
    });
    from = to;
  }
  return out;
}

export const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** The one splice that turns `before` into `after`, not cutting a surrogate pair. */
export function difference(before: string, after: string): Splice {
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  if (start > 0 && (isLowSurrogate(before.charCodeAt(start)) || isLowSurrogate(after.charCodeAt(start)))) start--;
  let end = 0;
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  ) {
    end++;
  }
  if (end > 0 && isLowSurrogate(before.charCodeAt(before.length - end))) end--;
  return { at: start, remove: before.length - start - end, insert: after.slice(start, after.length - end) };
}
