/**
 * Links: pointing at one shows its address; a click asks whether to open it. On a line that is being edited a click
 * places the caret, so there it takes Ctrl or Cmd, or Mod-Enter with the caret in it.
 */
import { syntaxTree } from '@codemirror/language';
import type { EditorState, Extension } from '@codemirror/state';
import { EditorView, hoverTooltip, type Tooltip } from '@codemirror/view';
import { messages } from '../../messages/index.ts';

/** The address of the link at a place, with where the link stands; null where there is none. */
export function linkAt(state: EditorState, at: number): { from: number; to: number; address: string } | null {
  for (let node = syntaxTree(state).resolveInner(at, 1); ;) {
    if (node.name === 'Link' || node.name === 'Autolink') {
      const url = node.getChild('URL');
      return url === null ? null : { from: node.from, to: node.to, address: state.sliceDoc(url.from, url.to) };
    }
    if (node.name === 'URL' && node.parent?.name !== 'Link' && node.parent?.name !== 'Autolink') {
      return { from: node.from, to: node.to, address: state.sliceDoc(node.from, node.to) };
    }
    const parent = node.parent;
    if (parent === null) return null;
    node = parent;
  }
}

function tip(link: { from: number; to: number; address: string }): Tooltip {
  return {
    pos: link.from,
    end: link.to,
    above: true,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'cm-link-tip';
      const address = document.createElement('span');
      address.className = 'cm-link-address';
      address.textContent = link.address;
      const hint = document.createElement('span');
      hint.className = 'cm-link-hint';
      hint.textContent = messages.editor.linkHint;
      dom.append(address, hint);
      return { dom };
    },
  };
}

/** As a browser would take it: people write addresses without their scheme. */
export function asAddress(written: string): string {
  if (/^www\./i.test(written)) return `https://${written}`;
  return /^[^\s:/@]+@[^\s:/@]+$/.test(written) ? `mailto:${written}` : written;
}

export function links(ask: (address: string) => void): Extension {
  const linkUnder = (event: MouseEvent, view: EditorView) => {
    // Beside the end of a line the nearest place may be in a link although no link was clicked.
    if (event.button !== 0 || !(event.target instanceof Element) || event.target.closest('.cm-link') === null)
      return null;
    const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
    const link = at === null ? null : linkAt(view.state, at);
    if (link === null) return null;
    return event.ctrlKey || event.metaKey || !isEdited(view, link) ? link : null;
  };
  return [
    hoverTooltip((view, at) => {
      const link = linkAt(view.state, at);
      return link === null ? null : tip(link);
    }),
    EditorView.domEventHandlers({
      // Taken from the editor, which would place the caret and with it show the line's marks.
      mousedown: (event, view) => linkUnder(event, view) !== null,
      click(event, view) {
        const link = linkUnder(event, view);
        if (link === null) return false;
        ask(asAddress(link.address));
        return true;
      },
    }),
  ];
}

/** Is a line of the link being edited, so that its marks are shown? */
function isEdited({ hasFocus, state }: EditorView, { from, to }: { from: number; to: number }): boolean {
  const [start, end] = [state.doc.lineAt(from).from, state.doc.lineAt(to).to];
  return hasFocus && state.selection.ranges.some((range) => range.from <= end && range.to >= start);
}
