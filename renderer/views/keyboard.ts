/** From a key press, or a choice in the application menu, to a command, by the contract's table. */
import { COMMANDS, isCommand, type CommandId } from '../../preload/contract/commands.ts';
import type { Workspace } from '../state/workspace.svelte.ts';
import { mayRun, run } from './commands.ts';

const mac = navigator.platform.startsWith('Mac');
const arrows: Readonly<Record<string, string>> = { '←': 'ArrowLeft', '→': 'ArrowRight' };

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** The command of a key press, or null. Exported for its test. */
export function shortcutOf(event: Pressed, onMac: boolean): CommandId | null {
  return COMMANDS.find(({ keys }) => keys !== undefined && matches(keys, event, onMac))?.id ?? null;
}

function matches(keys: readonly string[], event: Pressed, onMac: boolean): boolean {
  const key = keys.at(-1) ?? '';
  return (
    event.key.toLowerCase() === (arrows[key] ?? key).toLowerCase() &&
    (onMac ? event.metaKey : event.ctrlKey) === keys.includes('Mod') &&
    (onMac ? event.ctrlKey : event.metaKey) === false &&
    event.shiftKey === keys.includes('Shift') &&
    event.altKey === keys.includes('Alt')
  );
}

export function onShortcut(event: KeyboardEvent, workspace: Workspace): void {
  if (event.defaultPrevented) return;
  if (event.key === 'Escape' && workspace.layout.drawerOpen) workspace.layout.drawerOpen = false;
  if (isUndo(event) && mayRun(workspace) && workspace.toasts.undo()) {
    event.preventDefault();
    return;
  }
  const id = shortcutOf(event, mac);
  if (id === null || !mayRun(workspace)) return;
  event.preventDefault();
  run(id, workspace);
}

/** Where one types, it is the typing that is undone. */
function isUndo(event: KeyboardEvent): boolean {
  const typing = event.target instanceof Element && event.target.closest('input, textarea, [contenteditable]') !== null;
  return !typing && matches(['Mod', 'Z'], event, mac);
}

/** The preload hands the menu's choices on as messages of the page to itself. */
export function onMenu({ source, data }: MessageEvent<unknown>, workspace: Workspace): void {
  if (source !== window || typeof data !== 'object' || data === null) return;
  const { type, id } = data as { type?: unknown; id?: unknown };
  if (type !== 'cove:command') return;
  if (id === 'undo' || id === 'redo') step(id);
  else if (isCommand(id) && mayRun(workspace)) run(id, workspace);
}

/** What the keys do where the caret is: a note's own undo knows more than the page's. */
function step(kind: 'undo' | 'redo'): void {
  const target = document.activeElement ?? document.body;
  const again = kind === 'redo';
  const keys = { key: again ? 'Z' : 'z', keyCode: 90, ctrlKey: !mac, metaKey: mac, shiftKey: again };
  if (target.dispatchEvent(new KeyboardEvent('keydown', { ...keys, bubbles: true, cancelable: true })))
    document.execCommand(kind);
}
