import type { ChangeSet } from '@codemirror/state';
import { EditorState, Text, Transaction } from '@codemirror/state';
import { expect, test } from 'vitest';
import { replaceBetween } from './difference.ts';
import { isInside, wholeCharacters } from './whole-characters.ts';

/** What the editor makes of it, and whether the change would pass the engine. */
function change(doc: string, ...specs: readonly { from: number; to?: number; insert?: string }[]) {
  const state = EditorState.create({ doc, extensions: [wholeCharacters] });
  const transaction = state.update({ changes: [...specs], selection: { anchor: 0 }, userEvent: 'input.type' });
  return { text: transaction.newDoc.toString(), whole: isWhole(transaction.changes, state.doc), transaction };
}
function isWhole(changes: ChangeSet, before: Text): boolean {
  let whole = true;
  changes.iterChanges((from, to, _fromB, _toB, inserted) => {
    // With the flag, \p{Cs} is a half that has no other.
    whole &&= !isInside(before, from) && !isInside(before, to) && !/\p{Cs}/u.test(inserted.toString());
  });
  return whole;
}

test('half of a character that changes is the whole character that changes', () => {
  // These two differ in their last unit only.
  const skin = '👍🏽'.length - 1;
  const { text, whole, transaction } = change('a 👍🏽 b', { from: 2 + skin, to: 3 + skin, insert: '👍🏾'.slice(-1) });
  expect([text, whole]).toEqual(['a 👍🏾 b', true]);
  expect(transaction.annotation(Transaction.userEvent)).toBe('input.type');
  expect(change('😀', { from: 0, to: 1, insert: '\ud83e' })).toMatchObject({ text: '\ud83e\ude00', whole: true });
});

test('several changes, of which two are in one character', () => {
  const { text, whole } = change(
    'x😀y',
    { from: 0, insert: '>' },
    { from: 1, to: 2, insert: '\ud83e' },
    { from: 2, to: 3, insert: '\ude01' },
  );
  expect([text, whole]).toEqual(['>x\ud83e\ude01y', true]);
});

test('what would leave half a character leaves a mark of replacement', () => {
  expect(change('😀', { from: 1, to: 2 })).toMatchObject({ text: '\ufffd', whole: true });
  expect(change('😀', { from: 1, insert: 'x\ny' })).toMatchObject({ text: '\ufffdx\ny\ufffd', whole: true });
  expect(change('', { from: 0, insert: '\ude00' })).toMatchObject({ text: '\ufffd', whole: true });
});

test('what is whole is left alone, and so is what others did', () => {
  const state = EditorState.create({ doc: '😀', extensions: [wholeCharacters] });
  const whole = { changes: { from: 0, to: 2, insert: '😁' } };
  expect(state.update(whole).changes.toJSON()).toEqual([[2, '😁']]);
  const theirs = { changes: { from: 1 }, annotations: Transaction.remote.of(true) };
  expect(state.update(theirs).changes.toJSON()).toEqual([2]);
});

test('the difference of two texts is one of whole characters', () => {
  for (const [before, after] of [
    ['😀', '😁'],
    ['a👍🏽', 'a👍🏾'],
    ['😀😀', '😀'],
    ['\ud83d\ude00!', '\ud83e\ude00!'],
    ['x', 'x'],
  ] as const) {
    const [from, to] = [Text.of([before]), Text.of([after])];
    const changes = replaceBetween(from, to);
    expect([changes.apply(from).toString(), isWhole(changes, from)]).toEqual([after, true]);
  }
});
