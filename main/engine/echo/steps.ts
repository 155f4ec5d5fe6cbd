/**
 * The steps of one person in a space, on all devices: the last one is taken back, or made again, as new entries that say
 * so (step-mark.ts). What can be is found from the log, so it is the same after a restart.
 */
import * as Y from 'yjs';
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { registersOf } from './history-fields.ts';
import type { ItemsOf } from './history-fields.ts';
import type { HistoryEntry, HistoryIndex } from './history-index.ts';
import type { HistoryReads } from './history-read.ts';
import type { ObjectRows } from './object-rows.ts';
import { DELETED_PATH } from './operations.ts';
import { editOf } from './packing.ts';
import type { Edit } from './packing.ts';
import { emptyRegisters } from './registers.ts';
import type { Pending } from './pending.ts';
import type { Replica } from './replica.ts';
import { SPACE_OBJECT } from './space-objects.ts';
import { revertedFields } from './step-fields.ts';
import { STEP_PATH, markValue } from './step-mark.ts';
import type { Only, StepKind } from './step-mark.ts';
import { rangeOf, stacksOf } from './step-stacks.ts';
import type { Stacks, Step } from './step-stacks.ts';
import { Copies, MOST_RUNS, copiesOf, revertedText } from './step-text.ts';
import type { Copied } from './step-text.ts';
import { textFields } from './text-runs.ts';
import { newDocument, writeText } from './text.ts';

/** So many entries back in all objects together. */
const MOST_ENTRIES = 5_000;

/** One's own steps. All throw CoveError: object-not-found, history-incomplete; those that write also not-permitted. */
export interface SpaceSteps {
  /**
   * Reverts the last own step, whatever it did; with an object: what the last one did there, or to its texts.
   * Steps of which nothing stands any more are passed over. False: there is none.
   */
  undo(objectId?: Hex, only?: 'texts'): boolean;
  /** Makes again what was undone last; false when there is nothing, or a step of one's own came since. */
  redo(objectId?: Hex, only?: 'texts'): boolean;
  /** Whether `undo` would do something: false for a reader. */
  canUndo(objectId?: Hex, only?: 'texts'): boolean;
  /** Whether `redo` would do something: false for a reader. */
  canRedo(objectId?: Hex, only?: 'texts'): boolean;
}

export interface StepsOptions {
  readonly replica: Replica;
  readonly rows: ObjectRows;
  readonly index: HistoryIndex;
  readonly reads: HistoryReads;
  readonly clientOf: (log: Hex) => number;
  readonly withDocument: <T>(object: number, objectId: Hex, use: (doc: Y.Doc) => T) => T | undefined;
  readonly pending: Pending;
  /** Throws CoveError not-permitted. */
  readonly assertWriter: () => void;
  /** Makes entries of what can become one, so that reads see it. */
  readonly settle: () => void;
}

/** What was found out about an object; its stacks become shorter by what does nothing. */
interface Known {
  readonly objectId: Hex;
  readonly object: number;
  readonly all: readonly HistoryEntry[];
  readonly own: readonly HistoryEntry[];
  readonly others: readonly HistoryEntry[];
  readonly stacks: Stacks & Record<StepKind, Step[]>;
  /** Steps above the next one to be taken back, of which nothing is left. */
  readonly passed: Step[];
}

/** Groups of edits; each belongs into entries of its own. */
type Plan = readonly (readonly Edit[])[];

export function createSteps(options: StepsOptions): SpaceSteps {
  const { replica, rows, index, reads, pending, settle, clientOf, withDocument } = options;

  /** Of a log, whether it is this person's: asked for each entry of an object. */
  const ownLogs = (): ((log: Hex) => boolean) => {
    const log = replica.history();
    const own = log.author(toHex(replica.logId))?.identityId;
    const known = new Map<Hex, boolean>();
    return (one) => {
      if (!known.has(one)) known.set(one, own !== undefined && log.author(one)?.identityId === own);
      return known.get(one) === true;
    };
  };

  function know(objectId: Hex, isOwn: (log: Hex) => boolean, only?: Only): Known {
    const object = reads.row(objectId);
    const all = index.entries(object);
    const [own, others] = [all.filter(({ log }) => isOwn(log)), all.filter(({ log }) => !isOwn(log))];
    const [first] = all;
    const counts = own.filter((one) => only === undefined || (one !== first && changesText(one)));
    const { undo, redo, cancelled } = stacksOf(counts, first);
    return { objectId, object, all, own, others, stacks: { undo: [...undo], redo: [...redo], cancelled }, passed: [] };
  }

  /** What reverts a step; empty when nothing of it stands. */
  function planOf(kind: StepKind, step: Step, about: Known, only?: Only): Plan {
    const { all } = about;
    const mark = (copies: readonly number[]): Edit['registers'] => ({
      [STEP_PATH]: [0, markValue({ kind, only, step: rangeOf(step), copies })],
    });
    const fields = only === 'texts' ? [] : fieldEdits(kind, step, about);
    // Nobody sees what changes in a deleted object.
    if (isDeleted(about.objectId) && !fields.some(({ registers }) => DELETED_PATH in (registers ?? {}))) return [];
    const makes = step.changes.includes(all[0] as HistoryEntry);
    const texts = makes ? [] : textGroups(step, about, mark);
    const marked = fields.map((one) => ({ ...one, registers: { ...mark([]), ...one.registers } }));
    const [first = [], ...more] = texts;
    return [[...marked, ...first], ...more].filter((group) => group.length > 0);
  }

  /**
   * The same for the next step. Who wrote once more what stood there already has made a step of which nothing is left; it
   * goes with the one before it, which it would keep as it is.
   */
  function nextPlan(kind: StepKind, step: Step, about: Known, only?: Only): Plan {
    const plan = planOf(kind, kind === 'undo' && only === undefined ? withPassed(step, about) : step, about, only);
    if (plan.length === 0) about.passed.unshift(step);
    return plan;
  }

  function withPassed(step: Step, { all, passed }: Known): Step {
    const log = step.entries[0]?.log;
    if (step.changes.includes(all[0] as HistoryEntry)) return step;
    const same = passed.filter(({ entries }) => entries.every((one) => one.log === log));
    return {
      entries: [step, ...same].flatMap(({ entries }) => entries),
      changes: [step, ...same].flatMap(({ changes }) => changes),
    };
  }

  const isDeletedBy = (objectId: Hex, entries: readonly HistoryEntry[]): boolean =>
    reads.registers(objectId, entries).registers.assigned.get(DELETED_PATH)?.value === true;

  const isDeleted = (objectId: Hex): boolean =>
    rows.load(replica.row, objectId)?.registers.assigned.get(DELETED_PATH)?.value === true;

  function fieldEdits(kind: StepKind, step: Step, { objectId, all, others, stacks }: Known): Edit[] {
    const { changes } = step;
    const now = rows.load(replica.row, objectId)?.registers ?? emptyRegisters();
    if (changes.includes(all[0] as HistoryEntry)) {
      // Bringing it back must not bring back what somebody else has deleted as well.
      const mayChange = kind === 'undo' ? others.length === 0 : !isDeletedBy(objectId, others);
      if (!mayChange || isDeleted(objectId) === (kind === 'undo')) return [];
      return [editOf(objectId, { [DELETED_PATH]: [0, kind === 'undo'] })];
    }
    if (!changes.some(({ registers }) => registers)) return [];
    const opened = new Map<HistoryEntry, ReturnType<ItemsOf>>();
    const itemsOf: ItemsOf = (entry, id) => {
      if (!opened.has(entry)) opened.set(entry, reads.itemsOf(entry, id));
      return opened.get(entry);
    };
    const left = new Set(stacks.cancelled);
    const withIt = registersWithout(left);
    for (const one of changes) {
      if (kind === 'undo') left.add(one);
      else left.delete(one);
    }
    return revertedFields(objectId, now, withIt, registersWithout(left));

    function registersWithout(some: ReadonlySet<HistoryEntry>) {
      const chosen = all.filter((one) => !some.has(one));
      const { registers, complete } = registersOf(objectId, chosen, itemsOf);
      if (!complete) throw new CoveError('history-incomplete');
      return registers;
    }
  }

  function textGroups(step: Step, about: Known, mark: (copies: readonly number[]) => Edit['registers']): Edit[][] {
    const { objectId, object, own, others } = about;
    if (!step.entries.some(changesText)) return [];
    const copies = new Copies(own, clientOf);
    const made = withDocument(object, objectId, (doc) => {
      const found = textFields(doc).flatMap((field) =>
        groupsOf(revertedText(doc, field, { entries: step.entries, others, copies, clientOf })).map(
          (splices) => [field, splices] as const,
        ),
      );
      if (found.length === 0) return [];
      // Others may have it open: it changes by what is stored.
      const copy = newDocument();
      Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
      const client = clientOf(toHex(replica.logId));
      const groups = found.map(([field, splices]) => {
        const registers = mark(copiesOf(splices, Y.getState(copy.store, client)));
        return writeText(copy, field, client, splices).map((text) => editOf(objectId, registers, text));
      });
      copy.destroy();
      return groups;
    });
    return made ?? [];
  }

  function* inObject(kind: StepKind, objectId: Hex, only?: Only): IterableIterator<Plan> {
    const about = know(objectId, ownLogs(), only);
    for (const step of about.stacks[kind].reverse()) yield nextPlan(kind, step, about, only);
  }

  /** All objects that the last entry was about, and so on. */
  function* inSpace(kind: StepKind): IterableIterator<Plan> {
    const abouts = new Map<Hex, Known>();
    const log = replica.history();
    const own = log.author(toHex(replica.logId))?.identityId ?? '';
    const isOwn = ownLogs();
    for (const at of log.latestBy(own, MOST_ENTRIES)) {
      const items = log.items(at);
      if (items === undefined) throw new CoveError('history-incomplete');
      const ids = new Set(items.map(([id]) => toHex(id)).filter((id) => id !== SPACE_OBJECT));
      const plans: Plan[] = [];
      let isNew = false;
      for (const id of ids) {
        const about = abouts.get(id) ?? know(id, isOwn);
        abouts.set(id, about);
        const isHere = (one: HistoryEntry): boolean => one.log === at.log && one.seq === at.seq;
        const entry = about.own.find(isHere);
        isNew ||= entry !== undefined && entry.mark === undefined;
        const stack = about.stacks[kind];
        const last = stack.at(-1);
        if (last?.entries.some(isHere) !== true) continue;
        plans.push(nextPlan(kind, last, about));
        stack.pop();
      }
      if (kind === 'redo' && isNew) return;
      yield joined(plans);
    }
  }

  /** The object that is the space itself is no object of anybody's steps: devices write there by themselves. */
  function assertKnown(objectId: Hex | undefined): void {
    if (objectId === SPACE_OBJECT) throw new CoveError('object-not-found');
    if (objectId !== undefined) reads.row(objectId);
  }

  function next(kind: StepKind, objectId?: Hex, only?: Only): Plan | undefined {
    const plans = objectId === undefined ? inSpace(kind) : inObject(kind, objectId, only);
    for (const plan of plans) if (plan.length > 0) return plan;
    return undefined;
  }

  function revert(kind: StepKind, objectId?: Hex, only?: Only): boolean {
    assertKnown(objectId);
    options.assertWriter();
    settle();
    pending.flush();
    const plan = next(kind, objectId, only);
    for (const group of plan ?? []) pending.edit(group, 'direct');
    return plan !== undefined;
  }

  function can(kind: StepKind, objectId?: Hex, only?: Only): boolean {
    assertKnown(objectId);
    if (!replica.mayWrite()) return false;
    settle();
    return next(kind, objectId, only) !== undefined;
  }

  return {
    undo: (objectId, only) => revert('undo', objectId, only),
    redo: (objectId, only) => revert('redo', objectId, only),
    canUndo: (objectId, only) => can('undo', objectId, only),
    canRedo: (objectId, only) => can('redo', objectId, only),
  };
}

const changesText = ({ inserted, deletes }: HistoryEntry): boolean => inserted > 0 || deletes.length > 0;

/** The first groups of all objects go together. */
function joined(plans: readonly Plan[]): Plan {
  const first = plans.flatMap(([group = []]) => group);
  return [first, ...plans.flatMap(([, ...more]) => more)].filter((group) => group.length > 0);
}

/** As many as one mark can name; each place counts the splices before it, in earlier groups too. */
function groupsOf(splices: readonly Copied[]): Copied[][] {
  const groups: Copied[][] = [];
  let runs = Infinity;
  for (const splice of splices) {
    if (runs + splice.of.length > MOST_RUNS) {
      groups.push([]);
      runs = 0;
    }
    groups.at(-1)?.push(splice);
    runs += splice.of.length;
  }
  return groups;
}
