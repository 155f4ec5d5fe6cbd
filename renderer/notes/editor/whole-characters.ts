/**
 * A change must not begin or end inside a character. CodeMirror counts UTF-16 units, so of a page's text that an input
 * method changed by itself it may say that only the second half of an emoji is another one; the engine's texts are
 * UTF-8, which cannot say half a character, and it refuses such a change.
 */
import { ChangeSet, EditorState, Text, Transaction } from '@codemirror/state';

const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Widens what is done in this window; others' changes were judged by the engine. */
export const wholeCharacters = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.annotation(Transaction.remote) === true) return transaction;
  const changes = widened(transaction.changes, transaction.startState.doc);
  if (changes === transaction.changes) return transaction;
  const event = transaction.annotation(Transaction.userEvent);
  return {
    changes,
    // What is taken away in front is put back, so that places after the change are what they were.
    selection: transaction.newSelection,
    effects: transaction.effects,
    scrollIntoView: transaction.scrollIntoView,
    ...(event === undefined ? {} : { userEvent: event }),
  };
});

/** As one change to whole characters, with U+FFFD for half a one that is inserted; the same object when all are whole. */
export function widened(changes: ChangeSet, before: Text): ChangeSet {
  let broken = false;
  let [from, to, fromAfter, toAfter] = [before.length, 0, 0, 0];
  changes.iterChanges((fromA, toA, fromB, toB, inserted) => {
    broken ||= isInside(before, fromA) || isInside(before, toA) || inserted.toString().search(HALF) >= 0;
    if (fromA <= from) [from, fromAfter] = [fromA, fromB];
    [to, toAfter] = [toA, toB];
  });
  if (!broken) return changes;
  const [ahead, behind] = [isInside(before, from) ? 1 : 0, isInside(before, to) ? 1 : 0];
  const text = changes
    .apply(before)
    .sliceString(fromAfter - ahead, toAfter + behind)
    .replace(HALF, '\ufffd');
  return ChangeSet.of({ from: from - ahead, to: to + behind, insert: Text.of(text.split('\n')) }, before.length);
}

/** Whether a place lies between the two units of one character. */
export function isInside(text: Text, at: number): boolean {
  return at > 0 && at < text.length && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.sliceString(at - 1, at + 1));
}
