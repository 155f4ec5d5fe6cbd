/** Who sent a message: every request is answered only to the top frame of a window of ours that shows the page it is for. */
import type { BrowserWindow, IpcMainEvent, IpcMainInvokeEvent } from 'electron';
import { ownPage } from './origin.ts';

export function isTopFrameOf(window: BrowserWindow, event: IpcMainEvent | IpcMainInvokeEvent, page: string): boolean {
  const frame = event.senderFrame;
  return (
    !window.isDestroyed() &&
    event.sender === window.webContents &&
    frame !== null &&
    frame === window.webContents.mainFrame &&
    ownPage(frame.url) === page
  );
}
