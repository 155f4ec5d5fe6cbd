/** What a person can take back of an object, and make again: found from the entries, in the order of the log. */
import type { HistoryEntry } from './history-index.ts';
import type { Only, StepMark, StepRange } from './step-mark.ts';

/** Entries of one device that are one step. */
export interface Step {
  /** What is to be reverted, in order: changes, or those that made them again, or that took them back. */
  readonly entries: readonly HistoryEntry[];
  /** The changes themselves. */
  readonly changes: readonly HistoryEntry[];
}

export interface Stacks {
  /** The last one is taken back next. */
  readonly undo: readonly Step[];
  /** The last one is made again next. */
  readonly redo: readonly Step[];
  /** Without these the fields are what they are: changes that are taken back, what did that, and what made them again. */
  readonly cancelled: ReadonlySet<HistoryEntry>;
}

/** Text of one device that comes after a longer pause is another step. Entries of somebody who types come every 3 s. */
const PAUSE_MS = 5_000;
/** A step of typing is no longer than this. */
const LONGEST_MS = 20_000;
/** How many steps of an object can be taken back. */
const DEPTH = 1_000;

interface Open extends Step {
  entries: HistoryEntry[];
  changes: HistoryEntry[];
  readonly mark: StepMark | undefined;
}

/**
 * `own`: the entries of one person that count, from all devices. `first`: the entry that made the object. It is taken back
 * by deleting the object and never left out of what is computed.
 */
export function stacksOf(own: readonly HistoryEntry[], first: HistoryEntry | undefined): Stacks {
  const [undo, redo]: [Open[], Open[]] = [[], []];
  const cancelled = new Set<HistoryEntry>();
  const reverted = new Map<string, Open>();
  let before: HistoryEntry | undefined;
  for (const entry of own) {
    const { mark } = entry;
    if (mark?.step !== undefined) revert(entry, mark, mark.step);
    else if (mark === undefined) {
      redo.length = 0;
      made(entry);
    } else if (mark.kind === 'undo') {
      // What an editor took back by itself is no step, and of the one that it took back nothing is left. It can be made
      // again; where the editor did so, nothing is left to make.
      redo.push({ entries: [entry], changes: [entry], mark: undefined });
    }
    before = entry;
  }

  function made(entry: HistoryEntry): void {
    const last = undo.at(-1);
    if (last !== undefined && last.entries.at(-1) === before && continues(last, entry, first)) last.entries.push(entry);
    else {
      const entries = [entry];
      undo.push({ entries, changes: entries, mark: undefined });
    }
  }

  function revert(entry: HistoryEntry, mark: StepMark, range: StepRange): void {
    const [from, to] = mark.kind === 'undo' ? [undo, redo] : [redo, undo];
    const key = [mark.kind, range.log, range.first, range.last].join(' ');
    const known = reverted.get(key);
    const same = known !== undefined && to.includes(known) ? known : undefined; // in several entries, or on two devices at once
    const changes = take(from, range, mark.only);
    if (same === undefined && changes.length === 0) return;
    if (same === undefined) {
      const step: Open = { entries: [entry], changes, mark };
      to.push(step);
      reverted.set(key, step);
    } else same.entries.push(entry);
    cancelled.add(entry);
    for (const one of changes) {
      if (mark.kind === 'redo') cancelled.delete(one);
      else if (one !== first) cancelled.add(one);
    }
  }

  return { undo: undo.slice(-DEPTH), redo: redo.slice(-DEPTH), cancelled };
}

/**
 * Takes what is of a range out of a stack and answers whose changes that was. What stood above it had been passed over,
 * because nothing was left of it.
 */
function take(stack: Open[], { log, first, last }: StepRange, only: Only): HistoryEntry[] {
  const isIn = (entry: HistoryEntry): boolean => entry.seq >= first && entry.seq <= last && entry.log === log;
  const taken: HistoryEntry[] = [];
  let found = stack.length;
  for (let i = stack.length - 1; i >= 0; i--) {
    const { entries } = stack[i] as Open;
    if (entries.some(isIn)) found = i;
    // Steps of one log are in its order.
    else if (entries.every((one) => one.log === log && one.seq < first)) break;
  }
  if (found === stack.length) return taken;
  const kept = stack.splice(found).flatMap((one): Open[] => {
    const isHere = one.entries.some(isIn);
    const isPassed = only === undefined || !one.changes.some(({ registers }) => registers);
    if (!isHere) return isPassed ? [] : [one];
    // Of changes, what another own device did in between stays.
    const rest = one.mark === undefined ? one.entries.filter((entry) => !isIn(entry)) : [];
    taken.push(...(one.mark === undefined ? one.entries.filter(isIn) : one.changes));
    return rest.length === 0 ? [] : [{ entries: rest, changes: rest, mark: undefined }];
  });
  stack.push(...kept);
  return taken;
}

function continues({ entries, mark }: Open, entry: HistoryEntry, first: HistoryEntry | undefined): boolean {
  const [start, last] = [entries[0], entries.at(-1)] as [HistoryEntry, HistoryEntry];
  if (mark !== undefined || start === first || last.log !== entry.log || last.registers || entry.registers)
    return false;
  return Math.abs(entry.wall - last.wall) <= PAUSE_MS && Math.abs(entry.wall - start.wall) <= LONGEST_MS;
}

/** How a mark names the entries of a step: those of its first one's log. */
export function rangeOf({ entries }: Step): StepRange {
  const { log } = entries[0] as HistoryEntry;
  const places = entries.filter((one) => one.log === log).map(({ seq }) => seq);
  return { log, first: Math.min(...places), last: Math.max(...places) };
}
