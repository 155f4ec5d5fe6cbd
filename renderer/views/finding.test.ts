import { expect, test } from 'vitest';
import { COMMANDS } from '../../preload/contract/commands.ts';
import { shortcutOf } from './keyboard.ts';
import { matching } from './matching.ts';

const rows = ['New note', 'New space', 'Note about compost', 'Settings'].map((label) => ({ label }));

test('typed letters find rows, the best match first', () => {
  expect(matching(rows, 'note').map(({ label }) => label)).toEqual(['Note about compost', 'New note']);
  expect(matching(rows, 'new sp').map(({ label }) => label)).toEqual(['New space']);
  expect(matching(rows, 'xyz')).toEqual([]);
  expect(matching(rows, '  ')).toEqual(rows);
});

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});

test('keys mean what the table says, with Ctrl here and Cmd on a Mac', () => {
  expect(shortcutOf(press('n', { ctrlKey: true }), false)).toBe('new-note');
  expect(shortcutOf(press('N', { ctrlKey: true, shiftKey: true }), false)).toBe('new-space');
  expect(shortcutOf(press('k', { metaKey: true }), true)).toBe('palette');
  expect(shortcutOf(press('k', { ctrlKey: true }), true)).toBeNull();
  expect(shortcutOf(press('ArrowLeft', { altKey: true }), false)).toBe('previous-pane');
  expect(shortcutOf(press('n'), false)).toBeNull();
});

test('no two shortcuts share their keys', () => {
  const keys = COMMANDS.flatMap(({ keys }) => (keys === undefined ? [] : [keys.join('+')]));
  expect(new Set(keys).size).toBe(keys.length);
});
