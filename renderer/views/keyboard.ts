/** From a key press to a command, by the table of shortcuts. */
import { shortcuts, type Shortcut, type ShortcutId } from '../messages/shortcuts.ts';
import type { Workspace } from '../state/workspace.svelte.ts';
import { commands } from './commands.ts';

const mac = navigator.platform.startsWith('Mac');
const arrows: Readonly<Record<string, string>> = { '←': 'ArrowLeft', '→': 'ArrowRight' };

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** The shortcut of a key press, or null. Exported for its test. */
export function shortcutOf(event: Pressed, onMac: boolean): ShortcutId | null {
  return shortcuts.everywhere.find((shortcut) => matches(shortcut, event, onMac))?.id ?? null;
}

function matches({ keys }: Shortcut, event: Pressed, onMac: boolean): boolean {
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
  const id = shortcutOf(event, mac);
  if (id === null) return;
  // A dialog asks one question; only the two that are lists themselves may be exchanged for each other.
  const open = workspace.dialog?.kind;
  if (open !== undefined && open !== 'palette' && open !== 'switch') return;
  event.preventDefault();
  commands[id](workspace);
}
