/** All shortcuts, once: the keyboard, the palette and the help sheet read this table. `Mod` is Ctrl, or Cmd on a Mac. */
export type ShortcutId =
  | 'new-note'
  | 'new-space'
  | 'palette'
  | 'switch'
  | 'find'
  | 'search'
  | 'toggle-spaces'
  | 'settings'
  | 'help'
  | 'previous-pane'
  | 'next-pane';

export interface Shortcut {
  readonly id: ShortcutId;
  readonly keys: readonly string[];
  readonly label: string;
  readonly group: 'Notes and spaces' | 'Getting around';
}

const everywhere: readonly Shortcut[] = [
  { id: 'new-note', keys: ['Mod', 'N'], label: 'New note', group: 'Notes and spaces' },
  { id: 'new-space', keys: ['Mod', 'Shift', 'N'], label: 'New space', group: 'Notes and spaces' },
  { id: 'find', keys: ['Mod', 'F'], label: 'Find in this note', group: 'Notes and spaces' },
  { id: 'search', keys: ['Mod', 'Shift', 'F'], label: 'Search all notes', group: 'Notes and spaces' },
  { id: 'palette', keys: ['Mod', 'K'], label: 'Command palette', group: 'Getting around' },
  { id: 'switch', keys: ['Mod', 'P'], label: 'Go to note', group: 'Getting around' },
  { id: 'toggle-spaces', keys: ['Mod', '\\'], label: 'Show or hide spaces', group: 'Getting around' },
  { id: 'previous-pane', keys: ['Alt', '←'], label: 'Pane to the left', group: 'Getting around' },
  { id: 'next-pane', keys: ['Alt', '→'], label: 'Pane to the right', group: 'Getting around' },
  { id: 'settings', keys: ['Mod', ','], label: 'Settings', group: 'Getting around' },
  { id: 'help', keys: ['Mod', '/'], label: 'Keyboard shortcuts', group: 'Getting around' },
];

/** Only inside the text; CodeMirror handles them. */
const inText = [
  { keys: ['Mod', 'B'], label: 'Bold' },
  { keys: ['Mod', 'I'], label: 'Italic' },
  { keys: ['Mod', 'E'], label: 'Code' },
  { keys: ['Mod', 'Enter'], label: 'Tick or untick a task' },
  { keys: ['Mod', 'Z'], label: 'Undo your last change' },
] as const;

export const shortcuts = { title: 'Keyboard shortcuts', everywhere, inText, inTextTitle: 'In the text' } as const;
