/** (e) From starting the app to a window that takes input, against an Electron that shows an empty one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { makeComputer } from '../desktop/computer.ts';
import { startCove, type Cove } from '../desktop/cove.ts';
import { Person } from '../desktop/person.ts';
import { launchElectron } from '../electron/launch.ts';
import { timed, type Missing, type Row } from './measured.ts';
import { inFolder } from './places.ts';

const SPACE = 'Garden';
const EMPTY = `const { app, BrowserWindow } = require('electron');
let window;
app.whenReady().then(() => {
  window = new BrowserWindow({ width: 1280, height: 800 });
  void window.loadFile(require('node:path').join(__dirname, 'empty.html'));
});
app.on('window-all-closed', () => app.quit());
`;

export async function appStart(runs: number): Promise<Row | Missing> {
  const name = '(e) app start → interactive';
  const executablePath = process.env['COVE_ELECTRON'];
  if (executablePath === undefined) return { name, missing: 'no Electron here (COVE_ELECTRON): run `npm run bench`' };
  const computer = await makeComputer('bench');
  try {
    const first = await startCove(computer);
    const person = new Person('Ana', first.window);
    await person.introduce();
    await person.createSpace(SPACE);
    await person.openSpace(SPACE);
    await first.quit();
    const [ours, empty]: [number[], number[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      empty.push(await emptyWindow(executablePath, computer.env));
      let cove: Cove | undefined;
      const ms = await timed(async () => {
        cove = await startCove(computer);
        await cove.window.getByRole('button', { name: 'New note' }).first().click({ trial: true });
      });
      if (cove === undefined) continue;
      await expect(new Person('Ana', cove.window).space(SPACE)).toHaveAttribute('aria-current', 'true');
      await cove.quit();
      ours.push(ms);
    }
    const note = 'until the space that was open last can be given a note; encrypted database and keyring opened';
    return { name, ours, floor: { name: 'Electron with an empty window', runs: empty }, goal: { most: 2 }, note };
  } finally {
    await computer.remove();
  }
}

/**
 * Driven in the same way, so that what the driver costs is on both sides, and in a folder where it was before, as Cove is:
 * the first start makes what Electron keeps there, and is not the one that is told.
 */
export async function emptyWindow(executablePath: string, env: Record<string, string>): Promise<number> {
  return await inFolder(async (folder) => {
    mkdirSync(join(folder, 'app'));
    writeFileSync(
      join(folder, 'app', 'package.json'),
      JSON.stringify({ name: 'empty', version: '1.0.0', main: 'main.js' }),
    );
    writeFileSync(join(folder, 'app', 'main.js'), EMPTY);
    writeFileSync(join(folder, 'app', 'empty.html'), '<!doctype html><input>');
    const start = async (): Promise<number> => {
      let close = async (): Promise<void> => undefined;
      const ms = await timed(async () => {
        const args = [`--user-data-dir=${join(folder, 'data')}`];
        const app = await launchElectron(executablePath, { app: join(folder, 'app'), args, env });
        close = () => app.close();
        await (await app.firstWindow()).locator('input').click({ trial: true });
      });
      await close();
      return ms;
    };
    await start();
    return await start();
  });
}
