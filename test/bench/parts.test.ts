/** The bench keeps what was measured before, part by part. */
import { expect, test } from 'vitest';
import { resultOf } from './measured.ts';
import { partsAsked, partsIn, resultsOf, textOf, type Part } from './parts.ts';

const NAMES = ['objects', 'typing', 'blobs'];
const part = (name: string, ms: number): Part => ({
  at: '2026-03-02',
  runs: 1,
  results: [resultOf({ name, ours: [ms] })],
});

test('a part that is measured again replaces itself only, in the order of the bench', () => {
  const before = { blobs: part('blob', 3), objects: part('add', 1) };
  const text = textOf('here', { ...before, typing: part('type', 2), blobs: part('blob', 4) }, NAMES);
  const again = partsIn(text, 'here');
  expect(Object.keys(again)).toEqual(NAMES);
  expect(resultsOf(again, NAMES).map((row) => 'ours' in row && row.ours.median)).toEqual([1, 2, 4]);
});

test('some of the parts are asked for by name, and a name that is none is an error', () => {
  expect(partsAsked(undefined, NAMES)).toEqual(NAMES);
  expect(partsAsked('blobs,objects', NAMES)).toEqual(['blobs', 'objects']);
  expect(() => partsAsked('blobs,queues', NAMES)).toThrow('no such part: queues. There are objects, typing, blobs.');
});

test('nothing is taken from another machine, an older form, or what is no JSON', () => {
  const text = textOf('here', { objects: part('add', 1) }, NAMES);
  expect(partsIn(text, 'here')).not.toEqual({});
  expect(partsIn(text, 'there')).toEqual({});
  expect(partsIn('{"machine":"here","runs":3,"results":[]}', 'here')).toEqual({});
  expect(partsIn('', 'here')).toEqual({});
});
