/** A member whose disk is full takes nothing in: both see it, and both go on as soon as there is room. */
import { expect, test } from '@playwright/test';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { fill, onSmallDisk } from './small-disk.ts';
import { hasSmallDisks } from '../ports/small-disks.ts';
import { mainStory } from './story.ts';
import { look } from './views.ts';

const { coves, computers, start } = startingCoves();

test('a device that takes nothing in for want of room is named as stuck, and catches up when there is room', async () => {
  test.skip(process.platform !== 'linux', 'only Linux gives a program file systems of its own');
  expect(hasSmallDisks(), 'this test needs file systems of its own (unshare --mount)').toBe(true);
  test.setTimeout(300_000);
  const atAna = await start('ana');
  const atBen = await start('ben', {}, (computer) => onSmallDisk(computer, 24));
  const [ana, ben] = [new Person('Ana', atAna.window), new Person('Ben', atBen.window)];
  for (const { says, does } of mainStory(ana, ben)) await test.step(says, does);
  const state = ana.page.getByTestId('sync-state');
  await expect(state).toHaveAttribute('data-sync', 'synced');

  const free = await fill(atBen, computers[1] as (typeof computers)[number]);
  for (let line = 0; line < 40; line++) await ana.page.keyboard.type(`\nwritten while there was no room, ${line}`);
  await expect(state).toHaveAttribute('data-sync', 'stalled', { timeout: 120_000 });
  await expect(state).toContainText('Something is stuck: see why');
  await state.click();
  await expect(
    ana.page.getByText(/^Everything is saved on this device, but Ben’s device “.+” takes nothing in/),
  ).toBeVisible();
  await expect(ana.page.getByText(/^Ben, /)).toContainText('takes nothing in at the moment');
  await look(atAna, 'a device takes nothing in');
  await ana.page.keyboard.press('Escape');
  expect(await ben.read()).not.toContain('while there was no room, 39');
  // Ben writes nothing, and is told all the same.
  await expect(ben.page.getByRole('alert')).toContainText('The disk is full.');
  for (let second = 0; second < 15; second++) {
    await expect(ben.page.getByRole('alert'), `still after ${second} s`).toBeVisible({ timeout: 100 });
    await ben.page.waitForTimeout(1_000);
  }
  await look(atBen, 'a full disk');

  await free();
  await ben.sees('written while there was no room, 39');
  await expect(ben.page.getByRole('alert')).toBeHidden();
  await expect(state).toHaveAttribute('data-sync', 'synced', { timeout: 60_000 });
  expect(coves.flatMap(({ complaints }) => complaints)).toEqual([]);
});
