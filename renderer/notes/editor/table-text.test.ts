import { expect, test } from 'vitest';
import { cellsOf, inlineParts } from './table-text.ts';

test('a table is read with its alignment and its escaped bars', () => {
  expect(cellsOf('| A | B |\n| --- | --: |\n| 1 \\| 2 | 3 |\n| x |')).toEqual({
    head: ['A', 'B'],
    rows: [['1 | 2', '3'], ['x']],
    align: ['', 'right'],
  });
});

test('simple marks in a cell become parts; nothing else is touched', () => {
  expect(inlineParts('a **b** `c*d*` [e](http://x)')).toEqual([
    { tag: null, text: 'a ' },
    { tag: 'strong', text: 'b' },
    { tag: null, text: ' ' },
    { tag: 'code', text: 'c*d*' },
    { tag: null, text: ' ' },
    { tag: null, text: 'e' },
  ]);
  expect(inlineParts('snake_case_name 2*3')).toEqual([{ tag: null, text: 'snake_case_name 2*3' }]);
});
