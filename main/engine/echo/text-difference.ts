/**
 * What turns one text into another, line by line and in changed lines word by word, so that what somebody else writes
 * between two changes stays where it is, and history tells them apart.
 * Given up for one replacement where two texts have little in common: there it says nothing, and costs their product.
 */
import { diffArrays } from 'diff';
import { difference, type Splice } from './text.ts';

/** Lines or words that come or go in one comparison. */
const MAX_EDITS = 400;
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
  const pieces = compared(before.slice(start, start + remove), insert, LINE).flatMap((piece) =>
    piece.same ? [piece] : compared(piece.before, piece.after, WORD),
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
function compared(before: string, after: string, pattern: RegExp): Piece[] {
  const [old, now] = [before.match(pattern) ?? [], after.match(pattern) ?? []];
  const runs = old.length > 0 && now.length > 0 ? commonRuns(old, now) : undefined;
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
function commonRuns(old: string[], now: string[]): Run[] | undefined {
  const changes = diffArrays(old, now, { maxEditLength: MAX_EDITS });
  if (changes === undefined) return undefined;
  const runs: Run[] = [];
  let [x, y] = [0, 0];
  for (const { added, removed, count } of changes) {
    if (!added && !removed) runs.push([x, y, count]);
    if (!added) x += count;
    if (!removed) y += count;
  }
  return runs;
}
