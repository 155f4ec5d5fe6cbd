/** Other people's cursors and selections: a thin line in their hue with their name, moving along with the text. */
import { sendableUpdates } from '@codemirror/collab';
import { StateEffect, StateField, type EditorState, type Extension, type Range } from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';
import type { RemoteCursor } from '../../../preload/contract/document.ts';

/** So far beyond the text a name may reach: the pane's own edge is farther. */
const EDGE = 16;

export const showCursors = StateEffect.define<readonly RemoteCursor[]>();

class CursorWidget extends WidgetType {
  readonly #cursor: RemoteCursor;
  constructor(cursor: RemoteCursor) {
    super();
    this.#cursor = cursor;
  }
  /** A cursor that has moved is a new one: its name shows again for a while. */
  override eq(other: CursorWidget): boolean {
    const a = this.#cursor;
    const b = other.#cursor;
    return a.deviceId === b.deviceId && a.head === b.head && a.name === b.name && a.hue === b.hue;
  }
  override toDOM(view: EditorView): HTMLElement {
    const line = document.createElement('span');
    line.className = `cm-remote-cursor person-${this.#cursor.hue % 8}`;
    line.dataset['name'] = this.#cursor.name;
    line.ariaHidden = 'true';
    const flag = document.createElement('span');
    flag.className = 'cm-remote-flag';
    // Shown by the style sheet, so that the name is no part of the note's text when it is copied or read out.
    flag.dataset['name'] = this.#cursor.name;
    line.append(flag);
    view.requestMeasure({
      read: () => {
        const text = view.dom.getBoundingClientRect();
        const { left, right } = flag.getBoundingClientRect();
        return left < text.left - EDGE || right > text.right + EDGE;
      },
      write: (beyond) => line.classList.toggle('cm-remote-back', beyond),
    });
    return line;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    const told = transaction.effects.find((effect) => effect.is(showCursors));
    if (told !== undefined) return decorate(transaction.state, told.value);
    return transaction.docChanged ? shown.map(transaction.changes) : shown;
  },
  provide: (self) => EditorView.decorations.from(self),
});

/** Cursors are places in the agreed text; what is typed here and not agreed yet moves them. */
function decorate(state: EditorState, cursors: readonly RemoteCursor[]): DecorationSet {
  const mine = sendableUpdates(state).map((update) => update.changes);
  const agreedLength = mine[0]?.length ?? state.doc.length;
  const place = (position: number) =>
    mine.reduce((at, changes) => changes.mapPos(at, 1), Math.max(0, Math.min(position, agreedLength)));
  const ranges = cursors.flatMap((cursor): Range<Decoration>[] => {
    const head = place(cursor.head);
    const anchor = place(cursor.anchor);
    const line = Decoration.widget({ widget: new CursorWidget(cursor), side: 1 }).range(head);
    if (head === anchor) return [line];
    const wash = Decoration.mark({ class: `cm-remote-selection person-${cursor.hue % 8}` });
    return [line, wash.range(Math.min(head, anchor), Math.max(head, anchor))];
  });
  return Decoration.set(ranges, true);
}

export function remoteCursors(): Extension {
  return field;
}
