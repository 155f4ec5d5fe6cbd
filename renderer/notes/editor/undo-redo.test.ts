import { history } from '@codemirror/commands';
import { EditorState, Transaction, type TransactionSpec } from '@codemirror/state';
import { expect, test } from 'vitest';
import { UndoRedo, type Kind } from './undo-redo.ts';

/** An editor, and an engine that knows these steps from before. */
function editor(before: readonly string[]) {
  const done = [...before];
  const undone: string[] = [];
  const asked: Kind[] = [];
  let state = EditorState.create({ doc: before.join(''), extensions: [history()] });
  const steps = new UndoRedo((kind) => asked.push(kind));
  const dispatch = (spec: Transaction | TransactionSpec) => {
    const transaction = spec instanceof Transaction ? spec : state.update(spec);
    state = transaction.state;
    if (transaction.annotation(Transaction.remote) !== true) steps.changed(transaction);
  };
  const quiet = [Transaction.remote.of(true), Transaction.addToHistory.of(false)];
  /** What was asked is answered, as through a port. */
  const answer = () => {
    for (const kind of asked.splice(0)) {
      const [from, to] = kind === 'undo' ? ([done, undone] as const) : ([undone, done] as const);
      const step = from.pop();
      if (step !== undefined) {
        to.push(step);
        const at = done.join('').length - (kind === 'redo' ? step.length : 0);
        const change = kind === 'undo' ? { from: at, to: at + step.length } : { from: at, insert: step };
        dispatch({ changes: change, annotations: quiet });
      }
      steps.answered(kind, step !== undefined, { state, dispatch });
    }
  };
  return {
    type: (text: string) => {
      undone.length = 0;
      dispatch({ changes: { from: state.doc.length, insert: text }, userEvent: 'input.paste' });
    },
    press(kind: Kind) {
      steps[kind]({ state, dispatch });
      answer();
      return state.doc.toString();
    },
  };
}

test('first what was typed here is undone, then what was there before, and it is made again in the opposite order', () => {
  const { press, type } = editor(['a', 'b']);
  type('c');
  expect(['undo', 'undo', 'undo', 'undo'].map((kind) => press(kind as Kind))).toEqual(['ab', 'a', '', '']);
  expect(['redo', 'redo', 'redo', 'redo'].map((kind) => press(kind as Kind))).toEqual(['a', 'ab', 'abc', 'abc']);
  expect([press('undo'), press('undo'), press('redo'), press('redo')]).toEqual(['ab', 'a', 'ab', 'abc']);
});

test('after something else was typed nothing is made again', () => {
  const { press, type } = editor(['a', 'b']);
  press('undo');
  type('x');
  expect([press('redo'), press('undo'), press('redo')]).toEqual(['ax', 'a', 'ax']);
});

test('in a text that can only be read nothing is undone', () => {
  const asked: Kind[] = [];
  const steps = new UndoRedo((kind) => asked.push(kind));
  const state = EditorState.create({ extensions: [history(), EditorState.readOnly.of(true)] });
  const target = { state, dispatch: () => undefined };
  expect([steps.undo(target), steps.redo(target), asked]).toEqual([false, false, []]);
});
