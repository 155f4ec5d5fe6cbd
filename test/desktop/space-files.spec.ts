/** A space goes into an archive, into Markdown files and into JSON, and comes back from them, whatever is wrong with them. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Computer } from './computer.ts';
import { size, type Cove } from './cove.ts';
import { startingCoves, using } from './coves.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

const world = startingCoves();
const disk = mkdtempSync(join(tmpdir(), 'cove-files-'));
test.afterAll(() => rmSync(disk, { recursive: true, force: true }));
const PASSWORD = 'runner beans in June';

test('an archive brings a space to somebody else to read, and Markdown files go out and come in', async () => {
  test.setTimeout(300_000);
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
  await first.window.getByRole('button', { name: 'Export as archive…' }).click();
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

  // Out, as JSON: to where nothing can be written, and to where it can.
  await chooses(first, join(archive, 'Garden.json'));
  await size(first.app, 800, 600);
  await first.window.getByRole('button', { name: 'Export as JSON…' }).click();
  await said(first, 'The file could not be written there. Choose another folder.');
  await expect(first.window.getByRole('button', { name: 'Export as JSON…' })).toBeFocused();
  await expect(first.window.getByTestId('files-said')).toBeInViewport({ ratio: 1 });
  await look(first, 'export that could not be written');
  const json = join(disk, 'Garden.json');
  await chooses(first, json);
  await first.window.keyboard.press('Enter');
  await said(first, 'The JSON file is saved: 1 object.');
  await first.window.keyboard.press('Escape');

  // In, on a computer that has nothing yet.
  await chooses(second, archive);
  const { window } = second;
  await window.getByRole('button', { name: 'Import a space' }).click();
  await window.getByRole('button', { name: 'Choose an archive…' }).click();
  const field = window.getByRole('textbox', { name: 'Password of the archive' });
  await field.fill('something else');
  for (let time = 1; time <= 3; time++) {
    await window.keyboard.press('Enter');
    await expect(window.getByText('This password does not open the archive.')).toBeVisible();
    // What was wrong is chosen, so that it is typed over.
    await expect(field).toBeFocused();
    await expect(window.getByRole('button', { name: 'Import space' })).toBeEnabled();
    if (time === 1) await look(second, 'archive with a wrong password');
    await window.keyboard.type(time < 3 ? `something else ${time}` : PASSWORD);
  }
  await window.keyboard.press('Enter');
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

  // JSON in: all of it, or nothing.
  await chooses(first, join(folder, 'Picture.md'));
  await first.window.getByRole('button', { name: 'Import a JSON file…' }).click();
  await said(first, 'Cove did not save this file as JSON');
  await chooses(first, json);
  await first.window.getByRole('button', { name: 'Import a JSON file…' }).click();
  await said(first, 'Imported: 1 object.');
  await first.window.keyboard.press('Escape');
  await expect(ana.note('Beds')).toHaveCount(3);
  await ana.openNote('Pears');
  await ana.sees('plant in November');
  expect([first, second].flatMap(({ complaints }) => complaints)).toEqual([]);
});

test('an import that is cancelled stops and keeps what it has made', async () => {
  test.setTimeout(180_000);
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

test('two thousand notes come in; a cancelled export leaves nothing, and one that was killed no longer than the next start', async () => {
  test.setTimeout(240_000);
  const cove = await world.start('olga');
  const olga = new Person('Olga', cove.window);
  await olga.introduce();
  await olga.createSpace('Garden');
  const many = join(disk, 'Two thousand');
  mkdirSync(many);
  for (let n = 0; n < 2_000; n++) writeFileSync(join(many, `Note ${n}.md`), `Text of ${n}\n`.repeat(200));
  await chooses(cove, many);
  await asFiles(cove);
  await cove.window.getByRole('button', { name: 'Import Markdown files…' }).click();
  await said(cove, 'Imported: 2,000 notes.');

  const place = join(disk, 'place');
  mkdirSync(place);
  await chooses(cove, join(place, 'Garden.cove-archive'));
  await exports(cove);
  await expect.poll(() => readdirSync(place)).toEqual([expect.stringMatching(/^cove-[0-9a-f]{16}\.part$/)]);
  await cove.window.getByRole('progressbar', { name: 'Writing the archive' }).waitFor();
  await cove.window.locator('.progress').getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => readdirSync(place)).toEqual([]);

  await cove.window.getByRole('button', { name: 'Choose where to save…' }).click();
  await expect.poll(() => readdirSync(place), { intervals: [1] }).toHaveLength(1);
  await cove.kill();
  expect(readdirSync(place)).toEqual([expect.stringMatching(/\.part$/)]);
  await using(world.computers.at(-1) as Computer, async (again) => {
    await new Person('Olga', again.window).openSpace('Garden');
    await expect.poll(() => readdirSync(place)).toEqual([]);
  });
});

/** The system's own dialogs are answered with this; the one that saves has to ask before it replaces anything. */
async function chooses({ app }: Cove, filePath: string): Promise<void> {
  await app.evaluate(({ dialog }, path) => {
    // By its two ways to be called: over a window here, always.
    dialog.showSaveDialog = ((_over: unknown, { properties }: Electron.SaveDialogOptions) =>
      Promise.resolve({
        canceled: properties?.includes('showOverwriteConfirmation') !== true,
        filePath: path,
      })) as typeof dialog.showSaveDialog;
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, filePath);
}

async function exports({ window }: Cove): Promise<void> {
  await window.getByRole('button', { name: 'Export as archive…' }).click();
  await window.getByRole('textbox', { name: 'Password', exact: true }).fill(PASSWORD);
  await window.getByRole('textbox', { name: 'Password again' }).fill(PASSWORD);
  await window.keyboard.press('Enter');
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
