/** Where the keyboard goes: from pane to pane, and on when what had the focus is gone. */
import type { Pane } from '../state/layout.svelte.ts';
import type { Workspace } from '../state/workspace.svelte.ts';

/** In each pane, the first of these that is there. */
const PANES: readonly { readonly pane: Pane; readonly box: string; readonly targets: readonly string[] }[] = [
  { pane: 'spaces', box: '#spaces-pane', targets: ['[aria-current]', 'nav button'] },
  { pane: 'notes', box: '#notes-pane', targets: ['[role=listbox]', '.empty button', 'input'] },
  { pane: 'editor', box: '#editor-pane', targets: ['.cm-content', '.empty button', 'button'] },
];

export function movePane({ layout }: Workspace, step: number): void {
  const at = PANES.findIndex(({ box }) => document.querySelector(box)?.contains(document.activeElement));
  const next = PANES[Math.min(PANES.length - 1, Math.max(0, (at < 0 ? 2 : at) + step))];
  if (next === undefined) return;
  if (layout.mode === 'stack') layout.top = next.pane;
  if (layout.mode === 'drawer') layout.drawerOpen = next.pane === 'spaces';
  requestAnimationFrame(() => focusPane(next.pane));
}

export function focusPane(pane: Pane): void {
  const { box, targets } = PANES.find((one) => one.pane === pane) ?? { box: '', targets: [] };
  const found = targets.map((target) => document.querySelector<HTMLElement>(`${box} ${target}`));
  found.find((element) => element !== null)?.focus({ preventScroll: true });
}

/**
 * The focus falls to the page when its element goes: a note that was deleted, a menu's button, a pane of a window
 * that became narrow. Whoever works with the keyboard would begin at the top again.
 */
export function land({ layout, caret, dialog }: Workspace): void {
  if (dialog !== null || caret !== null || document.activeElement !== document.body) return;
  focusPane(layout.mode === 'stack' ? layout.top : 'notes');
  // No notes pane: there is no space yet.
  if (document.activeElement === document.body) document.querySelector<HTMLElement>('main button')?.focus();
}
