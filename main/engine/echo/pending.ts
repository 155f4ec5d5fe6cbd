/**
 * Local edits of one space on their way into the log. Each is durable when `edit` returns: the first after a
 * pause as an entry of its own, the following ones as pending rows that become an entry together, every
 * 250 ms while another device watches the object, else every 3 s or 64 KiB (protocol §6.1).
 */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import type { Cancel, Clock, Log, Storage } from '../ports.ts';
import type { ObjectRows } from './object-rows.ts';
import { mergeOperations } from './operations.ts';
import type { Operations } from './operations.ts';
import { editOf, itemsOf, packed, sizeOf } from './packing.ts';
import type { Edit } from './packing.ts';
import type { Replica } from './replica.ts';

const WATCHED_MS = 250;
const UNWATCHED_MS = 3_000;
/** Edits of different objects that come faster than this are a burst (an import): they share entries too. */
const BURST_MS = 20;
const FLUSH_BYTES = 64 * 1024;

interface PendingEdit extends Edit {
  readonly row: number;
  /** Whose client id the text carries. */
  readonly log: Uint8Array;
}
/** What waits of one object. */
interface Waiting {
  readonly edits: PendingEdit[];
  /** The register changes of all edits; replaced, never changed. */
  operations: Operations;
  /** How many edits have text, and by which logs it was written: nearly always one. */
  texts: number;
  readonly logs: Uint8Array[];
  bytes: number;
  due: number;
  /** It is in no entry yet: its first one dates it. */
  readonly isNew: boolean;
}

export interface PendingOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  readonly replica: Replica;
  readonly rows: ObjectRows;
  /** This device's identity, once an own entry told it. */
  readonly ownIdentity: () => Uint8Array | undefined;
  /** Makes text changes of an earlier incarnation's client again under the present one. */
  readonly remakeText: (objectId: Hex, updates: readonly Uint8Array[]) => readonly Uint8Array[];
  /** After that: a loaded document still holds the earlier ones. */
  readonly onRemade: (objectId: Hex) => void;
  /** After a commit that changed rows without an entry. */
  readonly onCommit: () => void;
}

export interface Pending {
  /** The operations that wait for their entry, to be laid over the applied ones. */
  operations(objectId: Hex): Readonly<Operations> | undefined;
  texts(objectId: Hex): readonly Uint8Array[];
  objectIds(): Hex[];
  /**
   * Makes waiting text again when it can no longer become an entry as it is: it was written under the client id of a
   * log that has ended, or (`anyway`) beside text that does not count any more.
   */
  remake(objectId: Hex, anyway?: boolean): void;
  /**
   * `direct` goes into an entry at once, whatever waits before it; `now` into one with what waits, where that can be, so
   * that there is one commit instead of two.
   */
  edit(edits: readonly Edit[], how?: 'direct' | 'now'): void;
  /** Makes entries of everything, or of some objects. */
  flush(objectIds?: Iterable<Hex>): void;
  /** The same where nobody waits for the answer: what cannot become an entry now stays and is tried again. */
  tryFlush(objectIds?: Iterable<Hex>): void;
  /** As `tryFlush`, of objects that are in no entry yet: the order of creation holds still from then on. */
  tryFlushNew(): void;
  setWatched(objectId: Hex, watched: boolean): void;
  count(): number;
  close(): void;
}

export function createPending(options: PendingOptions): Pending {
  const { storage, clock, replica, rows } = options;
  const insert = storage.prepare(
    'INSERT INTO pending (space, object_id, log_id, registers, text, at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const remove = storage.prepare('DELETE FROM pending WHERE id = ?');
  const stored = storage.prepare('SELECT * FROM pending WHERE space = ? ORDER BY id');
  const waiting = new Map<Hex, Waiting>();
  const watched = new Set<Hex>();
  const lastEntry = new Map<Hex, number>();
  let total = 0;
  let lastAny = -Infinity;
  let cancelTimer: Cancel | undefined;
  let timerDue = Infinity;

  const interval = (objectId: Hex): number => (watched.has(objectId) ? WATCHED_MS : UNWATCHED_MS);

  function edit(edits: readonly Edit[], how?: 'direct' | 'now'): void {
    if (edits.length === 0) return;
    const size = sizeOf(edits);
    const inEntry = how === 'direct' || size >= FLUSH_BYTES || isFirstAfterPause(edits);
    if (inEntry || how === 'now') commit(edits, how === 'direct', !inEntry);
    else keep(edits);
  }

  function isFirstAfterPause(edits: readonly Edit[]): boolean {
    if (options.ownIdentity() === undefined) return true; // rows need an author, which only an entry tells
    const now = clock.monotonic();
    if (now - lastAny < BURST_MS) return false;
    return edits.every(
      ({ objectId }) => !waiting.has(objectId) && now - (lastEntry.get(objectId) ?? -Infinity) >= interval(objectId),
    );
  }

  /** One FULL commit: pending rows, and the object rows as they look with them. */
  function keep(edits: readonly Edit[]): void {
    const now = clock.monotonic();
    const by = { wall: clock.now(), identityId: options.ownIdentity() as Uint8Array };
    const touched = new Set(edits.map(({ objectId }) => objectId));
    const shown = new Set(edits.filter(({ registers }) => registers !== null).map(({ objectId }) => objectId));
    const added: PendingEdit[] = [];
    try {
      storage.transaction(() => {
        for (const one of edits) {
          const { lastInsertRowid: row } = insert.run(
            replica.row,
            fromHex(one.objectId),
            replica.logId,
            one.registers === null ? null : JSON.stringify(one.registers),
            one.text,
            by.wall,
          );
          added.push({ ...one, row, log: replica.logId });
        }
        for (const one of added) wait(one, now);
        for (const objectId of touched) {
          if (shown.has(objectId) || !rows.touchText(replica.row, objectId, by)) saveRow(objectId, by);
        }
      });
    } catch (error) {
      for (const id of touched) {
        const earlier = (waiting.get(id)?.edits ?? []).filter((one) => !added.includes(one));
        forget(id);
        for (const one of earlier) wait(one, now);
      }
      schedule();
      throw error;
    }
    options.onCommit();
    const full = [...touched].filter((id) => (waiting.get(id)?.bytes ?? 0) >= FLUSH_BYTES);
    if (full.length > 0) tryFlush(full);
    if ([...touched].some((id) => (waiting.get(id)?.due ?? Infinity) < timerDue)) schedule();
  }

  function saveRow(objectId: Hex, by: { wall: number; identityId: Uint8Array }): void {
    const row = rows.load(replica.row, objectId) ?? rows.fresh(replica.row, objectId, by);
    row.updated = by.wall;
    row.updatedBy = by.identityId;
    rows.save(row, waiting.get(objectId)?.operations);
  }

  function wait(one: PendingEdit, now: number): void {
    let at = waiting.get(one.objectId);
    if (at === undefined) {
      const last = lastEntry.get(one.objectId);
      const due = last === undefined ? now + WATCHED_MS : last + interval(one.objectId);
      at = { edits: [], operations: {}, texts: 0, logs: [], bytes: 0, due, isNew: isNew(one.objectId) };
      waiting.set(one.objectId, at);
    }
    at.edits.push(one);
    at.bytes += one.size;
    total++;
    if (one.registers !== null) mergeOperations((at.operations = { ...at.operations }), one.registers);
    if (one.text === null) return;
    at.texts++;
    if (!at.logs.some((log) => equal(log, one.log))) at.logs.push(one.log);
  }

  const isNew = (objectId: Hex): boolean => rows.lamportOf(replica.row, objectId) === undefined;

  /** Those that wait and are new, in the order in which they were made. */
  const waitingNew = (): Hex[] =>
    [...waiting]
      .filter(([, one]) => one.isNew)
      .sort(([, a], [, b]) => (a.edits[0]?.row ?? 0) - (b.edits[0]?.row ?? 0))
      .map(([id]) => id);

  /** Of these objects those that wait, with the new ones made before any of them: an object is dated by its first entry. */
  function withMadeBefore(objectIds: ReadonlySet<Hex>): Hex[] {
    const made = waitingNew();
    const makesNew = made.length > 0 && [...objectIds].some((id) => !waiting.has(id) && isNew(id));
    const before = makesNew ? made : made.slice(0, made.findLastIndex((id) => objectIds.has(id)) + 1);
    return [...new Set([...before, ...objectIds])].filter((id) => waiting.has(id));
  }

  /** Takes what waits of an object. */
  function forget(objectId: Hex): readonly PendingEdit[] {
    const edits = waiting.get(objectId)?.edits ?? [];
    waiting.delete(objectId);
    total -= edits.length;
    return edits;
  }

  /**
   * Makes entries of what waits for these objects, then of `edits`. Each entry is one transaction. `orKeep`: what of
   * `edits` cannot become an entry waits for one.
   */
  function commit(edits: readonly Edit[], direct = false, orKeep = false): void {
    const objects = new Set(edits.map(({ objectId }) => objectId));
    const earlier = take(objects);
    // What is written in one go is one step of a person: it shares no entry with what was typed before.
    const apart = direct ? [earlier, edits] : [[...earlier, ...edits]];
    const runs = apart.flatMap((some) => packed<Edit | PendingEdit>(some));
    while (runs.length > 0) {
      const run = runs[0] as (Edit | PendingEdit)[];
      const kept = run.filter((one): one is PendingEdit => 'row' in one);
      try {
        replica.append(itemsOf(run), () => {
          for (const { row } of kept) remove.run(row);
        });
      } catch (error) {
        const left = runs.flat();
        for (const one of left) if ('row' in one) wait(one, clock.monotonic());
        schedule();
        const fresh = left.filter((one) => !('row' in one));
        if (!orKeep || fresh.length === 0 || !(error instanceof CoveError)) throw error;
        return keep(fresh);
      }
      runs.shift();
    }
    lastAny = clock.monotonic();
    for (const id of objects) lastEntry.set(id, lastAny);
    schedule();
  }

  /** Takes what waits of these objects and has to go before it, in the order in which it was written. */
  function take(objectIds: ReadonlySet<Hex>): PendingEdit[] {
    const ids = withMadeBefore(objectIds);
    ids.forEach((id) => remake(id));
    return ids.flatMap(forget).sort((a, b) => a.row - b.row);
  }

  function flush(objectIds: Iterable<Hex> = [...waiting.keys()]): void {
    const edits = take(new Set(objectIds));
    if (edits.length > 0) commit(edits);
  }

  function remake(objectId: Hex, anyway = false): void {
    const found = waiting.get(objectId);
    if (found === undefined || found.texts === 0) return;
    if (!anyway && found.logs.every((log) => equal(log, replica.logId))) return;
    const stale = found.edits.filter((one) => one.text !== null);
    const made = options.remakeText(
      objectId,
      stale.map(({ text }) => text as Uint8Array),
    );
    storage.transaction(() => {
      for (const { row, registers } of stale) {
        if (registers === null) remove.run(row);
        else storage.prepare('UPDATE pending SET text = NULL WHERE id = ?').run(row);
      }
      for (const text of made) insert.run(replica.row, fromHex(objectId), replica.logId, null, text, clock.now());
    });
    forget(objectId);
    for (const row of readRows()) if (row.objectId === objectId) wait(row, clock.monotonic());
    options.onRemade(objectId);
    schedule();
  }

  function tryFlush(objectIds?: Iterable<Hex>): void {
    try {
      flush(objectIds);
    } catch (error) {
      options.log('pending edits could not become an entry', { type: (error as { type?: string }).type ?? 'internal' });
      for (const one of waiting.values()) one.due = Math.max(one.due, clock.monotonic() + UNWATCHED_MS);
      schedule();
    }
  }

  function schedule(): void {
    const due = Math.min(...[...waiting.values()].map((one) => one.due));
    if (due === timerDue) return;
    cancelTimer?.();
    cancelTimer = undefined;
    timerDue = due;
    if (due === Infinity) return;
    cancelTimer = clock.after(Math.max(0, due - clock.monotonic()), () => {
      timerDue = Infinity;
      const now = clock.monotonic();
      for (const [id, at] of lastEntry) if (now - at > UNWATCHED_MS) lastEntry.delete(id);
      tryFlush([...waiting].filter(([, one]) => one.due <= now).map(([id]) => id));
      schedule();
    });
  }

  function readRows(): PendingEdit[] {
    return stored.all(replica.row).map((row) => ({
      ...editOf(
        toHex(row['object_id'] as Uint8Array),
        row['registers'] === null ? null : (JSON.parse(row['registers'] as string) as Operations),
        row['text'] as Uint8Array | null,
      ),
      row: row['id'] as number,
      log: row['log_id'] as Uint8Array,
    }));
  }

  // After a restart, everything that was pending becomes entries at once.
  for (const row of readRows()) wait(row, clock.monotonic());

  return {
    operations: (objectId) => waiting.get(objectId)?.operations,
    texts: (objectId) => (waiting.get(objectId)?.edits ?? []).flatMap(({ text }) => (text === null ? [] : [text])),
    objectIds: () => [...waiting.keys()],
    remake,
    edit,
    flush,
    tryFlush,
    tryFlushNew() {
      const made = waitingNew();
      if (made.length > 0) tryFlush(made);
    },
    setWatched(objectId, now) {
      if (now) watched.add(objectId);
      else watched.delete(objectId);
      const one = waiting.get(objectId);
      if (one === undefined) return;
      one.due = Math.min(one.due, (lastEntry.get(objectId) ?? clock.monotonic()) + interval(objectId));
      schedule();
    },
    count: () => total,
    close: () => cancelTimer?.(),
  };
}
