/** Each line is written in the direction of its own first letter: Arabic and Hebrew from the right, Latin from the left. */
import { RangeSetBuilder, type Extension } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view';

const ownDirection = Decoration.line({ attributes: { dir: 'auto' } });

function linesOf({ state, visibleRanges }: EditorView): DecorationSet {
  const lines = new RangeSetBuilder<Decoration>();
  let before = -1;
  for (const { from, to } of visibleRanges) {
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at);
      if (line.from > before) lines.add(line.from, line.from, ownDirection);
      before = line.from;
      at = line.to + 1;
    }
  }
  return lines.finish();
}

class Directions {
  lines: DecorationSet;
  constructor(view: EditorView) {
    this.lines = linesOf(view);
  }
  update({ docChanged, viewportChanged, view }: ViewUpdate): void {
    if (docChanged || viewportChanged) this.lines = linesOf(view);
  }
}

export function lineDirection(): Extension {
  return [
    EditorView.perLineTextDirection.of(true),
    ViewPlugin.fromClass(Directions, { decorations: ({ lines }) => lines }),
  ];
}
