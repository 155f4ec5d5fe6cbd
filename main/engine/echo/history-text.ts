/**
 * Past texts, read from the present document or a later checkpoint: they keep what was deleted (gc is off), and of any set
 * of entries that has what they stand on Yjs gives the same characters in the same order, so a past text is a later one with
 * other characters shown. Clocks of clients say what an entry inserted, its own list what it deleted.
 */
import type * as Y from 'yjs';
import type { Hex } from '../bytes.ts';
import type { HistoryEntry, TextExtent } from './history-index.ts';
import type { TextRun } from './history-types.ts';
import { Ranges } from './ranges.ts';
import { differencesWithin } from './text-difference.ts';
import { piecesOf } from './text-runs.ts';
import type { Piece, Run } from './text-runs.ts';
import { difference } from './text.ts';
import type { Splice } from './text.ts';

/** Which characters are shown. */
export type Shown = Ranges;

/** The characters that these entries insert and none of them deletes. */
export function shownBy(entries: readonly HistoryEntry[], clientOf: (log: Hex) => number): Shown {
  const [inserted, deleted] = [new Ranges(), new Ranges()];
  for (const { log, clock, inserted: length, deletes } of entries) {
    if (length > 0) inserted.add(clientOf(log), clock - length, clock);
    addRuns(deleted, deletes);
  }
  return without(inserted, deleted);
}

/** The same of entries taken together. */
export function shownIn({ inserted: authors, deletes }: TextExtent, clientOf: (log: Hex) => number): Shown {
  const [inserted, deleted] = [new Ranges(), new Ranges()];
  for (const { log, clock } of authors) if (clock > 0) inserted.add(clientOf(log), 0, clock);
  addRuns(deleted, deletes);
  return without(inserted, deleted);
}

function addRuns(to: Ranges, runs: readonly number[]): void {
  for (let i = 0; i < runs.length; i += 3) {
    const from = runs[i + 1] as number;
    to.add(runs[i] as number, from, from + (runs[i + 2] as number));
  }
}

function without(inserted: Ranges, deleted: Ranges): Shown {
  inserted.settle();
  deleted.settle();
  return inserted.without(deleted);
}

/** The same in parts of which each is shown or not as a whole. */
export function* split<R extends Run>(runs: Iterable<R>, ...by: readonly Shown[]): IterableIterator<R> {
  for (const piece of runs) {
    const { client, clock, text } = piece;
    const cuts: number[] = [];
    for (const shown of by) shown.cuts(client, clock, clock + text.length, cuts);
    if (cuts.length === 0) {
      yield piece;
      continue;
    }
    cuts.sort((a, b) => a - b);
    let from = clock;
    for (const cut of [...cuts, clock + text.length]) {
      if (cut === from) continue;
      yield { ...piece, clock: from, text: text.slice(from - clock, cut - clock) };
      from = cut;
    }
  }
}

export const isShown = ({ client, clock }: Run, by: Shown): boolean => by.has(client, clock);

/** Of a pair of surrogates that somebody has torn apart each half shows as Yjs replaces it. */
export function textOf(runs: Iterable<Run>, shown: Shown): string {
  let text = '';
  for (const { client, clock, text: all } of runs) {
    const parts: number[] = [];
    shown.parts(client, clock, clock + all.length, parts);
    for (let i = 0; i < parts.length; i += 2) {
      text += all.slice((parts[i] as number) - clock, (parts[i + 1] as number) - clock);
    }
  }
  return text.toWellFormed();
}

/** What became of one text until it was another one. */
export function runsBetween(runs: Iterable<Run>, then: Shown, now: Shown): TextRun[] {
  const found: { kind: TextRun['kind']; text: string }[] = [];
  for (const piece of split(runs, then, now)) {
    const [was, is] = [isShown(piece, then), isShown(piece, now)];
    if (!was && !is) continue;
    const kind = was === is ? 'same' : is ? 'inserted' : 'deleted';
    const last = found.at(-1);
    if (last?.kind === kind) last.text += piece.text;
    else found.push({ kind, text: piece.text });
  }
  return found.map(({ kind, text }) => ({ kind, text: text.toWellFormed() }));
}

/** A part of the present text, in UTF-16 units. */
export interface Selection {
  readonly start: number;
  readonly end: number;
}

/** What is to be changed of the present text. */
export interface Limits {
  /** Nothing outside of it. */
  readonly selection?: Selection | undefined;
  /** Characters that may have been put there in place of others: those are not brought back beside them. */
  readonly instead?: Shown | undefined;
}

/** What turns the present text into what is `shown`; each place counts the splices before it. */
export function splicesTo(doc: Y.Doc, field: string, shown: Shown, { selection, instead }: Limits = {}): Splice[] {
  const splices: Splice[] = [];
  let [now, shift] = [0, 0]; // place in the present text; how much longer what was gone through has become
  let [removed, insert] = ['', ''];
  /** What comes in place of what goes, between two pieces that stay. */
  const settle = (): void => {
    if (removed === '' && insert === '') return;
    const from = now - removed.length;
    let longer = 0;
    // What is taken back from somebody goes whole, also where the same characters come.
    const whole = { at: 0, remove: removed.length, insert };
    const all = instead === undefined ? difference(removed, insert) : whole;
    for (const { at, remove, insert: text } of selection ? within(selection, from) : [all]) {
      if (remove > 0 || text !== '') splices.push({ at: from + shift + at, remove, insert: text });
      longer += text.length - remove;
    }
    shift += longer;
    [removed, insert] = ['', ''];
  };
  const within = ({ start, end }: Selection, from: number): readonly Splice[] =>
    differencesWithin(removed, insert, { start: start - from, end: end - from });
  const pieces = split(piecesOf(doc, field), shown, ...(instead === undefined ? [] : [instead]));
  for (const piece of instead === undefined ? pieces : notTwice(pieces, shown, instead)) {
    const wanted = isShown(piece, shown);
    if (piece.deleted) {
      if (wanted) insert += piece.text;
      continue;
    }
    if (wanted) settle();
    else removed += piece.text;
    now += piece.text.length;
  }
  settle();
  return splices;
}

/** Leaves out what would come back beside the same text that somebody has put there `instead`. */
function* notTwice(pieces: Iterable<Piece>, shown: Shown, instead: Shown): IterableIterator<Piece> {
  let zone: Piece[] = [];
  const stands = (piece: Piece): boolean => !piece.deleted && isShown(piece, shown) && isShown(piece, instead);
  const back = (piece: Piece): boolean => piece.deleted && isShown(piece, shown);
  const joined = (some: readonly Piece[]): string => some.map(({ text }) => text).join('');
  function* settle(): IterableIterator<Piece> {
    if (joined(zone.filter(stands)).includes(joined(zone.filter(back)))) yield* zone.filter((piece) => !back(piece));
    else yield* notBeside();
    zone = [];
  }
  /** Each passage by itself, for others may have written between two of them: Yjs inserts after what is deleted there. */
  function* notBeside(): IterableIterator<Piece> {
    const next = (from: number, isIt: (piece: Piece) => boolean): number => {
      let place = from;
      while (place < zone.length && !isIt(zone[place] as Piece)) place++;
      return place;
    };
    let at = next(0, back);
    yield* zone.slice(0, at);
    while (at < zone.length) {
      const end = next(at, stands);
      const following = next(end, back);
      const [passage, after] = [zone.slice(at, end), zone.slice(end, following)];
      const isThere = joined(after.filter(stands)).includes(joined(passage.filter(back)));
      yield* isThere ? passage.filter((piece) => !back(piece)) : passage;
      yield* after;
      at = following;
    }
  }
  for (const piece of pieces) {
    if (!piece.deleted && isShown(piece, shown) && !stands(piece)) {
      yield* settle();
      yield piece;
    } else zone.push(piece);
  }
  yield* settle();
}
