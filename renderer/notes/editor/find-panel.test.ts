import { SearchQuery, search, setSearchQuery } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { expect, test } from 'vitest';
import { countOf } from './find-panel.ts';

const state = (doc: string, words: string, selected?: { anchor: number; head: number }) =>
  EditorState.create({ doc, extensions: search(), ...(selected && { selection: selected }) }).update({
    effects: setSearchQuery.of(new SearchQuery({ search: words, literal: true })),
  }).state;

test('the count says which of how many, whatever the case of the letters', () => {
  const doc = 'Beans, beans and BEANS';
  expect(countOf(state(doc, 'beans'))).toBe('3');
  expect(countOf(state(doc, 'beans', { anchor: 7, head: 12 }))).toBe('2 of 3');
  expect(countOf(state(doc, 'peas'))).toBe('No match');
  expect(countOf(state(doc, ''))).toBe('');
  expect(countOf(state('a'.repeat(2_000), 'a'))).toBe('999+');
});
