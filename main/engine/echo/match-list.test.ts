/** A list kept by differences is the one that would be made anew, and the differences say how it became so, few or many. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MatchList, type MatchChange } from './match-list.ts';
import type { Match } from './query.ts';

const match = (id: number, due: number): Match =>
  ({ object: { id: String(id) }, space: 1, place: [due, id], revision: '' }) as unknown as Match;
const inOrder = (a: Match, b: Match): number =>
  Number(a.place[0]) - Number(b.place[0]) || Number(a.place[1]) - Number(b.place[1]);
const idOf = ({ object }: Match): string => object.id;

function apply(list: readonly Match[], { added, changed, removed, moved }: MatchChange): Match[] {
  const latest = new Map([...list, ...changed].map((one) => [idOf(one), one]));
  const away = new Set([...removed, ...moved.map((one) => one.match)].map(idOf));
  const next = list.filter((one) => !away.has(idOf(one))).map((one) => latest.get(idOf(one)) as Match);
  for (const one of [...added, ...moved].sort((a, b) => a.at - b.at)) next.splice(one.at, 0, one.match);
  return next;
}

test.each([4, 400])('differences of up to %i matches lead to the new list', (many) => {
  const dues = fc.array(fc.tuple(fc.nat(many), fc.nat(many)), { minLength: many / 2, maxLength: many, size: 'max' });
  const seen = { added: 0, changed: 0, removed: 0, moved: 0 };
  const check = fc.property(dues, fc.array(dues, { maxLength: 4 }), (first, turns) => {
    const present = new Map(first.map(([id, due]) => [String(id), match(id, due)]));
    const list = new MatchList([...present.values()].sort(inOrder), inOrder, idOf);
    for (const turn of turns) {
      const shown = list.matches;
      for (const [id, due] of turn) {
        if (present.get(String(id))?.place[0] === due) present.delete(String(id));
        else present.set(String(id), match(id, due));
      }
      const next = [...present.values()].sort(inOrder);
      const copy = [...shown];
      const change = list.apply(list.turnTo(next));
      for (const key of ['added', 'changed', 'removed', 'moved'] as const) seen[key] += change[key].length;
      expect(list.matches).toEqual(next);
      expect(apply(copy, change)).toEqual(next);
      for (const one of next) expect(list.get(idOf(one))).toBe(one);
    }
  });
  fc.assert(check, { numRuns: 60 });
  for (const times of Object.values(seen)) expect(times, 'control: all kinds were seen').toBeGreaterThan(20);
});
