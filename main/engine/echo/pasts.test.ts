/** The pasts that are put together from what is news in each vector are those that the whole vectors cover. */
import { beforeAll, expect, test } from 'vitest';
import { cast, otherArrival, spaceHistory } from '../../../test/proof/space-histories.ts';
import { dice } from '../../../test/proof/histories.ts';
import { ready } from '../crypto/sodium.ts';
import { allBefore, has, set } from './bits.ts';
import { readDeps } from './entry.ts';
import { Pasts } from './pasts.ts';
import type { Place } from './pasts.ts';

beforeAll(ready);

/** By what each entry's vector says, one log after the other, with the past of the last entry in it. */
function plainPasts(order: readonly Place[], onWord: (index: number) => boolean): Uint32Array[] {
  const pasts: Uint32Array[] = [];
  for (const [index, { log, seq, clock }] of order.entries()) {
    const past = onWord(index) ? allBefore(index) : new Uint32Array((index >>> 5) + 1);
    pasts.push(past);
    if (onWord(index)) continue;
    const seen = (readDeps(clock) ?? []).map((dep) => [dep.log, dep.seq] as const);
    for (const [other, upTo] of [[log, seq - 1] as const, ...seen]) {
      const covered = order.slice(0, index).flatMap((one, at) => (one.log === other && one.seq <= upTo ? [at] : []));
      for (const at of covered) set(past, at);
      for (const [i, word] of (pasts[covered.at(-1) ?? -1] ?? []).entries()) past[i] = (past[i] as number) | word;
    }
  }
  return pasts;
}

test('in causal orders they are what really came before, in any other what the vectors cover', () => {
  const people = cast();
  let [words, late] = [0, 0];
  for (let seed = 1; seed <= 400; seed++) {
    const roll = dice(seed);
    const history = spaceHistory(people, seed);
    const places = new Map(history.entries.map((entry, at) => [entry, at]));
    const causal = roll(2) === 0 ? history.entries : otherArrival(history, roll);
    // Some come on somebody's word and before their time, as those of a grant do.
    const order = [...causal];
    const granted = seed % 4 === 0 ? order.splice(roll(order.length), 1 + roll(6)) : [];
    order.unshift(...granted);
    const onWord = (index: number): boolean => index < granted.length;
    const pasts = new Pasts();
    const plain = plainPasts(order, onWord);
    for (const [index, entry] of order.entries()) {
      const expected = plain[index] as Uint32Array;
      if (!onWord(index)) expect(pasts.of(entry)).toEqual(expected);
      expect(pasts.add(entry, onWord(index))).toEqual(expected);
      if (granted.length === 0) {
        const before = history.pasts[places.get(entry) as number] as ReadonlySet<number>;
        const really = order.map((other) => before.has(places.get(other) as number));
        expect(order.map((_, at) => has(expected, at))).toEqual(really);
      }
      for (const { log, seq } of readDeps(entry.clock) ?? []) expect(pasts.seqSeen(index, log)).toBe(seq);
      expect(pasts.seqSeen(index, entry.log)).toBe(entry.seq);
    }
    words += granted.length;
    late += Number(granted.some((entry) => causal.indexOf(entry) > granted.length));
  }
  expect([words, late].map((n) => n > 50)).toEqual([true, true]);
});
