/** What each command does in a window. Its name, keys and place in the menu are the contract's table. */
import { COMMANDS, type Command, type CommandId } from '../../preload/contract/commands.ts';
import { mayEdit, mayManage, reads, syncs } from '../spaces/roles.ts';
import type { Workspace } from '../state/workspace.svelte.ts';
import { movePane } from './panes.ts';

type Run = (workspace: Workspace) => void;

/** Answers null where the command has nothing to act on, or the engine would refuse it. */
const RUNS: Readonly<Record<CommandId, (workspace: Workspace) => Run | null>> = {
  'new-note': ({ space }) => (space === undefined || !mayEdit(space.role) ? null : (it) => void it.newNote()),
  'delete-note': ({ space, noteId }) =>
    space === undefined || noteId === null || !mayEdit(space.role)
      ? null
      : (it) => void it.removeNote(space.spaceId, noteId),
  history: ({ space, noteId }) =>
    space === undefined || noteId === null
      ? null
      : (it) => (it.dialog = { kind: 'history', spaceId: space.spaceId, noteId }),
  'new-space': ({ revoked }) => (revoked ? null : (it) => (it.dialog = { kind: 'create-space' })),
  join: ({ revoked }) => (revoked ? null : (it) => (it.dialog = { kind: 'join' })),
  members: ({ space }) =>
    space === undefined ? null : (it) => (it.dialog = { kind: 'members', spaceId: space.spaceId, name: space.name }),
  invite: ({ space }) =>
    space === undefined || !mayManage(space.role)
      ? null
      : (it) => (it.dialog = { kind: 'invite', spaceId: space.spaceId, name: space.name }),
  'rename-space': ({ space }) =>
    space === undefined || !mayManage(space.role)
      ? null
      : (it) => (it.dialog = { kind: 'rename-space', spaceId: space.spaceId, name: space.name }),
  bundle: ({ space }) =>
    space === undefined || !syncs(space)
      ? null
      : (it) => (it.dialog = { kind: 'bundle', spaceId: space.spaceId, name: space.name }),
  'space-points': ({ space }) =>
    space === undefined || !syncs(space)
      ? null
      : (it) => (it.dialog = { kind: 'space-points', spaceId: space.spaceId, name: space.name }),
  files: ({ space }) =>
    space === undefined || !reads(space.role)
      ? null
      : (it) => (it.dialog = { kind: 'files', spaceId: space.spaceId, name: space.name }),
  'import-space': ({ revoked }) => (revoked ? null : (it) => (it.dialog = { kind: 'import-space' })),
  palette: () => (it) => (it.dialog = it.dialog?.kind === 'palette' ? null : { kind: 'palette' }),
  switch: ({ space }) =>
    space === undefined ? null : (it) => (it.dialog = it.dialog?.kind === 'switch' ? null : { kind: 'switch' }),
  find: ({ noteId }) => (noteId === null ? null : () => document.dispatchEvent(new CustomEvent('cove:find'))),
  search: ({ space }) => (space === undefined ? null : search),
  'toggle-spaces': () => (it) => it.layout.toggleSpaces(),
  settings: () => (it) => (it.dialog = { kind: 'settings', tab: 'general' }),
  help: () => (it) => (it.dialog = { kind: 'help' }),
  'previous-pane': () => (it) => movePane(it, -1),
  'next-pane': () => (it) => movePane(it, 1),
};

/** The commands that make sense now. */
export function available(workspace: Workspace): readonly Command[] {
  return COMMANDS.filter(({ id }) => RUNS[id](workspace) !== null);
}

/** A dialog asks one question: meanwhile only the two that are lists themselves may be exchanged for each other. */
export function mayRun({ dialog }: Workspace): boolean {
  return dialog === null || dialog.kind === 'palette' || dialog.kind === 'switch';
}

export function run(id: CommandId, workspace: Workspace): void {
  RUNS[id](workspace)?.(workspace);
}

function search({ layout }: Workspace): void {
  if (layout.mode === 'stack') layout.top = 'notes';
  requestAnimationFrame(() => document.getElementById('search-notes')?.focus());
}
