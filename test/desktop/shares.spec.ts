/** One person splits the recovery phrase in its window, loses everything, and comes back with two of the three shares. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import type { Cove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

const folder = mkdtempSync(join(tmpdir(), 'cove-shares-'));
const world = startingCoves();
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
/** What opens when this is clicked. */
async function opens(on: Cove, name: string): Promise<Page> {
  const opened = on.app.waitForEvent('window');
  await button(on.window, name).click();
  return opened;
}

test('two of three shares bring the person back, and no main window has seen one', async () => {
  test.setTimeout(120_000);
  const [old, fresh] = [await world.start('old'), await world.start('fresh')];
  await new Person('Ana', old.window).introduce();
  const said: string[] = [];
  old.window.on('console', (message) => said.push(message.text()));
  await button(old.window, 'Settings').click();
  await old.window.getByRole('tab', { name: 'Devices' }).click();
  const identity = await old.window.evaluate(
    () =>
      new Promise<string>((resolve) => {
        window.cove.subscribe('app.status', {}, (status) => {
          if (status.ok && status.value.state === 'ready') resolve(status.value.me.identityId);
        });
      }),
  );

  const phrase = await opens(old, 'Recovery shares…');
  await expect(button(phrase, 'Make the shares')).toBeVisible();
  await look(old, 'splitting the phrase', 'fixed', phrase);
  await button(phrase, 'Make the shares').click();
  // The system's own dialog cannot be driven; what it would answer can.
  const sheet = join(folder, 'sheet.txt');
  await old.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, sheet);
  const shares: string[] = [];
  for (let index = 1; index <= 3; index++) {
    await expect(phrase.getByRole('heading', { name: `Share ${index} of 3` })).toBeVisible();
    shares.push(((await phrase.getByTestId('share').textContent()) ?? '').replaceAll(/\s/g, ''));
    if (index === 1) {
      await look(old, 'one recovery share', 'fixed', phrase);
      await button(phrase, 'Copy').click();
      await expect(phrase.getByRole('status')).toContainText('Copied');
    }
    if (index === 3) {
      await button(phrase, 'Save as a file…').click();
      await expect(phrase.getByRole('status')).toContainText('The file is saved');
    }
    await button(phrase, index < 3 ? 'Next share' : 'Done').click();
  }
  await expect(phrase.getByRole('heading', { name: 'Your words are split' })).toBeVisible();
  const saved = readFileSync(sheet, 'utf8');
  expect(saved).toContain('Recovery share 3 of 3 of Ana');
  expect(statSync(sheet).mode & 0o077, 'nobody else on this computer reads it').toBe(0);
  expect(await old.app.evaluate(({ clipboard }) => clipboard.readText())).toBe(shares[0]);
  expect([...said, await old.window.content()].filter((text) => text.includes('coveshare'))).toEqual([]);
  await phrase.close();
  await old.quit();

  const words = await opens(fresh, 'I have my recovery words');
  const box = words.getByRole('textbox', { name: 'Recovery share' });
  const problem = words.getByRole('alert');
  const fields = words.getByRole('textbox');
  await expect(fields).toHaveCount(12);
  for (const field of await fields.all()) await field.fill('abandon');
  await button(words, 'Bring my notes back').click();
  await expect(problem).toContainText('not twelve valid recovery words');
  await words.getByRole('textbox').first().fill('about');
  await expect(problem, 'it was said of other words').toHaveCount(0);
  await button(words, 'Bring my notes back').click();
  await expect(problem).toContainText('not twelve valid recovery words');
  await button(words, 'I have shares').click();
  await expect(problem, 'it was said of the words').toHaveCount(0);
  await button(words, 'Words instead').click();
  await fresh.app.evaluate(({ clipboard }, text) => clipboard.writeText(text), saved);
  await words.getByRole('textbox').first().focus();
  await words.keyboard.press('Control+V');
  await expect(box, 'a share is not torn into words').toHaveValue(/coveshare1/);
  const add = async (text: string) => {
    await box.fill(text);
    await button(words, 'Add share').click();
  };
  await add(saved);
  await expect(words.getByText('One more share is needed')).toBeVisible();
  await add(saved);
  await expect(words.getByRole('alert')).toContainText('This share is there already');
  await look(fresh, 'shares for recovery', 'fixed', words);
  await button(words, 'Take share 3 out').click();
  await expect(words.getByRole('list', { name: 'Shares so far' })).toHaveCount(0);
  await add(saved);
  await expect(button(words, 'Bring my notes back')).toBeDisabled();
  await button(words, 'Take share 3 out').click();
  await add(`${shares[0]}\n${saved}`);
  await expect(words.getByRole('list', { name: 'Shares so far' }).getByRole('listitem')).toHaveCount(2);
  await button(words, 'Take share 1 out').click();
  await add(shares[1] ?? '');
  await button(words, 'Bring my notes back').click();
  await expect(words.getByRole('heading', { name: 'You are back' })).toBeVisible();
  await words.close();
  const back = fresh.window.evaluate(
    () =>
      new Promise<string>((resolve) => {
        window.cove.subscribe('app.status', {}, (status) => {
          if (status.ok && status.value.state === 'ready') resolve(status.value.me.identityId);
        });
      }),
  );
  expect(await back).toBe(identity);

  // Nothing comes: it says what is looked for, and a backup or the words can be tried once more.
  await expect(fresh.window.getByRole('heading', { name: 'Looking for your other devices' })).toBeVisible();
  await look(fresh, 'looking for other devices');
  await button(fresh.window, 'Start anew on this device…').click();
  await button(fresh.window, 'Move them and start').click();
  await expect(button(fresh.window, 'I have my recovery words')).toBeVisible({ timeout: 30_000 });
  expect([...old.complaints, ...fresh.complaints]).toEqual([]);
});
