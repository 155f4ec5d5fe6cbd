/**
 * Live preview: Markdown's marks are hidden except on the lines being edited. Everything is decided from the
 * syntax tree of the visible part; the text itself is never touched.
 */
import { syntaxTree } from '@codemirror/language';
import { type EditorState, type Extension, type Range } from '@codemirror/state';
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from '@codemirror/view';
import type { SyntaxNodeRef } from '@lezer/common';
import { pictureIn } from '../../../preload/contract/picture-address.ts';
import { PictureWidget } from './pictures.ts';
import { BulletWidget, ImageWidget, RuleWidget, TaskWidget } from './widgets.ts';

const hidden = Decoration.replace({});
const lineClass = (name: string) => Decoration.line({ class: name });
const HEADINGS = [1, 2, 3, 4, 5, 6].map((level) => lineClass(`cm-heading cm-heading-${level}`));
const quote = lineClass('cm-quote');
const link = Decoration.mark({ class: 'cm-link' });
const code = Decoration.mark({ class: 'cm-inline-code' });
const indent = Decoration.mark({ class: 'cm-indent' });
const listMark = Decoration.mark({ class: 'cm-list-mark' });
/** Deeper than this, items stand no further in. */
const DEEPEST = 16;
const ITEMS = Array.from({ length: DEEPEST + 1 }, (_, spaces) => lineClass(`cm-item cm-item-${spaces}`));

/** Is any of these lines being edited? */
type Editing = (from: number, to: number) => boolean;

/** Exported for its test: the decorations of a part of the text. */
export function previewOf(
  state: EditorState,
  ranges: readonly { readonly from: number; readonly to: number }[],
  focused: boolean,
): DecorationSet {
  const editing: Editing = (from, to) => {
    if (!focused) return false;
    const start = state.doc.lineAt(from).from;
    const end = state.doc.lineAt(to).to;
    return state.selection.ranges.some((range) => range.from <= end && range.to >= start);
  };
  const out: Range<Decoration>[] = [];
  for (const { from, to } of ranges) {
    syntaxTree(state).iterate({ from, to, enter: (node) => decorate(state, node, editing, out) });
  }
  return Decoration.set(out, true);
}

function decorate(state: EditorState, node: SyntaxNodeRef, editing: Editing, out: Range<Decoration>[]): boolean | void {
  const { name, from, to } = node;
  const hide = (start: number, end: number) => {
    if (start < end && !editing(start, end)) out.push(hidden.range(start, end));
  };
  const heading = /^(?:ATX|Setext)Heading([1-6])$/.exec(name);
  if (heading !== null) {
    const style = HEADINGS[Number(heading[1]) - 1];
    if (style !== undefined) out.push(style.range(state.doc.lineAt(from).from));
    return;
  }
  switch (name) {
    case 'HeaderMark':
      // Before the words, the space goes with the mark; a line of === or --- stays as it is.
      if (node.node.parent?.name.startsWith('ATX') === true)
        hide(from, Math.min(withSpace(state, to), lineEnd(state, to)));
      return;
    case 'EmphasisMark':
    case 'StrikethroughMark':
      return hide(from, to);
    case 'InlineCode':
      out.push(code.range(from, to));
      return;
    case 'CodeMark':
      if (node.node.parent?.name === 'InlineCode') hide(from, to);
      return;
    case 'FencedCode':
      return fenced(state, node, editing, out);
    case 'Link':
      return linked(node, hide, out);
    case 'Autolink':
    case 'URL':
      if (node.node.parent?.name !== 'Link' && node.node.parent?.name !== 'Image') out.push(link.range(from, to));
      return;
    case 'Image':
      return image(state, node, editing, out);
    case 'Blockquote':
      for (let at = from; at <= to; at = state.doc.lineAt(at).to + 1) out.push(quote.range(state.doc.lineAt(at).from));
      return;
    case 'QuoteMark':
      return hide(from, Math.min(withSpace(state, to), lineEnd(state, to)));
    case 'ListItem':
      return item(state, node, editing, out);
    case 'HorizontalRule':
      if (!editing(from, to)) out.push(Decoration.replace({ widget: new RuleWidget() }).range(from, to));
      return;
    case 'Table':
      // Tables are whole blocks; tables.ts shows them.
      return false;
    default:
      return;
  }
}

function linked(node: SyntaxNodeRef, hide: (from: number, to: number) => void, out: Range<Decoration>[]): void {
  const marks = node.node.getChildren('LinkMark');
  const [open, close] = marks;
  const address = node.node.getChild('URL');
  // A reference or a lone pair of brackets is no link that could be followed.
  if (open === undefined || close === undefined || address === null || close.from <= open.to) return;
  out.push(link.range(open.to, close.from));
  hide(open.from, open.to);
  hide(close.from, node.to);
}

function image(state: EditorState, node: SyntaxNodeRef, editing: Editing, out: Range<Decoration>[]): false | void {
  if (state.doc.lineAt(node.from).to < node.to) return;
  const [open, close] = node.node.getChildren('LinkMark');
  const words = open !== undefined && close !== undefined ? state.sliceDoc(open.to, close.from) : '';
  const address = node.node.getChild('URL');
  const fileId = address === null ? null : pictureIn(state.sliceDoc(address.from, address.to));
  const widget = fileId === null ? new ImageWidget(words) : new PictureWidget(fileId, words);
  const edited = editing(node.from, node.to);
  if (edited && fileId === null) return;
  // A picture stays where it is while its line is edited.
  out.push(
    edited
      ? Decoration.widget({ widget, side: 1 }).range(node.to)
      : Decoration.replace({ widget }).range(node.from, node.to),
  );
  return false;
}

function fenced(state: EditorState, node: SyntaxNodeRef, editing: Editing, out: Range<Decoration>[]): void {
  const first = state.doc.lineAt(node.from);
  const last = state.doc.lineAt(node.to);
  const open = editing(node.from, node.to);
  const closed = node.node.getChildren('CodeMark').length > 1;
  for (let number = first.number; number <= last.number; number++) {
    const line = state.doc.line(number);
    const edge =
      number === first.number
        ? ' cm-code-first'
        : number === last.number && closed
          ? open
            ? ' cm-code-last'
            : ' cm-code-last cm-code-closed'
          : '';
    out.push(lineClass(`cm-code${edge}`).range(line.from));
  }
  if (open) return;
  for (const mark of node.node.getChildren('CodeMark')) out.push(hidden.range(mark.from, mark.to));
}

function item(state: EditorState, node: SyntaxNodeRef, editing: Editing, out: Range<Decoration>[]): void {
  const mark = node.node.getChild('ListMark');
  if (mark === null) return;
  const line = state.doc.lineAt(mark.from);
  const spaces = mark.from - line.from;
  const style = ITEMS[Math.min(DEEPEST, spaces)];
  if (style !== undefined && /^\s*$/.test(state.sliceDoc(line.from, mark.from))) out.push(style.range(line.from));
  if (spaces > 0) out.push(indent.range(line.from, mark.from));
  const task = node.node.getChild('Task')?.getChild('TaskMarker') ?? null;
  const end = Math.min(withSpace(state, mark.to), line.to);
  if (editing(line.from, line.to)) {
    out.push(listMark.range(mark.from, end));
  } else if (task !== null) {
    const checked = /x/i.test(state.sliceDoc(task.from, task.to));
    const words = state.sliceDoc(task.to, line.to).trim();
    out.push(
      Decoration.replace({ widget: new TaskWidget(checked, words, state.readOnly) }).range(
        mark.from,
        Math.min(withSpace(state, task.to), line.to),
      ),
    );
    if (checked) out.push(lineClass('cm-task-done').range(line.from));
  } else if (node.node.parent?.name === 'BulletList') {
    out.push(Decoration.replace({ widget: new BulletWidget() }).range(mark.from, end));
  } else {
    out.push(listMark.range(mark.from, end));
  }
}

function withSpace(state: EditorState, at: number): number {
  return state.sliceDoc(at, at + 1) === ' ' ? at + 1 : at;
}
function lineEnd(state: EditorState, at: number): number {
  return state.doc.lineAt(at).to;
}

export function livePreview(): Extension {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = previewOf(view.state, view.visibleRanges, view.hasFocus);
      }
      update(update: ViewUpdate) {
        const parsed = syntaxTree(update.startState) !== syntaxTree(update.state);
        if (update.docChanged || update.selectionSet || update.viewportChanged || update.focusChanged || parsed) {
          this.decorations = previewOf(update.view.state, update.view.visibleRanges, update.view.hasFocus);
        }
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}
