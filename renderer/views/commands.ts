/** What the keyboard and the palette can do: the same list for both. */
import type { ShortcutId } from '../messages/shortcuts.ts';
import type { Pane } from '../state/layout.svelte.ts';
import type { Workspace } from '../state/workspace.svelte.ts';

export const commands: Readonly<Record<ShortcutId, (workspace: Workspace) => void>> = {
  'new-note': (workspace) => void workspace.newNote(),
  'new-space': (workspace) => (workspace.dialog = { kind: 'create-space' }),
  palette: (workspace) => (workspace.dialog = workspace.dialog?.kind === 'palette' ? null : { kind: 'palette' }),
  switch: (workspace) => (workspace.dialog = workspace.dialog?.kind === 'switch' ? null : { kind: 'switch' }),
  find: () => document.dispatchEvent(new CustomEvent('cove:find')),
  search: (workspace) => {
    if (workspace.layout.mode === 'stack') workspace.layout.top = 'notes';
    requestAnimationFrame(() => document.getElementById('search-notes')?.focus());
  },
  'toggle-spaces': (workspace) => workspace.layout.toggleSpaces(),
  settings: (workspace) => (workspace.dialog = { kind: 'settings', tab: 'general' }),
  help: (workspace) => (workspace.dialog = { kind: 'help' }),
  'previous-pane': (workspace) => movePane(workspace, -1),
  'next-pane': (workspace) => movePane(workspace, 1),
};

const PANES: readonly { readonly pane: Pane; readonly box: string; readonly target: string }[] = [
  { pane: 'spaces', box: '#spaces-pane', target: '[aria-current], nav button' },
  { pane: 'notes', box: '#notes-pane', target: '[role=listbox], input' },
  { pane: 'editor', box: '#editor-pane', target: '.cm-content, button' },
];

function movePane({ layout }: Workspace, step: number): void {
  const at = PANES.findIndex(({ box }) => document.querySelector(box)?.contains(document.activeElement));
  const next = PANES[Math.min(PANES.length - 1, Math.max(0, (at < 0 ? 2 : at) + step))];
  if (next === undefined) return;
  if (layout.mode === 'stack') layout.top = next.pane;
  if (layout.mode === 'drawer') layout.drawerOpen = next.pane === 'spaces';
  requestAnimationFrame(() => document.querySelector(next.box)?.querySelector<HTMLElement>(next.target)?.focus());
}
