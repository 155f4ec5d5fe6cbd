import { wordlist } from '@scure/bip39/wordlists/english.js';
import { expect, test } from 'vitest';
import { looksWrong, spread } from './typing.ts';

test('a word is wrong while it is typed only when nothing begins with it, and when it was left unfinished', () => {
  const judged = (typed: string) => [looksWrong(typed, false, wordlist), looksWrong(typed, true, wordlist)];
  expect(judged('')).toEqual([false, false]);
  expect(judged('zeb')).toEqual([false, true]);
  expect(judged(' Zebra ')).toEqual([false, false]);
  expect(judged('zebrx')).toEqual([true, true]);
});

test('a pasted phrase is spread over the fields, whatever stands between its words', () => {
  expect(spread('1. Zebra\n2. zoo,abandon')).toEqual(['zebra', 'zoo', 'abandon']);
});
