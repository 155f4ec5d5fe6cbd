/** Backups that nobody asks for: Cove makes one a day by itself and keeps seven, and the newest brings everything back. */
import { copyFileSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { saveBackup } from './backup.ts';
import { startCove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { button, closePhrase, phraseWindow, writeDown } from './phrase.ts';
import { look } from './views.ts';

const { coves, computers, start } = startingCoves();
const DAY_MS = 86_400_000;
/** The first is made a minute after the start, which has enough to do. */
const SOON_MS = 120_000;

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
const nameOf = (time: number): string => `cove-${dayOf(time)}.backup`;

test('each day a backup is made by itself, seven are kept, and the newest opens with the words', async () => {
  test.setTimeout(300_000);
  const first = await start('first');
  const ana = new Person('Ana', first.window);
  await ana.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('Beds', 'beans along the fence');
  const words = await writeDown(await phraseWindow(first, 'Write it down'));
  const [computer] = computers as [(typeof computers)[number]];
  const saved = join(computer.dataDir, '..', 'ana.backup');
  await saveBackup(first, saved);
  await first.quit();

  // As they lie there after a week: the last one is from yesterday.
  const folder = join(computer.dataDir, 'backups');
  mkdirSync(folder, { recursive: true });
  const now = Date.now();
  const week = Array.from({ length: 7 }, (_, ago) => now - (ago + 1) * DAY_MS);
  for (const time of week) {
    copyFileSync(saved, join(folder, nameOf(time)));
    utimesSync(join(folder, nameOf(time)), time / 1000, time / 1000);
  }

  const again = await startCove(computer);
  const back = new Person('Ana', again.window);
  await back.openSpace('Garden');
  await back.openNote('Beds');
  await back.type('\nwritten since');
  await back.sees('written since');
  const names = () => readdirSync(folder).sort();
  const oldest = nameOf(week.at(-1) as number);
  await expect.poll(names, { timeout: SOON_MS }).not.toContain(oldest);
  const newest = names().at(-1) ?? '';
  expect([names().length, [dayOf(now), dayOf(Date.now())].map((day) => `cove-${day}.backup`)]).toEqual([
    7,
    expect.arrayContaining([newest]),
  ]);
  expect(statSync(join(folder, newest)).mtimeMs).toBeGreaterThan(now);
  await button(again.window, 'Settings').click();
  await again.window.getByRole('tab', { name: 'Backup' }).click();
  await look(again, 'a daily backup was made');
  await again.quit();

  const fresh = await start('fresh');
  await fresh.app.evaluate(
    ({ dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
    },
    join(folder, newest),
  );
  const typing = await phraseWindow(fresh, 'I have my recovery words');
  const fields = typing.getByRole('textbox');
  await expect(fields).toHaveCount(12);
  for (const [place, field] of (await fields.all()).entries()) await field.fill(words[place] ?? '');
  await button(typing, 'From a backup file…').click();
  await expect(typing.getByRole('status')).toBeVisible({ timeout: 30_000 });
  await closePhrase(typing);
  const restored = new Person('Ana', fresh.window);
  await restored.openSpace('Garden');
  await restored.openNote('Beds');
  await restored.sees('written since');
  expect([...coves, again].flatMap(({ complaints }) => complaints)).toEqual([]);
});
