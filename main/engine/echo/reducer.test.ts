/** The bits of a past. What the reducer decides is shown over random histories in test/proof/authority.test.ts. */
import { expect, test } from 'vitest';
import { has } from './bits.ts';
import { Reducer } from './reducer.ts';
import type { Operation } from './reducer.ts';

test('bits beyond the end of a past are not in it', () => {
  expect(has(Uint32Array.of(1), 0)).toBe(true);
  expect(has(Uint32Array.of(1), 1)).toBe(false);
  expect(has(new Uint32Array(0), 40)).toBe(false);
});

test('only an admin lets in, changes and removes: an editor or a reader does none of it', () => {
  const reducer = new Reducer(['owner'], () => true);
  const everythingBefore = (index: number): Uint32Array => Uint32Array.of(2 ** index - 1);
  const add = (by: string, kind: Operation['kind'], target: string, role?: 'reader' | 'editor' | 'admin'): boolean => {
    const index = reducer.operations().length;
    const operation = { kind, by, target, index, past: everythingBefore(index), ...(role && { role }) };
    reducer.add(operation);
    return reducer.isValid(operation);
  };
  expect(add('owner', 'admit', 'admin', 'admin')).toBe(true);
  // By an admin: whom an owner admits as less than an admin is held down by rule 4 as well.
  for (const role of ['reader', 'editor'] as const) expect(add('admin', 'admit', role, role)).toBe(true);
  const attempts = (by: string) => [
    add(by, 'admit', `guest of ${by}`, 'reader'),
    add(by, 'role', by === 'reader' ? 'editor' : 'reader', 'reader'),
    add(by, 'remove', by === 'reader' ? 'editor' : 'reader'),
  ];
  expect({ reader: attempts('reader'), editor: attempts('editor'), admin: attempts('admin') }).toEqual({
    reader: [false, false, false],
    editor: [false, false, false],
    admin: [true, true, true],
  });
});
