/** A device of somebody who was removed, of which the space was never told: it hears that nobody there knows it. */
import { expect, test } from '@playwright/test';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';
import { addDevice } from './adding.ts';
import { startCove, type Cove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { mainStory, NOTE, SPACE } from './story.ts';
import { look } from './views.ts';

let broker: Mosquitto;
const { coves, computers, start } = startingCoves();
test.beforeAll(async () => {
  broker = await startMosquitto();
});
test.afterAll(() => broker.close());

test('a device that nobody in the space knows says so, and whom to ask, and keeps its notes', async () => {
  test.setTimeout(300_000);
  const later: Cove[] = [];
  const meeting = { COVE_MEETING_POINTS: broker.url };
  const [atAna, atBen] = [await start('ana', meeting), await start('ben', meeting)];
  const [ana, ben] = [new Person('Ana', atAna.window), new Person('Ben', atBen.window)];
  for (const { says, does } of mainStory(ana, ben)) await test.step(says, does);
  await expect(ben.page.getByTestId('sync-state')).toHaveAttribute('data-sync', 'synced');
  await atAna.quit();

  const laptop = await start('laptop', meeting);
  const there = new Person('Ben', laptop.window);
  await addDevice(ben, there);
  await there.openSpace(SPACE);
  await there.openNote(NOTE);
  await there.sees('Ana brings the seeds.');
  await laptop.quit();
  await atBen.quit();

  const again = async (nth: number): Promise<Cove> => {
    const cove = await startCove(computers[nth] as (typeof computers)[number]);
    later.push(cove);
    return cove;
  };
  const owner = (await again(0)).window;
  await owner.getByRole('button', { name: /^Members/ }).click();
  await owner.getByRole('dialog').getByRole('button', { name: 'Ben: Can edit. Change' }).click();
  await owner.getByRole('menuitem', { name: 'Remove from space' }).click();
  await owner.getByRole('button', { name: 'Remove member' }).click();
  await expect(owner.getByTestId('toast').getByRole('button', { name: 'Invite again' })).toBeVisible();

  const back = await again(2);
  const state = back.window.getByTestId('sync-state');
  await expect(state).toHaveAttribute('data-sync', 'unknown', { timeout: 60_000 });
  await expect(state).toContainText('Nobody here knows this device');
  await state.click();
  await expect(back.window.getByText(/Ask Ana for a new invitation/)).toBeVisible();
  await look(back, 'nobody knows this device');
  await back.window.keyboard.press('Escape');
  await back.window.getByRole('button', { name: `Options for ${SPACE}` }).click();
  await expect(back.window.getByRole('menuitem', { name: 'Delete my copy…' })).toBeVisible();
  await expect(back.window.getByRole('menuitem', { name: 'Leave space…' })).toHaveCount(0);
  await back.window.keyboard.press('Escape');
  const person = new Person('Ben', back.window);
  await person.openNote(NOTE);
  await person.sees('Ana brings the seeds.');
  await person.type('\nfor nobody yet');
  await person.sees('for nobody yet');
  expect([...coves, ...later].flatMap(({ complaints }) => complaints)).toEqual([]);
  for (const cove of later) await cove.quit();
});
