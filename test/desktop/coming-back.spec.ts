/** A person whose only computer is gone: the words on paper and a backup file bring everything back on a new one. */
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { saveBackup } from './backup.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { button, closePhrase, phraseWindow, writeDown } from './phrase.ts';
import { look } from './views.ts';

const { coves, computers, start } = startingCoves();
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
  await closePhrase(typing);

  const back = new Person('Ana', fresh.window);
  await back.openSpace('Garden');
  await back.openNote('Beds');
  await back.sees('beans along the fence');
  await back.type('\nand peas');
  await back.sees('and peas');
  expect(coves.flatMap(({ complaints }) => complaints)).toEqual([]);
});
