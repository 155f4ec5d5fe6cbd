/** Keys inside the text, on top of CodeMirror's own. Those that the window needs are taken out of its defaults. */
import { defaultKeymap, indentLess, indentMore, redoSelection, undoSelection } from '@codemirror/commands';
import { markdownKeymap } from '@codemirror/lang-markdown';
import { searchKeymap } from '@codemirror/search';
import { EditorSelection, type Extension } from '@codemirror/state';
import { keymap, type Command, type EditorView, type KeyBinding } from '@codemirror/view';
import { asAddress, linkAt } from './links.ts';
import type { UndoRedo } from './undo-redo.ts';
import { toggleTask } from './widgets.ts';

/** Moving between panes and the help sheet win over moving by syntax and commenting. */
const WINDOW_KEYS = new Set(['Mod-/', 'Alt-ArrowLeft', 'Alt-ArrowRight', 'Mod-k']);

/** Puts a mark around each selection, or takes it away when it is there. */
export function wrap(mark: string): Command {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const length = mark.length;
    const changes = state.changeByRange(({ from, to }) => {
      const inside = state.sliceDoc(from - length, from) === mark && state.sliceDoc(to, to + length) === mark;
      return inside
        ? {
            changes: [
              { from: from - length, to: from },
              { from: to, to: to + length },
            ],
            range: EditorSelection.range(from - length, to - length),
          }
        : {
            changes: [
              { from, insert: mark },
              { from: to, insert: mark },
            ],
            range: EditorSelection.range(from + length, to + length),
          };
    });
    dispatch(state.update(changes, { userEvent: 'input', scrollIntoView: true }));
    return true;
  };
}

/** Tab moves list items in and out; anywhere else it goes on to the next control, as everywhere. */
const inList =
  (command: Command): Command =>
  (view: EditorView) => {
    const line = view.state.doc.lineAt(view.state.selection.main.head);
    return /^\s*(?:[-*+]|\d+[.)])\s/.test(line.text) && command(view);
  };

/** Ticks the task of the line; where there is none, opens the link at the caret. */
const actOnLine =
  (openLink: (address: string) => void): Command =>
  (view) => {
    const at = view.state.selection.main.head;
    if (toggleTask(view, at)) return true;
    const link = linkAt(view.state, at);
    if (link !== null) openLink(asAddress(link.address));
    return true;
  };

const own = (openLink: (address: string) => void): readonly KeyBinding[] => [
  { key: 'Mod-b', run: wrap('**') },
  { key: 'Mod-i', run: wrap('*') },
  { key: 'Mod-e', run: wrap('`') },
  { key: 'Mod-Enter', run: actOnLine(openLink) },
  { key: 'Tab', run: inList(indentMore), shift: inList(indentLess) },
  { key: 'Mod-u', run: undoSelection, preventDefault: true },
  { key: 'Alt-u', mac: 'Mod-Shift-u', run: redoSelection, preventDefault: true },
];

export function keys(openLink: (address: string) => void, steps: UndoRedo): Extension {
  const standard = [...defaultKeymap, ...searchKeymap].filter(({ key }) => key === undefined || !WINDOW_KEYS.has(key));
  return keymap.of([...own(openLink), ...steps.keys, ...markdownKeymap, ...standard]);
}
