/** Bringing back what stood at a moment, or what stands without somebody's changes: as new entries. */
import * as Y from 'yjs';
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { editsTo } from './history-fields.ts';
import { comparePositions } from './history-index.ts';
import type { HistoryEntry, HistoryIndex, Position } from './history-index.ts';
import type { HistoryReads } from './history-read.ts';
import { splicesTo } from './history-text.ts';
import type { Limits, Selection, Shown } from './history-text.ts';
import type { LongWork, Undone } from './history-types.ts';
import type { Moment } from './moment.ts';
import type { ObjectRows } from './object-rows.ts';
import { DELETED_PATH } from './operations.ts';
import { ENTRY_BYTES, editOf } from './packing.ts';
import type { Edit } from './packing.ts';
import { emptyRegisters } from './registers.ts';
import type { Replica } from './replica.ts';
import { SPACE_OBJECT } from './space-objects.ts';
import { TEXT_ROOT } from './text-check.ts';
import { textFields } from './text-runs.ts';
import { newDocument, writeText } from './text.ts';

/** Others have their turn after so long. */
const SLICE_MS = 8;
const OBJECTS_PER_READ = 200;

export interface RestoreOptions {
  readonly replica: Replica;
  readonly rows: ObjectRows;
  readonly index: HistoryIndex;
  readonly reads: HistoryReads;
  readonly clock: Clock;
  readonly clientOf: (log: Hex) => number;
  readonly withDocument: <T>(object: number, objectId: Hex, use: (doc: Y.Doc) => T) => T | undefined;
  /** Makes entries of all that waits for it. Throws CoveError not-permitted. */
  readonly begin: () => void;
  /** One entry where they fit one. */
  readonly write: (edits: readonly Edit[]) => void;
}

export interface Restores {
  object(objectId: Hex, moment: Moment): boolean;
  text(objectId: Hex, field: string, moment: Moment, selection: Selection | undefined): boolean;
  space(moment: Moment, work: LongWork): Promise<Undone>;
  undo(isTheirs: (log: Hex) => boolean, since: Moment, work: LongWork): Promise<Undone>;
}

/** Devices write there by themselves where they are to be found now. */
const OF_DEVICES = '/meetingPoints';

/** Which entries about an object are to count, and which may have put back already what the others took. */
interface Choice {
  readonly counts: (entries: readonly HistoryEntry[]) => readonly HistoryEntry[];
  readonly instead?: (entry: HistoryEntry) => boolean;
}

export function createRestores(options: RestoreOptions): Restores {
  const { replica, rows, index, reads, clock, clientOf, withDocument } = options;

  /** What makes an object stand as the chosen entries alone make it. Throws CoveError history-incomplete. */
  function editsFor(object: number, objectId: Hex, choice: Choice): Edit[] {
    const all = index.entries(object);
    const chosen = choice.counts(all);
    if (chosen.length === all.length) return [];
    const { registers, complete } = reads.registers(objectId, chosen);
    if (!complete) throw new CoveError('history-incomplete');
    const now = rows.load(replica.row, objectId)?.registers ?? emptyRegisters();
    const edits = editsTo(objectId, now, registers, chosen.length === 0).flatMap((edit) => kept(edit));
    if (chosen.length === 0) return edits;
    const instead = choice.instead && reads.shown(all.filter(choice.instead));
    return [...edits, ...textEdits(object, objectId, undefined, reads.shown(chosen), { instead })];
  }

  function textEdits(object: number, objectId: Hex, only: string | undefined, shown: Shown, limits: Limits): Edit[] {
    const updates = withDocument(object, objectId, (doc) => {
      const changes = textFields(doc)
        .filter((field) => only === undefined || field === only)
        .map((field) => [field, splicesTo(doc, field, shown, limits)] as const)
        .filter(([, splices]) => splices.length > 0);
      if (changes.length === 0) return [];
      // Others may have it open: it changes by what is stored.
      const copy = newDocument();
      Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
      const made = changes.flatMap(([field, splices]) =>
        writeText(copy, field, clientOf(toHex(replica.logId)), splices),
      );
      copy.destroy();
      return made;
    });
    return (updates ?? []).map((text) => editOf(objectId, null, text));
  }

  function assertPart(object: number, objectId: Hex, field: string, selection: Selection | undefined): void {
    const refuse = (argument: string): never => {
      throw new CoveError('argument-invalid', { argument });
    };
    const length = withDocument(object, objectId, (doc) =>
      textFields(doc).includes(field) ? doc.getText(TEXT_ROOT + field).length : undefined,
    );
    if (length === undefined) return refuse('field');
    if (selection !== undefined && (selection.start > selection.end || selection.end > length)) refuse('selection');
  }

  /** Each object whole in one entry, as far as it fits one; several objects share one. */
  async function each(since: Position, choice: Choice, work: LongWork): Promise<Undone> {
    options.begin();
    const total = index.countChangedSince(replica.row, since);
    let [above, seen, changed] = [-1, 0, 0];
    let [group, bytes, objects]: [Edit[], number, number] = [[], 0, 0];
    const settle = (): void => {
      if (group.length > 0) options.write(group);
      changed += objects;
      [group, bytes, objects] = [[], 0, 0];
    };
    let began = clock.monotonic();
    for (;;) {
      const found = index.changedSince(replica.row, since, above, OBJECTS_PER_READ);
      if (found.length === 0) break;
      for (const { object, id } of found) {
        if (work.signal?.aborted === true) throw new CoveError('cancelled');
        if (clock.monotonic() - began > SLICE_MS) {
          settle(); // others write in between: what was found must be written before
          work.onProgress?.(Math.min(1, seen / Math.max(1, total)));
          await new Promise<void>((resolve) => void clock.after(0, resolve));
          began = clock.monotonic();
          options.begin();
          if (rows.idOf(replica.row, id) !== object) continue;
        }
        const edits = editsFor(object, id, choice);
        const size = edits.reduce((sum, edit) => sum + edit.size, 0);
        if (bytes + size > ENTRY_BYTES) settle();
        group.push(...edits);
        bytes += size;
        if (edits.length > 0) objects++;
        seen++;
      }
      above = found.at(-1)?.object as number;
    }
    settle();
    work.onProgress?.(1);
    return { objects: changed };
  }

  return {
    object(objectId, moment) {
      const object = reads.row(objectId);
      const at = reads.position(moment);
      options.begin();
      const edits = editsFor(object, objectId, upTo(at));
      if (edits.length > 0) options.write(edits);
      return edits.length > 0;
    },
    text(objectId, field, moment, selection) {
      const object = reads.row(objectId);
      reads.position(moment);
      options.begin();
      assertPart(object, objectId, field, selection);
      const edits = textEdits(object, objectId, field, reads.shown(reads.upTo(object, moment)), { selection });
      if (edits.length > 0) options.write(edits);
      return edits.length > 0;
    },
    async space(moment, work) {
      const at = reads.position(moment);
      return each(at, upTo(at), work);
    },
    async undo(isTheirs, since, work) {
      const at = reads.position(since);
      const isUndone = (one: HistoryEntry): boolean => comparePositions(one, at) > 0 && isTheirs(one.log);
      const counts: Choice['counts'] = (all) => {
        const kept = all.filter((one) => !isUndone(one));
        const [first] = all;
        // What others wrote into an object stands on its beginning.
        return first !== undefined && kept.length > 0 && !kept.includes(first) ? [first, ...kept] : kept;
      };
      const instead = (one: HistoryEntry): boolean => comparePositions(one, at) > 0 && !isUndone(one);
      return each(at, { counts, instead }, work);
    },
  };
}

const upTo = (at: Position): Choice => ({
  counts: (entries) => entries.filter((one) => comparePositions(one, at) <= 0),
});

/** Without what is not a person's to bring back. */
function kept(edit: Edit): Edit[] {
  if (edit.objectId !== SPACE_OBJECT) return [edit];
  const registers = Object.entries(edit.registers ?? {}).filter(
    ([path]) => path !== OF_DEVICES && !path.startsWith(`${OF_DEVICES}/`) && path !== DELETED_PATH,
  );
  return registers.length === 0 ? [] : [{ ...edit, registers: Object.fromEntries(registers) }];
}
