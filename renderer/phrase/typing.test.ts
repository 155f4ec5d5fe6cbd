import { wordlist } from '@scure/bip39/wordlists/english.js';
import { expect, test } from 'vitest';
import { eachShare, hasShare, hasWords, looksWrong, spread } from './typing.ts';

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

test('a text with several shares is taken apart, and one with a single share is left as it was pasted', () => {
  const two = 'Share 1:\ncoveshare1 aaaaa\nShare 2:\nCOVESHARE1bbbbb';
  expect(eachShare(two)).toEqual(['coveshare1 aaaaa\nShare 2:\n', 'COVESHARE1bbbbb']);
  expect(eachShare('Recovery share 3: coveshare1ccccc')).toEqual(['Recovery share 3: coveshare1ccccc']);
  expect(eachShare('zebra zoo')).toEqual(['zebra zoo']);
  expect([hasShare(two), hasShare('zebra zoo')]).toEqual([true, false]);
});

test('twelve words are words, also numbered or with one misspelt; a share and a sentence are not', () => {
  const words = 'abandon ability able about above absent absorb abstract absurd abuse access accident';
  const judged = (text: string) => hasWords(text, wordlist);
  expect([words, words.replace('able', 'abel'), `My words:\n1. ${words}`].map(judged)).toEqual([true, true, true]);
  expect(['coveshare1 aaaaa bbbbb', `${words} coveshare1aaaaa`, 'about above', ''].map(judged)).toEqual(
    Array.from({ length: 4 }, () => false),
  );
});
