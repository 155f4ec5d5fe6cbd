/** Finding in a note: one slim row with how many there are; replacing is a second row, when asked for. */
import {
  SearchQuery,
  closeSearchPanel,
  findNext,
  findPrevious,
  getSearchQuery,
  replaceAll,
  replaceNext,
  search,
  setSearchQuery,
} from '@codemirror/search';
import type { EditorState, Extension } from '@codemirror/state';
import { runScopeHandlers, type Command, type EditorView, type Panel, type ViewUpdate } from '@codemirror/view';
import { messages } from '../../messages/index.ts';

const words = messages.editor.find;
/** Counting further would take longer than anybody reads. */
const MOST = 999;

export function finding(): Extension {
  return search({ top: true, literal: true, createPanel: panel });
}

function panel(view: EditorView): Panel {
  const query = getSearchQuery(view.state);
  const find = field(words.field, query.search);
  // CodeMirror focuses this one when the panel opens.
  find.setAttribute('main-field', 'true');
  const replacement = field(words.replacement, query.replace);
  const count = document.createElement('span');
  count.className = 'cm-find-count';
  count.role = 'status';
  const act = (command: Command) => () => void command(view);
  const second = row(replacement, button(words.replace, act(replaceNext)), button(words.replaceAll, act(replaceAll)));
  second.hidden = true;
  const more = button(words.showReplace, () => {
    second.hidden = !second.hidden;
    more.ariaExpanded = String(!second.hidden);
    (second.hidden ? find : replacement).focus();
  });
  more.ariaExpanded = 'false';
  const first = row(
    find,
    count,
    button('↑', act(findPrevious), words.previous),
    button('↓', act(findNext), words.next),
    ...(view.state.readOnly ? [] : [more]),
    button('×', act(closeSearchPanel), messages.close),
  );
  const dom = document.createElement('div');
  dom.className = 'cm-find';
  dom.role = 'group';
  dom.ariaLabel = words.title;
  dom.append(first, second);

  const commit = () => {
    const next = new SearchQuery({ search: find.value, replace: replacement.value, literal: true });
    if (!next.eq(getSearchQuery(view.state))) view.dispatch({ effects: setSearchQuery.of(next) });
  };
  dom.addEventListener('input', commit);
  dom.addEventListener('keydown', (event) => {
    if (runScopeHandlers(view, event, 'search-panel')) event.preventDefault();
    else if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      if (event.target === replacement) replaceNext(view);
      else (event.shiftKey ? findPrevious : findNext)(view);
    }
  });
  const tell = () => (count.textContent = countOf(view.state));
  tell();
  return {
    dom,
    top: true,
    mount: () => find.select(),
    update(update: ViewUpdate) {
      const asked = update.transactions.some(({ effects }) => effects.some((effect) => effect.is(setSearchQuery)));
      if (asked || update.docChanged || update.selectionSet) tell();
      const present = getSearchQuery(update.state);
      // Opened again with other words selected.
      if (asked && present.search !== find.value) find.value = present.search;
    },
  };
}

/** "2 of 5", "5", or that there is none; empty while nothing is asked for. Exported for its test. */
export function countOf(state: EditorState): string {
  const query = getSearchQuery(state);
  if (!query.valid) return '';
  const { from, to } = state.selection.main;
  let total = 0;
  let at = 0;
  const cursor = query.getCursor(state);
  for (let found = cursor.next(); !found.done && total <= MOST; found = cursor.next()) {
    total += 1;
    if (found.value.from === from && found.value.to === to) at = total;
  }
  if (total > MOST) return words.many(MOST);
  return total === 0 ? words.none : at > 0 ? words.of(at, total) : String(total);
}

function row(...parts: HTMLElement[]): HTMLElement {
  const element = document.createElement('div');
  element.className = 'cm-find-row';
  element.append(...parts);
  return element;
}
function field(label: string, value: string): HTMLInputElement {
  const input = document.createElement('input');
  input.className = 'cm-find-field';
  input.placeholder = label;
  input.ariaLabel = label;
  input.value = value;
  input.spellcheck = false;
  return input;
}
function button(text: string, act: () => void, label?: string): HTMLButtonElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = label === undefined ? 'cm-find-button' : 'cm-find-button cm-find-sign';
  element.textContent = text;
  if (label !== undefined) {
    element.ariaLabel = label;
    element.title = label;
  }
  element.addEventListener('click', act);
  return element;
}
