/**
 * The application menu. Items that act inside a window send the same key presses that the window knows, so
 * that menu, keyboard and palette are one list (renderer/messages has the names).
 */
import { Menu, app, type MenuItemConstructorOptions } from 'electron';

export function installMenu(actions: { newWindow(): void }): void {
  const mac = process.platform === 'darwin';
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' as const }] : []),
    {
      label: '&File',
      submenu: [
        { label: 'New window', accelerator: 'CmdOrCtrl+Alt+N', click: () => actions.newWindow() },
        { type: 'separator' },
        mac ? { role: 'close' } : { role: 'quit', label: `Quit ${app.name}` },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
