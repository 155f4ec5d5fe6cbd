import { expect, test } from 'vitest';
import { piecesOf } from './past-note.ts';

const run = (start: number, end: number, identityId: string) => ({ start, end, identityId });

test('each piece is with whoever wrote it, whether it is in the past text, in the present one, or in both', () => {
  // "beans, peas" by ana; ben took "peas" out and wrote "and kale"; "kale" has two writers.
  const people: string[] = [];
  const pieces = piecesOf(
    [
      { kind: 'same', text: 'beans' },
      { kind: 'deleted', text: ', peas' },
      { kind: 'inserted', text: ' and kale' },
      { kind: 'same', text: '.' },
    ],
    [run(0, 3, 'ana'), run(3, 11, 'ana'), run(11, 12, 'ben')],
    [run(0, 5, 'ana'), run(5, 12, 'ben'), run(12, 14, 'ana'), run(14, 15, 'ben')],
    (identityId) => (people.includes(identityId) ? people.indexOf(identityId) : people.push(identityId) - 1),
  );
  expect(people).toEqual(['ana', 'ben']);
  expect(pieces).toEqual([
    { kind: 'same', text: 'beans', by: 0 },
    { kind: 'deleted', text: ', peas', by: 0 },
    { kind: 'inserted', text: ' and ka', by: 1 },
    { kind: 'inserted', text: 'le', by: 0 },
    { kind: 'same', text: '.', by: 1 },
  ]);
});

test('what nobody is known to have written stays in its place', () => {
  expect(piecesOf([{ kind: 'same', text: 'abcdef' }], [run(2, 4, 'ana')], [], () => 0)).toEqual([
    { kind: 'same', text: 'ab', by: -1 },
    { kind: 'same', text: 'cd', by: 0 },
    { kind: 'same', text: 'ef', by: -1 },
  ]);
});
