/**
 * Tables as tables, while no one edits them here: a block in the place of their lines. Clicking goes into the
 * text, or asks whether to open a link. Blocks change the layout, so they come from a state field and not from the view (CodeMirror's rule).
 */
import { syntaxTree } from '@codemirror/language';
import { Facet, StateEffect, StateField, type EditorState, type Extension, type Range } from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';
import { messages } from '../../messages/index.ts';
import { asAddress } from './links.ts';
import { cellsOf, inlineParts, type Part, type Row } from './table-text.ts';

/** Asks whether to open a link. */
const asking = Facet.define<(address: string) => void>();

class TableWidget extends WidgetType {
  readonly source: string;
  constructor(source: string) {
    super();
    this.source = source;
  }
  override eq(other: TableWidget): boolean {
    return this.source === other.source;
  }
  override toDOM(view: EditorView): HTMLElement {
    const { head, rows, align } = cellsOf(this.source);
    const table = document.createElement('table');
    const width = head.length;
    table.append(section('thead', 'th', [head], width, align), section('tbody', 'td', rows, width, align));
    const box = document.createElement('div');
    box.className = 'cm-table';
    box.title = messages.editor.table;
    box.append(table);
    box.addEventListener('mousedown', (event) => {
      event.preventDefault();
      if (addressUnder(event) !== undefined) return;
      view.dispatch({ selection: { anchor: view.posAtDOM(box) } });
      view.focus();
    });
    box.addEventListener('click', (event) => {
      const address = addressUnder(event);
      if (address === undefined) return;
      for (const ask of view.state.facet(asking)) ask(asAddress(address));
    });
    return box;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

/** Of the link that was clicked with the first button. */
function addressUnder({ button, target }: MouseEvent): string | undefined {
  if (button !== 0 || !(target instanceof Element)) return undefined;
  return target.closest<HTMLElement>('.cm-link')?.dataset['address'];
}

function section(
  name: 'thead' | 'tbody',
  cell: 'th' | 'td',
  rows: readonly Row[],
  width: number,
  align: readonly string[],
) {
  const part = document.createElement(name);
  for (const row of rows) {
    const line = part.appendChild(document.createElement('tr'));
    for (let column = 0; column < width; column++) {
      const box = line.appendChild(document.createElement(cell));
      const side = align[column];
      if (side !== undefined && side !== '') box.className = `cm-${side}`;
      box.dir = 'auto';
      box.append(...inlineParts(row[column] ?? '').map(shown));
    }
  }
  return part;
}

function shown(part: Part): Node | string {
  if (typeof part === 'string') return part;
  const element = document.createElement(part.tag === 'link' ? 'span' : part.tag);
  if (part.address !== undefined) {
    element.className = 'cm-link';
    element.title = part.address;
    element.dataset['address'] = part.address;
  }
  element.append(...part.parts.map(shown));
  return element;
}

const focusChanged = StateEffect.define<boolean>();

interface Tables {
  readonly focused: boolean;
  readonly shown: DecorationSet;
}
const field = StateField.define<Tables>({
  create: (state) => ({ focused: false, shown: tablesOf(state, false) }),
  update(before, transaction) {
    const told = transaction.effects.find((effect) => effect.is(focusChanged));
    const focused = told?.value ?? before.focused;
    const parsed = syntaxTree(transaction.startState) !== syntaxTree(transaction.state);
    const moved = transaction.selection !== undefined || focused !== before.focused;
    if (!transaction.docChanged && !parsed && !moved) return before;
    return { focused, shown: tablesOf(transaction.state, focused) };
  },
  provide: (self) => EditorView.decorations.from(self, ({ shown }) => shown),
});

function tablesOf(state: EditorState, focused: boolean): DecorationSet {
  const out: Range<Decoration>[] = [];
  syntaxTree(state).iterate({
    enter: ({ name, from, to }) => {
      if (name !== 'Table') return name === 'Document';
      const start = state.doc.lineAt(from).from;
      const end = state.doc.lineAt(to).to;
      const editing = focused && state.selection.ranges.some((range) => range.from <= end && range.to >= start);
      if (!editing) {
        const widget = new TableWidget(state.sliceDoc(start, end));
        out.push(Decoration.replace({ widget, block: true }).range(start, end));
      }
      return false;
    },
  });
  return Decoration.set(out);
}

export function tables(ask: (address: string) => void): Extension {
  return [field, asking.of(ask), EditorView.focusChangeEffect.of((_state, focused) => focusChanged.of(focused))];
}
