/** The code for a camera has every module of its matrix, light and dark, and is whole or not there. */
import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { qrCode } from './terminal.ts';

const CODE = `COVE1${'AB7K'.repeat(40)}`;
/** Rows of light (true) and dark modules, two to a character: a terminal is dark, and what it prints is light. */
const HALVES = new Map([
  ['█', [true, true]],
  ['▀', [true, false]],
  ['▄', [false, true]],
  [' ', [false, false]],
]);

function modulesOf(printed: string): boolean[][] {
  return printed.split('\n').flatMap((line) => {
    const pairs = [...line].map((character) => HALVES.get(character) ?? []);
    return [0, 1].map((half) => pairs.map((pair) => pair[half] === true));
  });
}

test('what is printed is the matrix of the library, with a light border and nothing besides', () => {
  const { data, size } = encode(CODE, { border: 2 });
  const modules = modulesOf(qrCode(CODE));
  expect(modules.slice(0, size)).toEqual(data.map((row) => row.map((dark) => !dark)));
  expect(qrCode(CODE)).toMatch(/^[█▀▄ \n]+$/);
});

test('a terminal that would break its lines gets a sentence; one that is just wide enough the code', () => {
  const width = qrCode(CODE).indexOf('\n');
  expect(qrCode(CODE, width)).toBe(qrCode(CODE));
  expect(qrCode(CODE, width - 1)).toMatch(/^\(For a code .* too narrow: \d+ columns, and it takes \d+\.\)$/);
});
