/**
 * Undo and redo in a text. What was typed in this editor is CodeMirror's to undo, in its steps and with its selections;
 * what was written before it was opened is the engine's, which finds it in the log. Whatever was undone last is made
 * again first.
 */
import { redo, redoDepth, undo, undoDepth } from '@codemirror/commands';
import type { Transaction } from '@codemirror/state';
import { type Extension, type StateCommand } from '@codemirror/state';
import { EditorView, type KeyBinding } from '@codemirror/view';

export type Kind = 'undo' | 'redo';
type Target = Parameters<StateCommand>[0];

/** Which of both a change is, where it is one. */
export function kindOf(transaction: Transaction): Kind | undefined {
  if (transaction.isUserEvent('undo')) return 'undo';
  return transaction.isUserEvent('redo') ? 'redo' : undefined;
}

export class UndoRedo {
  readonly #ask: (kind: Kind) => void;
  /** How many steps the engine has undone, that are to be made again before those of this editor. */
  #undone = 0;

  /** `ask`: the engine, which answers to `answered`. */
  constructor(ask: (kind: Kind) => void) {
    this.#ask = ask;
  }

  readonly undo: StateCommand = (target) => {
    if (target.state.readOnly) return false;
    if (undoDepth(target.state) > 0) return undo(target);
    this.#undone++;
    this.#ask('undo');
    return true;
  };

  readonly redo: StateCommand = (target) => {
    if (target.state.readOnly) return false;
    if (this.#undone === 0 && redoDepth(target.state) > 0) return redo(target);
    this.#undone = Math.max(0, this.#undone - 1);
    this.#ask('redo');
    return true;
  };

  /** What the engine has done. */
  answered(kind: Kind, done: boolean, target: Target): void {
    if (done) return;
    this.#undone = kind === 'undo' ? Math.max(0, this.#undone - 1) : 0;
    if (kind === 'redo' && redoDepth(target.state) > 0) redo(target);
  }

  /** Call with each change that was made here: after another step nothing is made again. */
  changed(transaction: Transaction): void {
    if (transaction.docChanged && kindOf(transaction) === undefined) this.#undone = 0;
  }

  get keys(): readonly KeyBinding[] {
    return [
      { key: 'Mod-z', run: this.undo, shift: this.redo, preventDefault: true },
      { key: 'Mod-y', mac: '', run: this.redo, preventDefault: true },
    ];
  }

  /** Those of a context menu and of an input method come as the page's own; before CodeMirror's `history()`. */
  extension(): Extension {
    return EditorView.domEventHandlers({
      beforeinput: (event, view) => {
        const command = { historyUndo: this.undo, historyRedo: this.redo }[event.inputType];
        if (command === undefined) return false;
        event.preventDefault();
        return command(view);
      },
    });
  }
}
