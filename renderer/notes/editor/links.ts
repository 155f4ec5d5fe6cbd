/**
 * Links: pointing at one shows its address, and so does Ctrl- or Cmd-clicking it. Nothing is opened; an
 * address that others wrote is for reading first.
 */
import { syntaxTree } from '@codemirror/language';
import { StateEffect, StateField, type EditorState, type Extension } from '@codemirror/state';
import { EditorView, hoverTooltip, showTooltip, type Tooltip } from '@codemirror/view';
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

const ask = StateEffect.define<Tooltip | null>();
const asked = StateField.define<Tooltip | null>({
  create: () => null,
  update(shown, transaction) {
    const told = transaction.effects.find((effect) => effect.is(ask));
    if (told !== undefined) return told.value;
    return transaction.docChanged || transaction.selection !== undefined ? null : shown;
  },
  provide: (self) => showTooltip.from(self),
});

export function links(): Extension {
  return [
    asked,
    hoverTooltip((view, at) => {
      const link = linkAt(view.state, at);
      return link === null ? null : tip(link);
    }),
    EditorView.domEventHandlers({
      mousedown(event, view) {
        if (!event.ctrlKey && !event.metaKey) return false;
        const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
        const link = at === null ? null : linkAt(view.state, at);
        if (link === null) return false;
        view.dispatch({ effects: ask.of(tip(link)) });
        return true;
      },
    }),
  ];
}
