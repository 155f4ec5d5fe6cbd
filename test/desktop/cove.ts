/** A Cove that runs on a simulated computer, in a real Electron window, driven by clicks and keys only. */
import { once } from 'node:events';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright';
import { launchElectron } from '../electron/launch.ts';
import type { Computer } from './computer.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Cove {
  readonly app: ElectronApplication;
  readonly window: Page;
  /** What the windows wrote on their consoles, errors and warnings only. */
  readonly complaints: string[];
  /** Another main window of the same app. */
  openWindow(): Promise<Page>;
  /** As the person would: closes the app and waits until it is gone. Nothing if it is already. */
  quit(): Promise<void>;
  /** As a power cut would. */
  kill(): Promise<void>;
}

export interface LaunchOptions {
  readonly width?: number;
  readonly height?: number;
  /** Instead of Electron as it is: a program that starts it. */
  readonly executable?: string;
  /** The executable has the app in it, instead of the built sources. */
  readonly packaged?: boolean;
  readonly args?: readonly string[];
}

export async function startCove(computer: Computer, options: LaunchOptions = {}): Promise<Cove> {
  const executable = options.executable ?? process.env['COVE_ELECTRON'];
  if (executable === undefined)
    throw new Error('COVE_ELECTRON names no Electron: run through npm test or npm run demo');
  const app = await launchElectron(executable, {
    ...(options.packaged === true ? {} : { app: ROOT }),
    args: options.args ?? [],
    env: computer.env,
  });
  // Playwright tells of it only while it is there, and a test may end it at any moment.
  const child = app.process();
  const gone = once(child, 'exit');
  const complaints: string[] = [];
  const heard = new WeakSet<Page>();
  const listen = (page: Page) => {
    if (heard.has(page)) return;
    heard.add(page);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  };
  app.on('window', listen);
  // The first window may be there before anybody can listen for it.
  const window = await app.firstWindow();
  for (const page of app.windows()) listen(page);
  await size(app, options.width ?? 1280, options.height ?? 800);
  return {
    app,
    window,
    complaints,
    async openWindow() {
      const opened = app.waitForEvent('window');
      // Keys that a test presses reach the page, never the menu's accelerators.
      await app.evaluate(({ Menu }) => {
        const items = Menu.getApplicationMenu()?.items.flatMap((item) => item.submenu?.items ?? []) ?? [];
        items.find(({ label }) => label === 'New window')?.click();
      });
      const page = await opened;
      await size(app, options.width ?? 1280, options.height ?? 800);
      return page;
    },
    async quit() {
      await Promise.race([app.close(), gone]);
      await gone;
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The main windows' content in CSS pixels, as the person would drag them. */
export async function size(app: ElectronApplication, width: number, height: number): Promise<void> {
  await untilAnswered(() =>
    app.evaluate(
      ({ BrowserWindow }, [w, h]) => {
        for (const window of BrowserWindow.getAllWindows()) if (window.isResizable()) window.setContentSize(w, h);
      },
      [width, height] as const,
    ),
  );
}

/**
 * The answer of the main process to what may be asked more than once. While the app starts, V8's inspector now and then
 * loses the promise of an answer to the garbage collector, whatever was asked; every other failure is one.
 */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 5 || !String(error).includes('Resulting promise was garbage collected')) throw error;
    }
  }
}
