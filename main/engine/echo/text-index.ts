/**
 * The text row and full-text index of objects: rewritten when a space has been quiet for a second, two seconds after its
 * first change that waits if it goes on, and before any query that reads them; never on the typing path. A 100 kB note
 * takes 11 ms: one that is written without a pause is read the more seldom the longer it takes.
 */
import type * as Y from 'yjs';
import type { Cancel, Clock, Log, SqlRow, Storage } from '../ports.ts';
import type { WorkTime } from '../work-time.ts';
import type { ObjectRow } from './object-rows.ts';
import type { Fields, FoundObject } from './object-types.ts';
import { LIMIT } from './sql.ts';
import { TEXT_ROOT } from './text-check.ts';
import { textFields } from './text-runs.ts';
import { visibleText } from './text.ts';
import { excerptWords, marked, matchExpression, rejoined, separated, unmarked } from './text-words.ts';

const QUIET_MS = 1_000;
/** What changed waits no longer, whatever else is written. */
const LATEST_MS = 2_000;
/** How many times as long as reading it took an object then rests, unless all is quiet: 1 % of the time at most. */
const REST = 100;
/** Read at a time: a slice gets through a few times as many. */
const SLICE_ROWS = 50;
/** What is indexed of an object as it comes, UTF-16 units: a long one would hold up those behind it. */
export const SHORT = 4_096;
const TITLE_FIELDS = ['title', 'name'] as const;

/** An object's row and where it belongs. */
interface Place {
  readonly id: number;
  readonly space: number;
  readonly bytes: Uint8Array;
}

/** When what is dirty in a space is read, on the monotonic clock, ms. */
interface Due {
  /** All of it, if nothing changes until then. */
  readonly quiet: number;
  /** What does not rest, even so. -Infinity: it is under way. */
  readonly latest: number;
  readonly cancel: Cancel;
}

export interface TextIndexOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly workTime: Pick<WorkTime, 'run' | 'over'>;
  readonly log: Log;
  /** Lends the object's document as it is now, pending edits included; undefined when it has no text. */
  readonly withDocument: <T>(object: Place, use: (doc: Y.Doc) => T) => T | undefined;
  /** What a search finds of the object has changed; before `onRefreshed`, inside a transaction. */
  readonly onRewritten: (space: number, objectId: Uint8Array) => void;
  readonly onRefreshed: (space: number) => void;
}

export interface TextIndex {
  /**
   * Writes what a search finds of an object whose row was just made, and made clean; within its transaction. What its
   * texts show is undefined where only a document tells: then it is dirty, and so is a long one.
   */
  add(
    object: Pick<ObjectRow, 'id' | 'space' | 'bytes'>,
    fields: Fields,
    texts: ReadonlyMap<string, string> | undefined,
  ): void;
  /** Something of the space changed. */
  changed(space: number): void;
  /** Rewrites everything that is dirty in the space. */
  refresh(space: number): void;
  /** As `refresh`, in slices between which the event loop runs; resolves early when the space is left. */
  catchUp(space: number): Promise<void>;
  /** Rewrites what is dirty of these objects. */
  refreshOnly(space: number, objectIds: () => readonly Uint8Array[]): void;
  /** Of these spaces, in one order. */
  search(
    spaces: readonly number[],
    words: string,
    limit: number,
  ): (Omit<FoundObject, 'id'> & { readonly objectId: Uint8Array; readonly space: number })[];
  /** Before an object's row is deleted. */
  forget(object: number): void;
  /** Stops what is due for the space. */
  leave(space: number): void;
  close(): void;
}

export function createTextIndex(options: TextIndexOptions): TextIndex {
  const { storage, clock, workTime } = options;
  const unrested = 'space = ? AND text_dirty = 1 AND id NOT IN (SELECT value FROM json_each(?))';
  const dirty = storage.prepare(`SELECT id, space, object_id, fields FROM object WHERE ${unrested} ${LIMIT}`);
  const anyDirty = storage.prepare('SELECT 1 FROM object WHERE space = ? AND text_dirty = 1 LIMIT 1');
  const anyUnrested = storage.prepare(`SELECT 1 FROM object WHERE ${unrested} LIMIT 1`);
  const dirtyOne = storage.prepare(
    'SELECT id, space, object_id, fields FROM object WHERE space = ? AND object_id = ? AND text_dirty = 1',
  );
  const setDirty = storage.prepare('UPDATE object SET text_dirty = ? WHERE id = ?');
  const read = storage.prepare('SELECT title, body, spans FROM text_index WHERE object = ?');
  const insert = storage.prepare('INSERT INTO text_index (object, title, body, spans) VALUES (?, ?, ?, ?)');
  const write = storage.prepare(
    `INSERT INTO text_index (object, title, body, spans) VALUES (?, ?, ?, ?)
     ON CONFLICT (object) DO UPDATE SET title = excluded.title, body = excluded.body, spans = excluded.spans,
       revision = revision + 1`,
  );
  const unlearn = storage.prepare(
    `INSERT INTO text_search (text_search, rowid, title, body) VALUES ('delete', ?, ?, ?)`,
  );
  const learn = storage.prepare('INSERT INTO text_search (rowid, title, body) VALUES (?, ?, ?)');
  const find = storage.prepare(
    `SELECT object.object_id, object.space, text_index.title, snippet(text_search, 1, char(2), char(3), '…', ?) AS excerpt
     FROM text_search JOIN object ON object.id = text_search.rowid JOIN text_index ON text_index.object = object.id
     WHERE text_search MATCH ? AND +object.space IN (SELECT value FROM json_each(?)) AND object.deleted = 0
     ORDER BY bm25(text_search, 8.0, 1.0) ${LIMIT}`,
  );
  const timers = new Map<number, Due>();
  /** By object, until when: of those alone that took long. */
  const resting = new Map<number, number>();
  /** By space, whoever waits for its texts. */
  const waiting = new Map<number, (() => void)[]>();

  function rewrite(row: SqlRow): void {
    const object = row['id'] as number;
    const from = clock.monotonic();
    const fields = JSON.parse(row['fields'] as string) as Fields;
    const place = { id: object, space: row['space'] as number, bytes: row['object_id'] as Uint8Array };
    const next = contentOf(fields, options.withDocument(place, textsOf) ?? {});
    const before = read.get(object);
    if (before === undefined || before['title'] !== next.title || before['body'] !== next.body) {
      if (before !== undefined) unlearn.run(object, before['title'] as string, before['body'] as string);
      learn.run(object, next.title, next.body);
    }
    if (
      before === undefined ||
      before['spans'] !== next.spans ||
      before['body'] !== next.body ||
      before['title'] !== next.title
    ) {
      write.run(object, next.title, next.body, next.spans);
      options.onRewritten(place.space, place.bytes);
    }
    setDirty.run(0, object);
    const now = clock.monotonic();
    const rest = (now - from) * REST;
    if (rest > QUIET_MS) resting.set(object, now + rest);
    else resting.delete(object);
  }

  /** Those that rest, as JSON, and until when the first of them does. */
  function rested(): { objects: string; until: number } {
    const now = clock.monotonic();
    for (const [object, until] of resting) if (until <= now) resting.delete(object);
    return { objects: JSON.stringify([...resting.keys()]), until: Math.min(...resting.values()) };
  }

  /** One transaction; returns whether more is left. `except`: row numbers, as JSON. */
  function slice(space: number, over: () => boolean, except = '[]'): boolean {
    storage.transaction(() => {
      for (;;) {
        const rows = dirty.all(space, except, SLICE_ROWS);
        for (const row of rows) {
          rewrite(row);
          if (over()) return;
        }
        if (rows.length < SLICE_ROWS) return;
      }
    });
    return anyUnrested.get(space, except) !== undefined;
  }

  function schedule(space: number, quiet: number, latest: number): void {
    timers.get(space)?.cancel();
    let cancelled = false;
    const ms = Math.max(0, Math.min(quiet, latest) - clock.monotonic());
    const stop = clock.after(ms, () => workTime.run(() => cancelled || turn(space)));
    const cancel = (): void => {
      cancelled = true;
      stop();
    };
    timers.set(space, { quiet, latest, cancel });
  }

  function turn(space: number): void {
    const { quiet } = timers.get(space) as Due;
    timers.delete(space);
    try {
      const all = waiting.has(space) || clock.monotonic() >= quiet;
      if (slice(space, () => workTime.over, all ? undefined : rested().objects))
        return schedule(space, quiet, -Infinity);
      if (anyDirty.get(space) !== undefined) schedule(space, quiet, rested().until);
      options.onRefreshed(space);
    } catch (error) {
      options.log('text index not written', { type: (error as { type?: string }).type ?? 'internal' });
    }
    release(space);
  }

  function release(space: number): void {
    const resolves = waiting.get(space) ?? [];
    waiting.delete(space);
    for (const resolve of resolves) resolve();
  }

  function catchUp(space: number): Promise<void> {
    if (anyDirty.get(space) === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const others = waiting.get(space);
      if (others !== undefined) return void others.push(resolve);
      waiting.set(space, [resolve]);
      schedule(space, clock.monotonic(), -Infinity);
    });
  }

  function refresh(space: number): void {
    if (anyDirty.get(space) === undefined) return;
    while (slice(space, () => false));
  }

  function refreshOnly(space: number, objectIds: () => readonly Uint8Array[]): void {
    if (anyDirty.get(space) === undefined) return;
    storage.transaction(() => {
      for (const objectId of objectIds()) {
        const row = dirtyOne.get(space, objectId);
        if (row !== undefined) rewrite(row);
      }
    });
  }

  return {
    add({ id, space, bytes }, fields, texts) {
      const shown = [...(texts ?? [])].map(([field, text]) => [field, visibleText(text)] as const);
      const { title, body, spans } = contentOf(fields, Object.fromEntries(shown));
      if (texts === undefined || title.length + body.length > SHORT) return void setDirty.run(1, id as number);
      learn.run(id as number, title, body);
      insert.run(id as number, title, body, spans);
      options.onRewritten(space, bytes);
    },
    changed(space) {
      // Somebody waits: it is under way, and is not put off by what arrives meanwhile.
      if (waiting.has(space)) return;
      const now = clock.monotonic();
      const due = timers.get(space);
      const latest = Math.min(due?.latest ?? Infinity, now + LATEST_MS);
      // Under way: it is not put off, but leaves out again what rests.
      if (due?.latest === -Infinity) timers.set(space, { ...due, quiet: now + QUIET_MS });
      else schedule(space, now + QUIET_MS, latest);
    },
    refresh,
    catchUp,
    refreshOnly,
    search(spaces, words, limit) {
      const expression = matchExpression(words);
      if (expression === undefined) return [];
      spaces.forEach(refresh);
      return find.all(excerptWords(expression), expression, JSON.stringify(spaces), limit).map((row) => {
        const excerpt = marked(row['excerpt'] as string);
        return {
          objectId: row['object_id'] as Uint8Array,
          space: row['space'] as number,
          title: rejoined(row['title'] as string),
          snippet: excerpt.map(({ text }) => text).join(''),
          excerpt,
        };
      });
    },
    forget(object) {
      resting.delete(object);
      const row = read.get(object);
      if (row !== undefined) unlearn.run(object, row['title'] as string, row['body'] as string);
    },
    leave(space) {
      timers.get(space)?.cancel();
      timers.delete(space);
      release(space);
    },
    close() {
      for (const { cancel } of timers.values()) cancel();
      for (const space of [...waiting.keys()]) release(space);
    },
  };
}

function textsOf(doc: Y.Doc): Record<string, string> {
  return Object.fromEntries(
    textFields(doc).map((field) => [field, visibleText(doc.getText(TEXT_ROOT + field).toString())]),
  );
}

function contentOf(
  fields: Fields,
  texts: Readonly<Record<string, string>>,
): { title: string; body: string; spans: string } {
  const titleField = TITLE_FIELDS.find((name) => typeof fields[name] === 'string');
  const title = titleField === undefined ? '' : (fields[titleField] as string);
  const spans: Record<string, readonly [number, number]> = {};
  let body = '';
  for (const field of Object.keys(texts).sort()) {
    const text = texts[field] as string;
    spans[field] = [body.length, body.length + text.length];
    body += `${text}\n`;
  }
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string' && name !== titleField && name !== 'type') body += `${value}\n`;
  }
  return { title: separated(unmarked(title)), body: separated(unmarked(body)), spans: JSON.stringify(spans) };
}
