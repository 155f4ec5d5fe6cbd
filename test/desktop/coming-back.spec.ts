/** A person whose only computer is gone: the words on paper and a backup file bring everything back on a new one. */
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { saveBackup } from './backup.ts';
import type { Cove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

const { coves, computers, start } = startingCoves();
const button = (page: Page, name: string) => page.getByRole('button', { name });

/** Clicks, and gives the phrase window that this opens. */
async function phraseWindow({ app, window }: Cove, name: string): Promise<Page> {
  const opened = app.waitForEvent('window');
  await button(window, name).click();
  return await opened;
}

/** Closes the phrase window, which may be gone before it is seen that the press worked: only that it goes counts. */
async function close(page: Page): Promise<void> {
  const closed = page.waitForEvent('close');
  await button(page, 'Close')
    .click()
    .catch(() => undefined);
  await closed;
}

/** As one copies them onto paper, then answers for three of them. */
async function writeDown(page: Page): Promise<string[]> {
  await button(page, 'Show the words').click();
  const places = page.getByRole('list', { name: 'The twelve words' }).getByRole('listitem');
  await expect(places).toHaveCount(12);
  const words = (await places.allInnerTexts()).map((text) => text.replace(/^\d+\.?\s*/, '').trim());
  await button(page, 'I have written them down').click();
  await expect(page.getByRole('textbox')).toHaveCount(3);
  for (const field of await page.getByRole('textbox').all()) {
    const place = /\d+/.exec((await field.getAttribute('aria-label')) ?? (await labelOf(field)))?.[0];
    await field.fill(words[Number(place) - 1] ?? '');
  }
  await button(page, 'Confirm').click();
  await expect(page.getByRole('status')).toBeVisible();
  await close(page);
  return words;
}
const labelOf = (field: ReturnType<Page['getByRole']>) =>
  field.evaluate((input) => (input as HTMLInputElement).labels?.[0]?.textContent ?? '');

test('the words are checked as they are typed, and with a backup they bring back every space', async () => {
  test.setTimeout(120_000);
  const old = await start('old');
  const ana = new Person('Ana', old.window);
  await ana.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('Beds', 'beans along the fence');
  const words = await writeDown(await phraseWindow(old, 'Write it down'));

  const file = join(computers[0]?.dataDir ?? '', '..', 'ana.backup');
  await saveBackup(old, file);
  await old.quit();

  const fresh = await start('fresh');
  await fresh.app.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, file);
  const typing = await phraseWindow(fresh, 'I have my recovery words');
  await expect(typing.getByRole('textbox')).toHaveCount(12);
  const fields = await typing.getByRole('textbox').all();
  for (const [place, field] of fields.entries()) await field.fill(words[place] ?? '');
  const third = fields[2] as (typeof fields)[number];
  await third.fill('gardn');
  await typing.keyboard.press('Tab');
  await expect(typing.getByRole('alert')).toContainText('Word 3');
  await expect(button(typing, 'From a backup file…')).toBeDisabled();
  await look(fresh, 'recovery word unknown', 'fixed', typing);

  // On the list, and somebody else's: judged when all twelve are there, and nothing is made of it.
  await third.fill(words[2] === 'abandon' ? 'ability' : 'abandon');
  await button(typing, 'From a backup file…').click();
  await expect(typing.getByRole('alert')).toBeVisible();
  await third.fill(words[2] ?? '');
  await button(typing, 'From a backup file…').click();
  await expect(typing.getByRole('status')).toBeVisible({ timeout: 30_000 });
  await look(fresh, 'recovered', 'fixed', typing);
  await close(typing);

  const back = new Person('Ana', fresh.window);
  await back.openSpace('Garden');
  await back.openNote('Beds');
  await back.sees('beans along the fence');
  await back.type('\nand peas');
  await back.sees('and peas');
  expect(coves.flatMap(({ complaints }) => complaints)).toEqual([]);
});
