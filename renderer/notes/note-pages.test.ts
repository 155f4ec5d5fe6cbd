import { expect, test } from 'vitest';
import { pagesAround, visibleRows } from './note-pages.ts';

test('the first page is followed before anything is known', () => {
  expect(pagesAround(0, 0, 0)).toEqual([0]);
});

test('a viewport inside a page needs that page, near an edge the next one too', () => {
  expect(pagesAround(140, 155, 10_000)).toEqual([1]);
  expect(pagesAround(180, 195, 10_000)).toEqual([1, 2]);
  expect(pagesAround(9_980, 9_999, 10_000)).toEqual([99]);
});

test('only the rows in view exist, whatever the length of the list', () => {
  expect(visibleRows(0, 600, 72, 10_000)).toEqual({ first: 0, last: 13 });
  expect(visibleRows(72_000, 600, 72, 10_000)).toEqual({ first: 996, last: 1_013 });
  expect(visibleRows(0, 600, 72, 3)).toEqual({ first: 0, last: 2 });
});
