/** A note as it was, in pieces: what was written and taken out since, and who wrote each. */
import type { Author, PastNote, PastPiece } from '../../preload/contract/history.ts';
import { CoveError, type History } from '../client/index.ts';
import { shown } from './shown.ts';

const BODY = 'body';

interface Run {
  readonly start: number;
  readonly end: number;
  readonly identityId: string;
}
type Runs = ReturnType<History['difference']>['texts'][string];

/** Throws CoveError: object-not-found, moment-unknown. */
export function pastNote(
  history: History,
  noteId: string,
  moment: string,
  titleNow: string,
  author: (identityId: string) => Author,
): PastNote {
  const note = { id: noteId };
  const past = history.object(note, moment);
  if (past === undefined) throw new CoveError('moment-unknown');
  const { fields, texts, complete } = history.difference(note, moment);
  const runs: Runs = texts[BODY] ?? [{ kind: 'same', text: past.texts[BODY] ?? '' }];
  const people: Author[] = [];
  const pieces = piecesOf(runs, history.authors(note, BODY, moment), history.authors(note, BODY), (identityId) => {
    const known = people.findIndex((one) => one.identityId === identityId);
    return known >= 0 ? known : people.push(author(identityId)) - 1;
  });
  const title = past.fields['title'];
  return {
    title: typeof title === 'string' ? shown(title) : '',
    titleNow,
    deleted: past.deleted,
    complete: complete && past.complete,
    present: fields.length === 0 && texts[BODY] === undefined,
    pieces,
    people,
  };
}

/** What was taken out since has its place in the past text, what was written since in the present one, the rest in both. */
export function piecesOf(
  runs: Runs,
  then: readonly Run[],
  now: readonly Run[],
  place: (identityId: string) => number,
): PastPiece[] {
  const pieces: { kind: PastPiece['kind']; text: string; by: number }[] = [];
  const [was, is] = [follow(then), follow(now)];
  for (const { kind, text } of runs) {
    const written = (kind === 'inserted' ? is : was)(text.length);
    if (kind === 'same') is(text.length);
    let from = 0;
    for (const { length, identityId } of written) {
      const piece = { kind, text: text.slice(from, from + length), by: identityId === '' ? -1 : place(identityId) };
      from += length;
      const last = pieces.at(-1);
      if (last?.kind === kind && last.by === piece.by) last.text += piece.text;
      else pieces.push(piece);
    }
  }
  return pieces;
}

/** Goes along a text: of its next characters, how many come from whom. */
function follow(runs: readonly Run[]): (length: number) => { readonly length: number; readonly identityId: string }[] {
  let [at, index] = [0, 0];
  return (length) => {
    const found: { length: number; identityId: string }[] = [];
    const end = at + length;
    while (at < end) {
      const run = runs[index];
      if (run !== undefined && run.end <= at) {
        index++;
        continue;
      }
      const inside = run !== undefined && run.start <= at;
      const to = Math.min(end, inside ? run.end : (run?.start ?? end));
      found.push({ length: to - at, identityId: inside ? run.identityId : '' });
      at = to;
    }
    return found;
  };
}
