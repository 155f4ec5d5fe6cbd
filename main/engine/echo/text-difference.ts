/**
 * What turns one text into another, line by line and in changed lines word by word, so that what somebody else writes
 * between two changes stays where it is, and history tells them apart. E. Myers, An O(ND) Difference Algorithm (1986),
 * given up for one replacement where two texts have little in common: there it says nothing, and costs their product.
 */
import { difference, type Splice } from './text.ts';

/** Lines or words that come or go in one comparison. */
const MAX_EDITS = 400;
/** Of the whole: looks at two lines or words; some 50 ms. */
const MAX_STEPS = 5_000_000;

const LINE = /[^\n]*\n|[^\n]+/g;
const WORD = /[\p{L}\p{M}\p{N}_]+|[^\p{L}\p{M}\p{N}_]/gu;
const IN_WORDS = /[\p{L}\p{N}]/u;

interface Piece {
  readonly before: string;
  readonly after: string;
  readonly same: boolean;
}

/** The splices, each counting those before it, that turn `before` into `after`; none cuts a surrogate pair. */
export function differences(before: string, after: string): Splice[] {
  const { at: start, remove, insert } = difference(before, after);
  const budget = { steps: MAX_STEPS };
  const pieces = compared(before.slice(start, start + remove), insert, LINE, budget).flatMap((piece) =>
    piece.same ? [piece] : compared(piece.before, piece.after, WORD, budget),
  );
  const splices: Splice[] = [];
  let at = start;
  for (const piece of pieces) {
    const own = difference(piece.before, piece.after);
    if (own.remove > 0 || own.insert !== '') splices.push({ ...own, at: at + own.at });
    at += piece.after.length;
  }
  return splices;
}

/** Both texts in pieces, in order: what they have in common and what they have not. */
function compared(before: string, after: string, pattern: RegExp, budget: { steps: number }): Piece[] {
  const [old, now] = [before.match(pattern) ?? [], after.match(pattern) ?? []];
  const runs = old.length > 0 && now.length > 0 ? commonRuns(...numbered(old, now), budget) : undefined;
  if (runs === undefined) return [{ before, after, same: false }];
  const pieces: Piece[] = [];
  let [from, to] = [0, 0];
  for (const [x, y, length] of [...runs, [old.length, now.length, 0] as const]) {
    const same = old.slice(x, x + length).join('');
    // A blank or a comma between two changes is no reason to make two of them.
    if (length > 0 && !IN_WORDS.test(same)) continue;
    pieces.push({ before: old.slice(from, x).join(''), after: now.slice(to, y).join(''), same: false });
    if (length > 0) pieces.push({ before: same, after: same, same: true });
    [from, to] = [x + length, y + length];
  }
  return pieces;
}

type Run = readonly [x: number, y: number, length: number];

/** What both have in the same order, by its places in each; undefined where they are too unlike. */
function commonRuns(old: Int32Array, now: Int32Array, budget: { steps: number }): Run[] | undefined {
  const most = Math.min(MAX_EDITS, old.length + now.length);
  /** How far in `old` each diagonal has come, `middle` being that of two equal beginnings. */
  const reached = new Int32Array(2 * most + 3);
  const middle = most + 1;
  const rounds: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits++) {
    rounds.push(reached.slice(middle - edits - 1, middle + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      let x = isDown(reached, middle + k, k, edits) ? at(reached, middle + k + 1) : at(reached, middle + k - 1) + 1;
      while (x < old.length && x - k < now.length && old[x] === now[x - k]) {
        x++;
        budget.steps--;
      }
      reached[middle + k] = x;
      if (x >= old.length && x - k >= now.length) return traced(rounds, old.length, k);
      if (--budget.steps < 0) return undefined;
    }
  }
  return undefined;
}

/** Back from the end to the beginning, through what each round began with. */
function traced(rounds: readonly Int32Array[], end: number, last: number): Run[] {
  const runs: Run[] = [];
  let [x, k] = [end, last];
  for (let edits = rounds.length - 1; edits >= 0; edits--) {
    const before = rounds[edits] as Int32Array;
    const middle = edits + 1;
    const down = isDown(before, middle + k, k, edits);
    const start = edits === 0 ? 0 : down ? at(before, middle + k + 1) : at(before, middle + k - 1) + 1;
    if (x > start) runs.unshift([start, start - k, x - start]);
    k += down ? 1 : -1;
    x = down ? start : start - 1;
  }
  return runs;
}

/** Whether the way to this diagonal goes by something that comes, not by something that goes. */
const isDown = (reached: Int32Array, place: number, k: number, edits: number): boolean =>
  k === -edits || (k !== edits && at(reached, place - 1) < at(reached, place + 1));

const at = (reached: Int32Array, place: number): number => reached[place] as number;

/** The same number for the same line or word. */
function numbered(...texts: readonly [readonly string[], readonly string[]]): [Int32Array, Int32Array] {
  const known = new Map<string, number>();
  const number = (text: string): number => {
    const found = known.get(text) ?? known.size;
    known.set(text, found);
    return found;
  };
  return [Int32Array.from(texts[0], number), Int32Array.from(texts[1], number)];
}
