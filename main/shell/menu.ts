/**
 * The application menu. What acts inside a window comes from the one table of commands (preload/contract) and goes to
 * the window as a command; the window hears its own keys, so those are shown here and not registered again.
 */
import { Menu, app, type MenuItemConstructorOptions } from 'electron';
import { COMMANDS, type Command, type CommandId } from '../../preload/contract/commands.ts';

interface Actions {
  newWindow(): void;
  command(id: CommandId): void;
  /** In the window that has the keyboard. */
  step(kind: 'undo' | 'redo'): void;
}

const mac = process.platform === 'darwin';
const separator = { type: 'separator' } as const;

export function installMenu(actions: Actions): void {
  const of = (menu: Command['menu']): MenuItemConstructorOptions[] =>
    COMMANDS.filter((command) => command.menu === menu).map((command) =>
      item(command, () => actions.command(command.id)),
    );
  const step = (id: 'undo' | 'redo', label: string, keys: readonly string[]): MenuItemConstructorOptions =>
    item({ id, label, keys }, () => actions.step(id));
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' as const }] : []),
    {
      label: '&File',
      submenu: [
        ...of('file'),
        separator,
        { label: 'New window', accelerator: 'CmdOrCtrl+Alt+N', click: () => actions.newWindow() },
        separator,
        mac ? { role: 'close' } : { role: 'quit', label: `Quit ${app.name}` },
      ],
    },
    {
      label: '&Edit',
      submenu: [
        // Chromium greys its own where it knows nothing to undo; the engine may, from before the start.
        step('undo', 'Undo', ['Mod', 'Z']),
        step('redo', 'Redo', ['Mod', 'Shift', 'Z']),
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
        separator,
        ...of('edit'),
      ],
    },
    { label: '&Space', submenu: of('space') },
    {
      label: '&View',
      submenu: [
        ...of('view'),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        separator,
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: of('help') },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

/** The window hears its keys itself. */
const item = (
  { id, label, keys }: { readonly id: string } & Pick<Command, 'label' | 'keys'>,
  click: () => void,
): MenuItemConstructorOptions => ({
  ...{ id, label, click },
  ...(keys === undefined ? {} : { accelerator: accelerator(keys), registerAccelerator: false }),
});

/** Greys what cannot be done in the window that the menu is for. */
export function enableCommands(ids: ReadonlySet<CommandId>): void {
  const menu = Menu.getApplicationMenu();
  for (const { id } of COMMANDS) {
    const item = menu?.getMenuItemById(id);
    if (item) item.enabled = ids.has(id);
  }
}

/** Electron's names for keys, from those of the table. */
const NAMES: Readonly<Record<string, string>> = { Mod: 'CmdOrCtrl', '←': 'Left', '→': 'Right' };
function accelerator(keys: readonly string[]): string {
  return keys.map((key) => NAMES[key] ?? key).join('+');
}
