/** The window in which the interface is tested, with the host double behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { ElectronApplication, Page } from 'playwright';
import { launchElectron } from '../../electron/launch.ts';
import { serve } from '../serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'cove-interface-'));
/** What the page's console says of itself, in this test. */
export const complaints: string[] = [];
export let site: { url: string; stop(): void };
let app: ElectronApplication;
export let page: Page;

/** Opens it before the tests of a file, and closes it after them. */
export function openWindow(): void {
  beforeAll(async () => {
    const executablePath = process.env['COVE_ELECTRON'];
    if (executablePath === undefined) throw new Error('COVE_ELECTRON names no Electron: run this through npm test');
    site = await serve(join(folder, 'site'));
    app = await launchElectron(executablePath, {
      app: join(import.meta.dirname, '../window'),
      args: [`--user-data-dir=${join(folder, 'profile')}`],
      env: { ...(process.env as Record<string, string>), COVE_TEST_PAGE: `${site.url}/page.html` },
    });
    page = await app.firstWindow();
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterAll(async () => {
    await app?.close();
    site?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => complaints.splice(0));
}

/** Begins again, with what this scene of page.ts has. */
export async function open(start: string, file = 'page.html', width = 1280, height = 800): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate(() => localStorage.clear());
  await page.goto(`${site.url}/${file}?scene=${start}`);
  await page.getByRole('main').waitFor();
}
