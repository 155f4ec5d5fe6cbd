/** A space goes into an archive and into Markdown files, and comes back from both on another computer. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Cove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

const world = startingCoves();
const disk = mkdtempSync(join(tmpdir(), 'cove-files-'));
test.afterAll(() => rmSync(disk, { recursive: true, force: true }));
const PASSWORD = 'runner beans in June';

test('an archive brings a space to somebody else to read, and Markdown files go out and come in', async () => {
  test.setTimeout(150_000);
  const [first, second] = [await world.start('ana'), await world.start('mira')] as const;
  const [ana, mira] = [new Person('Ana', first.window), new Person('Mira', second.window)];
  await ana.introduce();
  await mira.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('Beds', 'beans along the fence');

  // Out, as an archive.
  const archive = join(disk, 'Garden.cove-archive');
  await chooses(first, archive);
  await asFiles(first);
  await look(first, 'export and import');
  await first.window.getByRole('button', { name: 'Export this space…' }).click();
  const [password, again] = ['Password', 'Password again'].map((name) =>
    first.window.getByRole('textbox', { name, exact: true }),
  );
  const go = first.window.getByRole('button', { name: 'Choose where to save…' });
  await password?.fill('beans');
  await again?.fill('beans');
  await expect(go).toBeDisabled();
  await password?.fill(PASSWORD);
  await again?.fill(`${PASSWORD} or July`);
  await expect(first.window.getByText('The two passwords are not the same.')).toBeVisible();
  await expect(go).toBeDisabled();
  await again?.fill(PASSWORD);
  await look(first, 'password of an archive');
  await again?.press('Enter');
  await expect(toast(first, /^The archive is saved: \d+ changes, /)).toBeVisible();
  expect(readFileSync(archive).includes('beans')).toBe(false);

  // Out, as Markdown.
  const folder = join(disk, 'As Markdown');
  await chooses(first, folder);
  await asFiles(first);
  await first.window.getByRole('button', { name: 'Export as Markdown…' }).click();
  await said(first, 'Saved: 1 note.');
  expect(readdirSync(folder)).toEqual(['Beds.md']);
  expect(readFileSync(join(folder, 'Beds.md'), 'utf8')).toBe('beans along the fence');
  await first.window.getByRole('button', { name: 'Export as Markdown…' }).click();
  await said(first, 'There is something in that folder already.');
  await first.window.keyboard.press('Escape');

  // In, on a computer that has nothing yet.
  await chooses(second, archive);
  const { window } = second;
  await window.getByRole('button', { name: 'Import a space' }).click();
  await window.getByRole('button', { name: 'Choose an archive…' }).click();
  const field = window.getByRole('textbox', { name: 'Password of the archive' });
  await field.fill('something else');
  await field.press('Enter');
  await expect(window.getByText('This password does not open the archive.')).toBeVisible();
  await look(second, 'archive with a wrong password');
  await field.fill(PASSWORD);
  await field.press('Enter');
  await expect(toast(second, /^“Garden” is imported, for you to read: \d+ changes/)).toBeVisible();
  await mira.openNote('Beds');
  await mira.sees('beans along the fence');
  await expect(window.getByTestId('space-ended')).toContainText('You are not a member of this space.');
  await look(second, 'a space from an archive');

  // Damaged, and no archive at all.
  const bytes = readFileSync(archive);
  writeFileSync(archive, bytes.subarray(0, bytes.length - 9));
  await imports(first, archive, 'This archive is damaged');
  writeFileSync(archive, 'A letter to the tax office');
  await imports(first, archive, 'Cove did not make this file');
  writeFileSync(archive, bytes);
  await imports(first, archive, 'This space is on this device already.');

  // Markdown in, with what cannot come.
  mkdirSync(join(folder, 'older'));
  writeFileSync(join(folder, 'older', 'Pears.md'), 'plant in November');
  writeFileSync(join(folder, 'Picture.md'), Buffer.of(0xff, 0xd8, 0xff));
  await chooses(first, folder);
  await asFiles(first);
  await first.window.getByRole('button', { name: 'Import Markdown files…' }).click();
  await said(first, 'Imported: 2 notes.');
  await said(first, '1 file was left out:');
  await said(first, 'Picture.md This file is no text in UTF-8.');
  await look(first, 'import of markdown files');
  await first.window.keyboard.press('Escape');
  await ana.openNote('Pears');
  await ana.sees('plant in November');
  expect([first, second].flatMap(({ complaints }) => complaints)).toEqual([]);
});

test('an import that is cancelled stops and keeps what it has made', async () => {
  test.setTimeout(120_000);
  const cove = await world.start('nils');
  const nils = new Person('Nils', cove.window);
  await nils.introduce();
  await nils.createSpace('Garden');
  const many = join(disk, 'Many');
  mkdirSync(many);
  for (let n = 0; n < 20_000; n++) writeFileSync(join(many, `Note ${n}.md`), `Text of ${n}\n`.repeat(20));
  await chooses(cove, many);
  await asFiles(cove);
  await cove.window.getByRole('button', { name: 'Import Markdown files…' }).click();
  await expect(cove.window.getByRole('progressbar', { name: 'Reading the Markdown files' })).toBeVisible();
  await cove.window.getByRole('button', { name: 'Cancel' }).click();
  await said(cove, 'Stopped. Notes that were made until then are in the space.');
  expect(cove.complaints).toEqual([]);
});

/** The system's own dialogs are answered with this. */
async function chooses({ app }: Cove, filePath: string): Promise<void> {
  await app.evaluate(({ dialog }, path) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, filePath);
}

async function asFiles({ window }: Cove): Promise<void> {
  await window.getByRole('button', { name: 'Options for Garden' }).click();
  await window.getByRole('menuitem', { name: 'Export and import…' }).click();
}

async function imports(cove: Cove, archive: string, problem: string): Promise<void> {
  await chooses(cove, archive);
  await asFiles(cove);
  await cove.window.getByRole('button', { name: 'Import a space…' }).click();
  await cove.window.getByRole('button', { name: 'Choose an archive…' }).click();
  const field = cove.window.getByRole('textbox', { name: 'Password of the archive' });
  await field.fill(PASSWORD);
  await field.press('Enter');
  await expect(cove.window.getByRole('dialog').getByText(problem)).toBeVisible();
  await cove.window.keyboard.press('Escape');
}

const toast = ({ window }: Cove, words: RegExp) => window.getByTestId('toast').filter({ hasText: words });

async function said({ window }: Cove, words: string): Promise<void> {
  await expect(window.getByTestId('files-said')).toContainText(words, { timeout: 30_000 });
}
