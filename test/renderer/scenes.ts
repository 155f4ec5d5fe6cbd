/**
 * Every dialog, and the views that two real Coves do not come by on their way (test/desktop/views.spec.ts looks at the
 * others), and how a person gets there. `double` is the page's host double.
 */
import type { Dialog } from '../../renderer/state/workspace.svelte.ts';
import { OF_DIALOGS } from './scenes/dialogs.ts';
import { OTHERS } from './scenes/others.ts';
import type { Scene } from './scenes/ways.ts';

export { CODE, deleteNote, digitsWanted } from './scenes/ways.ts';

export const SCENES: Readonly<Record<keyof typeof OF_DIALOGS | keyof typeof OTHERS, Scene>> = {
  ...OF_DIALOGS,
  ...OTHERS,
};

/** Where each kind of dialog is looked at: one without a scene does not compile. */
export const DIALOGS: Readonly<Record<Dialog['kind'], keyof typeof SCENES>> = {
  'create-space': 'other owners of a new space',
  'rename-space': 'a new name for a space',
  members: 'the members',
  bundle: 'a sync by file that builds on what is not here',
  'space-points': 'the meeting points of a space',
  files: 'what was left out of an import',
  'export-space': 'two passwords that differ',
  'import-space': 'an archive that the password does not open',
  history: 'the history of a note',
  'remove-member': 'removing a member',
  'end-space': 'leaving a space',
  invite: 'a new invitation',
  withdraw: 'an invitation to be withdrawn',
  join: 'looking for the host',
  settings: 'the settings',
  'safety-words': 'words to compare with a member',
  'add-device': 'a device to be added',
  'rename-device': 'a new name for a device',
  'remove-device': 'a device to be removed',
  'remove-devices': 'lost devices to be removed',
  palette: 'the command palette',
  switch: 'the way to another note',
  help: 'the keys',
  picture: 'a picture as large as the window allows',
  link: 'an address that is not opened',
};
