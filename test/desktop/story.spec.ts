/**
 * Two Coves on two simulated computers live through the main story, and what it leaves behind is looked at from
 * all sides: typing at once, further windows, crashes, search, deletion.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { HostedInvitation } from '../../preload/contract/index.ts';
import { makeComputer, type Computer } from './computer.ts';
import { ROOT, startCove, type Cove } from './cove.ts';
import { first, ownSpace } from './hostile.ts';
import { Person } from './person.ts';
import { mainStory, NOTE, SPACE } from './story.ts';

const PICTURES = join(ROOT, 'out', 'desktop');

let computers: Computer[] = [];
let coves: Cove[] = [];
let ana: Person;
let ben: Person;

test.beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  computers = await Promise.all([makeComputer('ana'), makeComputer('ben')]);
  coves = [await startCove(computers[0] as Computer), await startCove(computers[1] as Computer)];
  ana = new Person('Ana', (coves[0] as Cove).window);
  ben = new Person('Ben', (coves[1] as Cove).window);
  for (const { says, does } of mainStory(ana, ben)) await test.step(says, does);
});

test.afterAll(async () => {
  for (const cove of coves) await cove.quit().catch(() => undefined);
  for (const computer of computers) await computer.remove();
});

test('the whole story leaves both with the same text, and no complaint on any console', async () => {
  await picture('story');
  await sameText();
  expect(coves.flatMap(({ complaints }) => complaints)).toEqual([]);
});

test('two people who type in the same sentence lose no character and end with the same text', async () => {
  await ana.type('\nshared sentence');
  await ben.sees('shared sentence');
  // Letters that the other does not use, so that the result can be taken apart again.
  const [upper, digits] = ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', '0123456789012345678901234567890123456789'];
  await Promise.all([ana.typeAfter('shared sentence', upper), ben.typeAfter('shared sentence', digits)]);
  const typed = (text: string) => {
    const line = text.split('\n').find((one) => one.includes('shared')) ?? '';
    return [line.replace(/[^A-Z]/g, ''), line.replace(/[^0-9]/g, '')];
  };
  await expect.poll(async () => typed(await source(0))).toEqual([upper, digits]);
  const text = await sameText();
  expect(typed(text)).toEqual([upper, digits]);
  expect(text).toContain('shared sentence');
});

test('the other person’s cursor stands in the text with the name on it', async () => {
  await ben.typeAfter('beans along the fence', '!');
  const cursor = ana.page.locator('.cm-remote-cursor[data-name="Ben"]');
  await expect(cursor).toBeVisible();
  await picture('cursor');
});

test('a second window of one app shows the same text and what is typed in the first', async () => {
  const second = new Person('Ana', await (coves[0] as Cove).openWindow());
  await second.openSpace(SPACE);
  await second.openNote(NOTE);
  await ana.type('\nwritten in the first window');
  await second.sees('written in the first window');
  await second.type('\nand in the second');
  for (const person of [ana, ben]) await person.sees('and in the second');
  const text = await sameText();
  expect(await sourceIn(coves[0] as Cove, second)).toBe(text);
  await second.page.close();
  await ana.type('\nalone again');
  await ben.sees('alone again');
});

test('search finds a note by a word in its text, and marks the word', async () => {
  const results = await ben.search('fence');
  await expect(results).toHaveCount(1);
  await expect(results.locator('mark')).toHaveText(['fence']);
  await expect(await ben.search('nowhere')).toHaveCount(0);
  await ben.search('');
});

test('a deleted note is gone for both, and Undo brings it back with its text', async () => {
  await ana.writeNote('Old plans', 'to be thrown away');
  await expect(ben.note('Old plans')).toBeVisible();
  await ana.deleteNote();
  for (const person of [ana, ben]) await expect(person.note('Old plans')).toHaveCount(0);
  await ana.undo();
  await expect(ben.note('Old plans')).toBeVisible();
  await ben.openNote('Old plans');
  await ben.sees('to be thrown away');
  for (const person of [ana, ben]) await person.openNote(NOTE);
});

test('a space that one renames has its new name with the other too', async () => {
  const rename = async (from: string, to: string) => {
    await ana.page.getByRole('button', { name: `Options for ${from}` }).click();
    await ana.page.getByRole('menuitem', { name: 'Rename…' }).click();
    await ana.page.getByRole('textbox', { name: 'Name of the space' }).fill(to);
    await ana.page.getByRole('button', { name: 'Rename space' }).click();
    for (const person of [ana, ben]) {
      await expect(person.space(to)).toBeVisible();
      await expect(person.space(from)).toHaveCount(0);
    }
  };
  await rename(SPACE, 'Allotment');
  await rename('Allotment', SPACE);
});

test('an invitation lives as long as was chosen, and its code and its link are copied by a press', async () => {
  const { app } = coves[0] as Cove;
  const { page } = ana;
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('radiogroup', { name: 'Valid for' }).getByRole('radio', { name: '1 hour' }).click();
  await page.getByRole('button', { name: 'Create invitation' }).click();
  const code = (await page.getByTestId('invitation-code').textContent()) ?? '';
  const copied = async (press: string): Promise<string> => {
    await app.evaluate(({ clipboard }) => clipboard.clear());
    await page.getByRole('button', { name: press }).click();
    await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
    return app.evaluate(({ clipboard }) => clipboard.readText());
  };
  expect(await copied('Copy code')).toBe(code);
  expect(await copied('Copy link')).toBe(`cove://join#${code}`);
  const lists = (await first(page, 'invitations.list', { spaceId: await ownSpace(page) })) as HostedInvitation[];
  const made = lists.find((one) => one.code === code);
  // A code has whole minutes.
  expect(Math.floor(((made?.expiresAt ?? 0) - (made?.createdAt ?? 0)) / 60_000)).toBe(60);
  await page.getByRole('button', { name: 'Revoke…' }).click();
  await page.getByRole('button', { name: 'Withdraw invitation' }).click();
  await page.getByRole('button', { name: 'Close' }).last().click();
});

test('a second start with the same profile brings the first to the front and ends', async () => {
  const { app, window } = coves[0] as Cove;
  const browserWindow = await app.browserWindow(window);
  await browserWindow.evaluate((it: Electron.BrowserWindow) => it.minimize());
  const flags = (process.env['COVE_ELECTRON_ARGS'] ?? '').split(' ').filter((flag) => flag !== '');
  const again = async (...links: string[]) => {
    const env = (computers[0] as Computer).env;
    const second = spawn(process.env['COVE_ELECTRON'] as string, [ROOT, ...flags, ...links], { env, stdio: 'ignore' });
    const [code] = (await once(second, 'exit')) as [number | null];
    expect(code).toBe(0);
  };
  await again();
  await expect
    .poll(() => browserWindow.evaluate((it: Electron.BrowserWindow) => it.isVisible() && !it.isMinimized()))
    .toBe(true);
  expect(app.windows()).toHaveLength(1);
  // A link fills in the dialog, over what another link filled in, and does nothing else.
  const box = window.getByRole('textbox', { name: 'Invitation code or link' });
  await again('cove://join#cove1first');
  await expect(box).toHaveValue('cove://join#cove1first');
  await again('cove://join#cove1second');
  await expect(box).toHaveValue('cove://join#cove1second');
  await window.getByText('This is not a valid invitation code.').waitFor();
  await window.keyboard.press('Escape');
  await ana.openNote(NOTE);
  await ana.type('\nstill the first one');
  await ben.sees('still the first one');
});

test('after kill -9 everything that was typed is there, and both go on in sync', async () => {
  await ben.type('\nlast words before the crash');
  await ben.sees('last words before the crash');
  // Durable is what the screen calls saved; a frame and a commit are far below this.
  await ben.page.waitForTimeout(300);
  const before = await sameText();
  await (coves[1] as Cove).kill();
  await ana.type('\nwritten meanwhile');
  coves[1] = await startCove(computers[1] as Computer);
  ben = new Person('Ben', coves[1].window);
  await ben.openSpace(SPACE);
  await ben.openNote(NOTE);
  await ben.sees('written meanwhile');
  const after = await sameText();
  expect(after.startsWith(before)).toBe(true);
  expect(after.slice(before.length)).toContain('written meanwhile');
  await ana.sees('last words before the crash');
  await ben.type('\nback again');
  await ana.sees('back again');
  await picture('after-crash');
});

/** The Markdown in a person's editor: what a copy of all of it gives. (The screen hides the marks.) */
async function sourceIn({ app }: Cove, { page, text }: Person): Promise<string> {
  await text.focus();
  await page.keyboard.press('Control+a');
  await app.evaluate(({ clipboard }) => clipboard.clear());
  await page.keyboard.press('Control+c');
  const copied = () => app.evaluate(({ clipboard }) => clipboard.readText());
  await expect.poll(copied).not.toBe('');
  await page.keyboard.press('Control+End');
  return copied();
}
const source = (who: 0 | 1) => sourceIn(coves[who] as Cove, [ana, ben][who] as Person);

/** Waits until both have the same text, and gives it. */
async function sameText(): Promise<string> {
  let [mine, theirs] = ['', ''];
  await expect
    .poll(async () => {
      [mine, theirs] = [await source(0), await source(1)];
      return mine === theirs;
    })
    .toBe(true);
  return mine;
}

async function picture(name: string): Promise<void> {
  for (const person of [ana, ben]) {
    await person.page.screenshot({ path: join(PICTURES, `${name}-${person.name.toLowerCase()}.png`) });
  }
}
