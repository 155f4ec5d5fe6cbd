import type { BrowserWindow, IpcMainEvent } from 'electron';
import { expect, test } from 'vitest';
import { MAIN_PAGE, PHRASE_PAGE } from './origin.ts';
import { isTopFrameOf } from './sender.ts';

/** A window as far as the check looks at one. */
function windowOn(url: string, gone = false) {
  const mainFrame = { url };
  const webContents = { mainFrame };
  const window = { webContents, isDestroyed: () => gone } as unknown as BrowserWindow;
  const event = (senderFrame: unknown = mainFrame, sender: unknown = webContents) =>
    ({ sender, senderFrame }) as unknown as IpcMainEvent;
  return { window, mainFrame, webContents, event };
}

test('the window’s top frame on its own page is heard, whatever stands behind the page’s name', () => {
  for (const url of [MAIN_PAGE, `${MAIN_PAGE}?window=2`, `${MAIN_PAGE}#note`]) {
    const { window, event } = windowOn(url);
    expect(isTopFrameOf(window, event(), MAIN_PAGE), url).toBe(true);
  }
});

test('nobody else is', () => {
  const { window, webContents, event } = windowOn(MAIN_PAGE);
  const other = windowOn(MAIN_PAGE);
  const refused: Record<string, IpcMainEvent> = {
    'another window, on the same page': other.event(),
    'another window that shows a frame of this one': event(undefined, other.webContents),
    'a frame of another window': event(other.mainFrame, webContents),
    'a child frame, whatever it shows': event({ url: MAIN_PAGE }),
    'a frame that is gone': event(null),
  };
  for (const [who, planted] of Object.entries(refused)) {
    expect(isTopFrameOf(window, planted, MAIN_PAGE), who).toBe(false);
  }
});

test('the same frame on another page is not', () => {
  const elsewhere = [
    PHRASE_PAGE,
    'about:blank',
    'data:text/html,hello',
    'file:///index.html',
    'https://cove/index.html',
    'app://other/index.html',
    'app://cove.example/index.html',
    'app://cove@other/index.html',
    '',
  ];
  for (const url of elsewhere) {
    const { window, event } = windowOn(url);
    expect(isTopFrameOf(window, event(), MAIN_PAGE), url).toBe(false);
  }
  const { window, event } = windowOn(MAIN_PAGE, true);
  expect(isTopFrameOf(window, event(), MAIN_PAGE), 'a window that is closed').toBe(false);
});
