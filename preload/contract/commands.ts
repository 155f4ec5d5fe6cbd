/**
 * Everything that can be done by name, once: the application menu, the keyboard, the command palette and the help
 * sheet all read this table. `Mod` is Ctrl, or Cmd on a Mac. What a command does is the window's (renderer/views).
 */
export type CommandId =
  | 'new-note'
  | 'delete-note'
  | 'history'
  | 'find'
  | 'search'
  | 'new-space'
  | 'join'
  | 'members'
  | 'invite'
  | 'rename-space'
  | 'bundle'
  | 'space-points'
  | 'files'
  | 'import-space'
  | 'palette'
  | 'switch'
  | 'toggle-spaces'
  | 'previous-pane'
  | 'next-pane'
  | 'settings'
  | 'help';

export interface Command {
  readonly id: CommandId;
  readonly label: string;
  /** None for what is rare, or better not done by a slip of the hand. */
  readonly keys?: readonly string[];
  /** Under which heading of the menu bar. */
  readonly menu: 'file' | 'edit' | 'space' | 'view' | 'help';
  /** Under which heading of the help sheet. */
  readonly group: 'Notes and spaces' | 'Getting around';
}

export const COMMANDS: readonly Command[] = [
  { id: 'new-note', label: 'New note', keys: ['Mod', 'N'], menu: 'file', group: 'Notes and spaces' },
  { id: 'new-space', label: 'New space', keys: ['Mod', 'Shift', 'N'], menu: 'file', group: 'Notes and spaces' },
  { id: 'join', label: 'Join a space', menu: 'file', group: 'Notes and spaces' },
  { id: 'import-space', label: 'Import a space', menu: 'file', group: 'Notes and spaces' },
  { id: 'delete-note', label: 'Delete note', menu: 'file', group: 'Notes and spaces' },
  { id: 'settings', label: 'Settings', keys: ['Mod', ','], menu: 'file', group: 'Getting around' },
  { id: 'find', label: 'Find in this note', keys: ['Mod', 'F'], menu: 'edit', group: 'Notes and spaces' },
  { id: 'search', label: 'Search all notes', keys: ['Mod', 'Shift', 'F'], menu: 'edit', group: 'Notes and spaces' },
  {
    id: 'history',
    label: 'History of this note',
    keys: ['Mod', 'Shift', 'H'],
    menu: 'edit',
    group: 'Notes and spaces',
  },
  { id: 'members', label: 'Members of this space', menu: 'space', group: 'Notes and spaces' },
  { id: 'invite', label: 'Invite someone', menu: 'space', group: 'Notes and spaces' },
  { id: 'rename-space', label: 'Rename this space', menu: 'space', group: 'Notes and spaces' },
  { id: 'bundle', label: 'Sync by file', menu: 'space', group: 'Notes and spaces' },
  { id: 'space-points', label: 'Meeting points of this space', menu: 'space', group: 'Notes and spaces' },
  { id: 'files', label: 'Export and import', menu: 'space', group: 'Notes and spaces' },
  { id: 'palette', label: 'Command palette', keys: ['Mod', 'K'], menu: 'view', group: 'Getting around' },
  { id: 'switch', label: 'Go to note', keys: ['Mod', 'P'], menu: 'view', group: 'Getting around' },
  { id: 'toggle-spaces', label: 'Show or hide spaces', keys: ['Mod', '\\'], menu: 'view', group: 'Getting around' },
  { id: 'previous-pane', label: 'Pane to the left', keys: ['Alt', '←'], menu: 'view', group: 'Getting around' },
  { id: 'next-pane', label: 'Pane to the right', keys: ['Alt', '→'], menu: 'view', group: 'Getting around' },
  { id: 'help', label: 'Keyboard shortcuts', keys: ['Mod', '/'], menu: 'help', group: 'Getting around' },
];

export function isCommand(id: unknown): id is CommandId {
  return COMMANDS.some((command) => command.id === id);
}
