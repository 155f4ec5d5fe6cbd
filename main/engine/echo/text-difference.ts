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
export const differences = (before: string, after: string): Splice[] => counted(apart(before, after));

/** Each by its place in `before`. */
function apart(before: string, after: string): Splice[] {
  const { at: start, remove, insert } = difference(before, after);
  const pieces = compared(before.slice(start, start + remove), insert, LINE).flatMap((piece) =>
    piece.same ? [piece] : compared(piece.before, piece.after, WORD),
  );
  let at = start;
  return pieces.flatMap((piece) => {
    const own = difference(piece.before, piece.after);
    const placed = { ...own, at: at + own.at };
    at += piece.before.length;
    return own.remove > 0 || own.insert !== '' ? [placed] : [];
  });
}

/** The same splices, each counting those before it. */
function counted(splices: readonly Splice[]): Splice[] {
  let shift = 0;
  return splices.map((splice) => {
    const placed = { ...splice, at: splice.at + shift };
    shift += splice.insert.length - splice.remove;
    return placed;
  });
}

/**
 * Of those, the ones in a part of `before`, each counting those before it. A replacement that is only partly in it is taken
 * word by word, in whole ones, where both have as many; else all that comes takes the place of that part, for which of it
 * belongs there nobody can tell.
 */
export function differencesWithin(
  before: string,
  after: string,
  { start, end }: { readonly start: number; readonly end: number },
): Splice[] {
  if (end < 0 || start > before.length) return [];
  const isWithin = ({ at, remove }: Splice): boolean => at >= start && at + remove <= end;
  const clipped = ({ at, remove, insert }: Splice): Splice => {
    const from = Math.max(at, start);
    return { at: from, remove: Math.min(at + remove, end) - from, insert };
  };
  const isTouched = ({ at, remove }: Splice): boolean => at < end && at + remove > start;
  const all = isWithin({ at: 0, remove: before.length, insert: after })
    ? [difference(before, after)]
    : apart(before, after);
  const taken = all.flatMap((splice) => {
    if (isWithin(splice)) return [splice];
    if (!isTouched(splice)) return [];
    const words = wordByWord(before.slice(splice.at, splice.at + splice.remove), splice.insert);
    return words?.map((word) => ({ ...word, at: splice.at + word.at })).filter(isTouched) ?? [clipped(splice)];
  });
  return counted(taken);
}

/** Each word that becomes another one, by its place in `before`; undefined where there are more or fewer of them. */
function wordByWord(before: string, after: string): Splice[] | undefined {
  const [old, now] = [before.match(WORD) ?? [], after.match(WORD) ?? []];
  if (old.length !== now.length) return undefined;
  let at = 0;
  return old.flatMap((word, i) => {
    at += word.length;
    return word === now[i] ? [] : [{ at: at - word.length, remove: word.length, insert: now[i] as string }];
  });
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
