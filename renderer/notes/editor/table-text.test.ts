import { expect, test } from 'vitest';
import { cellsOf, inlineParts } from './table-text.ts';

test('a table is read with its alignment and its escaped bars', () => {
  expect(cellsOf('| A | B |\n| --- | --: |\n| 1 \\| 2 | 3 |\n| x |')).toEqual({
    head: ['A', 'B'],
    rows: [['1 | 2', '3'], ['x']],
    align: ['', 'right'],
  });
});

test('simple marks in a cell become parts, one inside another too; nothing else is touched', () => {
  expect(inlineParts('a **b** `c*d*` [e](http://x/_f_ "t")')).toEqual([
    'a ',
    { tag: 'strong', parts: ['b'] },
    ' ',
    { tag: 'code', parts: ['c*d*'] },
    ' ',
    { tag: 'link', parts: ['e'], address: 'http://x/_f_' },
  ]);
  expect(inlineParts('**[a](<http://x>)**')).toEqual([
    { tag: 'strong', parts: [{ tag: 'link', parts: ['a'], address: 'http://x' }] },
  ]);
  expect(inlineParts('snake_case_name 2*3')).toEqual(['snake_case_name 2*3']);
});
