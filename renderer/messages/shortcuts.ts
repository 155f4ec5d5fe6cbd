/** The words of the help sheet. The commands' own names and keys are the contract's, because the menu has them too. */

/** Only inside the text; CodeMirror handles them. */
const inText = [
  { keys: ['Mod', 'B'], label: 'Bold' },
  { keys: ['Mod', 'I'], label: 'Italic' },
  { keys: ['Mod', 'E'], label: 'Code' },
  { keys: ['Mod', 'Enter'], label: 'Tick a task, open a link' },
  { keys: ['Mod', 'Z'], label: 'Undo your last change, from before Cove was started too' },
  { keys: ['Mod', 'Shift', 'Z'], label: 'Make it again' },
] as const;

/** No commands: they are where the focus goes. */
const around = [{ keys: ['F6'], label: 'To a message and back' }] as const;

export const shortcuts = { title: 'Keyboard shortcuts', around, inText, inTextTitle: 'In the text' } as const;
