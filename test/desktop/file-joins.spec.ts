/** Two Coves that have never had a network between them: invited, joined and in sync by files that are carried. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Computer } from './computer.ts';
import type { Cove } from './cove.ts';
import { startingCoves, using } from './coves.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

const world = startingCoves();
const stick = mkdtempSync(join(tmpdir(), 'cove-stick-'));
test.afterAll(() => rmSync(stick, { recursive: true, force: true }));

test('two who have no network invite, join and write on by files on a stick', async () => {
  test.setTimeout(300_000);
  const [laptop, desk] = [await settled('Ana'), await settled('Ben')];
  const code = on('code.txt');
  let told = '';

  await using(laptop, async (cove) => {
    const ana = new Person('Ana', cove.window);
    await ana.createSpace('Hut');
    await ana.writeNote('Wood', 'birch');
    await cove.window.getByRole('button', { name: 'Share' }).click();
    await cove.window.getByRole('checkbox', { name: 'Ask me before letting anyone in' }).check();
    await cove.window.getByRole('button', { name: 'Create invitation' }).click();
    await cove.window.getByRole('button', { name: 'Hand over by file' }).click();
    await stands(cove, 'none');
    await choosing(cove, code);
    await cove.window.getByRole('button', { name: 'Save the code…' }).click();
    await expect(cove.window.getByTestId('file-join-said')).toContainText('The code is saved');
    await look(cove, 'hand over by file');
    expect(readFileSync(code, 'utf8')).toMatch(/^cove1[a-z0-9]{74,200}\n$/);
  });
  await using(desk, async (cove) => {
    await cove.window.getByRole('button', { name: 'Join with a code' }).click();
    await choosing(cove, code);
    await cove.window.getByRole('button', { name: 'From a file…' }).click();
    await expect(cove.window.getByRole('textbox', { name: 'Invitation code or link' })).toHaveValue(/^cove1/);
    await look(cove, 'join with a code from a file');
    await cove.window.getByRole('button', { name: 'No network: join by file' }).click();
    await stands(cove, 'first');
    await save(cove, 1);
    await look(cove, 'join by file, first file');
    await wrongFile(cove, on('1'), 'This file was saved on this computer');
  });
  await using(laptop, async (cove) => {
    await new Person('Ana', cove.window).openSpace('Hut');
    await cove.window.getByRole('button', { name: /^Members/ }).click();
    await cove.window.getByRole('button', { name: 'Show', exact: true }).click();
    await cove.window.getByRole('button', { name: 'Hand over by file' }).click();
    await wrongFile(cove, code, 'Cove did not make this file for joining');
    await take(cove, on('1'));
    await stands(cove, 'answered');
    told = await new Person('Ana', cove.window).digits();
    await save(cove, 2);
    await look(cove, 'hand over by file, the digits');
  });
  await using(desk, async (cove) => {
    await resume(cove, 'Continue joining by file');
    await take(cove, on('2'));
    await stands(cove, 'digits');
    await type(cove, told === '000000' ? '000001' : '000000');
    await stands(cove, 'asked');
    await save(cove, 3);
    await look(cove, 'join by file, third file');
  });
  await using(laptop, async (cove) => {
    await resume(cove, 'Someone joins Hut by file');
    await take(cove, on('3'));
    await expect(cove.window.getByTestId('file-join-state')).toContainText('The digits were wrong');
    await save(cove, 4);
    await look(cove, 'hand over by file, wrong digits');
  });
  await using(desk, async (cove) => {
    await resume(cove, 'Continue joining by file');
    await take(cove, on('4'));
    await expect(cove.window.getByText('That code is not right. 2 attempts left.')).toBeVisible();
    await look(cove, 'join by file, wrong digits');
    await type(cove, told);
    await save(cove, 3);
  });
  await using(laptop, async (cove) => {
    await resume(cove, 'Someone joins Hut by file');
    await take(cove, on('3'));
    await stands(cove, 'asking');
    await look(cove, 'hand over by file, asked');
    await cove.window.getByRole('button', { name: 'Let in' }).click();
    await stands(cove, 'granted');
    await save(cove, 4);
    await look(cove, 'hand over by file, let in');
  });
  await using(desk, async (cove) => {
    const ben = new Person('Ben', cove.window);
    await resume(cove, 'Continue joining by file');
    await take(cove, on('4'));
    await ben.joined('Hut');
    await ben.openNote('Wood');
    await ben.sees('birch');
    await ben.typeAfter('birch', ' and ash');
    await byFile(cove, 'Save a file…', /^Saved: \d+ changes?/);
  });
  await using(laptop, async (cove) => {
    const ana = new Person('Ana', cove.window);
    await ana.openSpace('Hut');
    await ana.openNote('Wood');
    await byFile(cove, 'Take in a file…', /^Taken in: \d+ changes? from Ben\.$/);
    await cove.window.keyboard.press('Escape');
    await ana.sees('birch and ash');
    // Nothing of the join is left to do.
    await expect(cove.window.getByTestId('underway')).toHaveCount(0);
  });
});

const on = (name: string): string => join(stick, name.includes('.') ? name : `${name}.cove-join`);

/** A computer without a network, on which Cove is set up and does not run. */
async function settled(name: string): Promise<Computer> {
  const cove = await world.start(name.toLowerCase(), { COVE_MEETING_POINTS: '' });
  await new Person(name, cove.window).introduce();
  await cove.quit();
  return world.computers.at(-1) as Computer;
}

/** What the system's own dialogs are answered with. */
async function choosing({ app }: Cove, file: string): Promise<void> {
  await app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [filePath] });
  }, file);
}

async function stands({ window }: Cove, state: string): Promise<void> {
  await expect(window.getByTestId('file-join-state')).toHaveAttribute('data-state', state);
}

async function resume({ window }: Cove, title: string): Promise<void> {
  await window.getByTestId('underway').filter({ hasText: title }).getByRole('button').click({ timeout: 30_000 });
}

async function save(cove: Cove, step: number): Promise<void> {
  await choosing(cove, on(String(step)));
  await cove.window.getByRole('button', { name: new RegExp(`^Save… File ${step} `) }).click();
  await expect(cove.window.getByTestId('file-join-said')).toContainText(`File ${step} is saved`);
}

async function take(cove: Cove, file: string): Promise<void> {
  await choosing(cove, file);
  await cove.window.getByRole('button', { name: /^Take in…/ }).click();
}

async function wrongFile(cove: Cove, file: string, sentence: string): Promise<void> {
  await take(cove, file);
  await expect(cove.window.getByTestId('file-join-problem')).toContainText(sentence);
}

async function type({ window }: Cove, digits: string): Promise<void> {
  await window.getByRole('textbox', { name: 'Six-digit code' }).pressSequentially(digits);
}

async function byFile(cove: Cove, button: string, words: RegExp): Promise<void> {
  await choosing(cove, on('x.cove-bundle'));
  await cove.window.getByRole('button', { name: 'Options for Hut' }).click();
  await cove.window.getByRole('menuitem', { name: 'Sync by file…' }).click();
  await cove.window.getByRole('button', { name: button }).click();
  await expect(cove.window.getByTestId('bundle-said')).toContainText(words);
}
