/**
 * Reverting what a step did to a text. A character that is brought back is another one to Yjs; the mark of the entry
 * says whose copy it is, so that it counts as the same here: it goes when the one it stands for is taken back.
 */
import * as Y from 'yjs';
import type { Hex } from '../bytes.ts';
import type { HistoryEntry } from './history-index.ts';
import { Ranges, first } from './ranges.ts';
import { piecesOf } from './text-runs.ts';
import type { Piece } from './text-runs.ts';
import type { Splice } from './text.ts';

/** Characters of one client, and what they are copies of: themselves where they are none. */
interface Run {
  readonly clock: number;
  readonly length: number;
  readonly client: number;
  readonly of: number;
}

/** Which characters are copies of which. */
export class Copies {
  readonly #runs = new Map<number, { readonly bounds: [number, number][]; readonly runs: Run[] }>();

  /** `entries` of one person, in their order: what is a copy of a copy is one of the first. */
  constructor(entries: readonly HistoryEntry[], clientOf: (log: Hex) => number) {
    for (const { log, mark } of entries) {
      const { copies = [] } = mark ?? {};
      for (let i = 0; i < copies.length; i += 4) {
        const [clock, client, of, length] = copies.slice(i, i + 4) as [number, number, number, number];
        for (const run of [...this.runs(client, of, of + length)]) {
          this.#add(clientOf(log), { ...run, clock: clock + run.clock - of });
        }
      }
    }
  }

  #add(client: number, run: Run): void {
    const known = this.#runs.get(client) ?? { bounds: [], runs: [] };
    this.#runs.set(client, known);
    const at = first(known.bounds, run.clock);
    if ((known.bounds[at]?.[0] ?? Infinity) < run.clock + run.length) return; // said already
    known.bounds.splice(at, 0, [run.clock, run.clock + run.length]);
    known.runs.splice(at, 0, run);
  }

  /** [from, to) of a client in runs; `clock` is the place there. */
  *runs(client: number, from: number, to: number): IterableIterator<Run> {
    const known = this.#runs.get(client);
    let clock = from;
    for (let i = known === undefined ? 0 : first(known.bounds, from); i < (known?.runs.length ?? 0); i++) {
      const run = known?.runs[i] as Run;
      if (run.clock >= to) break;
      if (run.clock > clock) yield { clock, length: run.clock - clock, client, of: clock };
      const [start, end] = [Math.max(clock, run.clock), Math.min(to, run.clock + run.length)];
      yield { clock: start, length: end - start, client: run.client, of: run.of + start - run.clock };
      clock = end;
    }
    if (clock < to) yield { clock, length: to - clock, client, of: clock };
  }
}

export interface TextStep {
  /** The entries that are reverted. */
  readonly entries: readonly HistoryEntry[];
  /** What other people did. */
  readonly others: readonly HistoryEntry[];
  readonly copies: Copies;
  readonly clientOf: (log: Hex) => number;
}

/** A splice, and whose copy it inserts: [client, clock, length] in order. */
export interface Copied extends Splice {
  readonly of: readonly (readonly [client: number, clock: number, length: number])[];
}

/** A mark names so many runs; what comes from more goes into several. */
export const MOST_RUNS = 500;

/** Part of a piece, with what it is a copy of. */
interface Part extends Piece {
  readonly root: number;
  readonly of: number;
}

/**
 * What reverts a step in one field: of what it inserted, copies included, all that is there goes; what it alone deleted
 * comes back where it stood, unless it is there already. What anybody else deleted as well stays away.
 */
export function revertedText(doc: Y.Doc, field: string, step: TextStep): Copied[] {
  const { entries, others, copies, clientOf } = step;
  const [goes, comes, deleted, gone, stands] = [new Ranges(), new Ranges(), new Ranges(), new Ranges(), new Ranges()];
  const rooted = (into: Ranges, client: number, from: number, to: number): void => {
    for (const run of copies.runs(client, from, to)) into.add(run.client, run.of, run.of + run.length);
  };
  for (const { log, clock, inserted } of entries) {
    if (inserted > 0) rooted(goes, clientOf(log), clock - inserted, clock);
  }
  for (const [client, from, to] of deletions(entries)) {
    deleted.add(client, from, to);
    rooted(comes, client, from, to);
  }
  for (const [client, from, to] of deletions(others)) gone.add(client, from, to);
  for (const ranges of [goes, comes, deleted, gone]) ranges.settle();
  for (const part of parts(doc, field, copies, [comes])) {
    if (!part.deleted && comes.has(part.root, part.of)) stands.add(part.root, part.of, part.of + part.text.length);
  }
  stands.settle();
  const isBack = ({ client, clock, root, of, text }: Part): boolean =>
    deleted.has(client, clock) &&
    !gone.has(client, clock) &&
    !goes.has(root, of) &&
    !stands.has(root, of) &&
    text.isWellFormed();

  const splices: Copied[] = [];
  let at = 0;
  let last: { readonly goes: boolean; readonly splice: Copied } | undefined; // what the next part may go on
  for (const part of parts(doc, field, copies, [goes, stands], [deleted, gone])) {
    const { length } = part.text;
    // A character of two units, of which another one took half, stays.
    const isGoing = !part.deleted && goes.has(part.root, part.of) && part.text.isWellFormed();
    if (isGoing) {
      const before = last?.goes === true ? (splices.pop() as Copied).remove : 0;
      splices.push({ at, remove: before + length, insert: '', of: [] });
    } else if (part.deleted && isBack(part)) {
      const joins = last?.goes === false && last.splice.of.length < MOST_RUNS ? (splices.pop() as Copied) : undefined;
      splices.push({
        at: joins?.at ?? at,
        remove: 0,
        insert: (joins?.insert ?? '') + part.text,
        of: [...(joins?.of ?? []), [part.root, part.of, length]],
        after: Y.createID(part.client, part.clock + length - 1),
      });
      at += length;
    } else {
      if (!part.deleted) at += length;
      last = undefined;
      continue;
    }
    last = { goes: isGoing, splice: splices.at(-1) as Copied };
  }
  return splices;
}

function* deletions(entries: readonly HistoryEntry[]): IterableIterator<[client: number, from: number, to: number]> {
  for (const { deletes } of entries) {
    for (let i = 0; i < deletes.length; i += 3) {
      const [client, from, length] = deletes.slice(i, i + 3) as [number, number, number];
      yield [client, from, from + length];
    }
  }
}

/** All of a field in parts, of which each is a copy as a whole and in each of the ranges or not. */
function* parts(
  doc: Y.Doc,
  field: string,
  copies: Copies,
  of: readonly Ranges[],
  own: readonly Ranges[] = [],
): IterableIterator<Part> {
  for (const piece of piecesOf(doc, field)) {
    const { client, clock, text } = piece;
    for (const run of copies.runs(client, clock, clock + text.length)) {
      const cuts: number[] = [];
      for (const ranges of of) ranges.cuts(run.client, run.of, run.of + run.length, cuts);
      const ends = cuts.map((cut) => cut - run.of + run.clock);
      for (const ranges of own) ranges.cuts(client, run.clock, run.clock + run.length, ends);
      let from = run.clock;
      for (const end of [...ends.sort((a, b) => a - b), run.clock + run.length]) {
        if (end === from) continue;
        const part = text.slice(from - clock, end - clock);
        yield { ...piece, clock: from, text: part, root: run.client, of: run.of + from - run.clock };
        from = end;
      }
    }
  }
}

/**
 * Of replacements that an editor makes to take something back, whose copies they insert: what was deleted at the place
 * and is the same text. Of several such the last is taken.
 */
export function copiesIn(doc: Y.Doc, field: string, splices: readonly Splice[]): Copied[] {
  let shift = 0;
  const places = splices.map((splice) => {
    const from = splice.at - shift;
    shift += splice.insert.length - splice.remove;
    return { splice, from, to: from + splice.remove, dead: [] as Piece[] };
  });
  let [now, next] = [0, 0];
  for (const piece of piecesOf(doc, field)) {
    if (!piece.deleted) now += piece.text.length;
    while (next < places.length && now > (places[next]?.to as number)) next++;
    const place = places[next];
    if (place === undefined) break;
    if (piece.deleted && now >= place.from) place.dead.push(piece);
  }
  return places.map(({ splice, dead }) => {
    const copied = splice.insert === '' ? undefined : found(dead, splice.insert);
    return { ...splice, of: copied?.of ?? [], after: copied?.after };
  });
}

function found(pieces: readonly Piece[], text: string): Pick<Copied, 'of' | 'after'> | undefined {
  const all = pieces.map((piece) => piece.text).join('');
  const start = all.lastIndexOf(text);
  if (start < 0) return undefined;
  const of: [client: number, clock: number, length: number][] = [];
  let [at, after]: [number, Y.ID | undefined] = [0, undefined];
  for (const piece of pieces) {
    const [from, to] = [Math.max(start, at), Math.min(start + text.length, at + piece.text.length)];
    if (from < to) {
      of.push([piece.client, piece.clock + from - at, to - from]);
      after = Y.createID(piece.client, piece.clock + to - at - 1);
    }
    at += piece.text.length;
  }
  return of.length > MOST_RUNS ? undefined : { of, after };
}

/** As a mark has it: from a clock on, what these splices insert. */
export function copiesOf(splices: readonly Copied[], from: number): number[] {
  let clock = from;
  const copies: number[] = [];
  for (const { insert, of } of splices) {
    let at = clock;
    for (const [client, start, length] of of) {
      copies.push(at, client, start, length);
      at += length;
    }
    clock += insert.length;
  }
  return copies;
}
