/** An invitation whose two sides go away in the middle of it: each finds it again after a restart, where it was. */
import { expect, test } from '@playwright/test';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';
import type { Computer } from './computer.ts';
import { startCove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';

const { coves, computers, start } = startingCoves();
let broker: Mosquitto;
test.beforeAll(async () => void (broker = await startMosquitto()));
test.afterAll(() => broker.close());

test('the guest comes back to the digits, and the host to whom he has not let in yet', async () => {
  test.setTimeout(180_000);
  const environment = { COVE_MEETING_POINTS: broker.url };
  const [atAna, atBen] = [await start('ana', environment), await start('ben', environment)];
  const [ana, ben] = [new Person('Ana', atAna.window), new Person('Ben', atBen.window)];
  await ana.introduce();
  await ben.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('Beds', 'beans along the fence');
  await ana.page.getByRole('button', { name: 'Share' }).click();
  await ana.page.getByRole('checkbox', { name: 'Ask me before letting anyone in' }).click();
  await ana.page.getByRole('button', { name: 'Create invitation' }).click();
  await ben.pasteCode((await ana.page.getByTestId('invitation-code').textContent()) ?? '');
  const digits = await ana.digits();

  await atBen.quit();
  const benAgain = await startCove(computers[1] as Computer);
  const back = new Person('Ben', benAgain.window);
  try {
    await back.page
      .getByTestId('underway')
      .getByRole('button', { name: 'Continue joining' })
      .click({ timeout: 30_000 });
    const state = back.page.getByTestId('joining-state');
    await expect(state).toHaveAttribute('data-state', 'code', { timeout: 30_000 });
    await back.typeDigits(digits);
    await expect(ana.page.getByText('Ben asks to join')).toBeVisible({ timeout: 30_000 });
    await expect(state).toContainText('Waiting for the person who invited you');

    await atAna.quit();
    const anaAgain = await startCove(computers[0] as Computer);
    const host = new Person('Ana', anaAgain.window);
    try {
      await host.openSpace('Garden');
      await host.page.getByRole('button', { name: /^Members/ }).click();
      await host.page.getByRole('button', { name: 'Show', exact: true }).click();
      // Nobody types anything again: the guest's Cove proves the digits once more by itself.
      await expect(host.page.getByText('Ben asks to join')).toBeVisible({ timeout: 60_000 });
      await host.page.getByRole('button', { name: 'Let in' }).click();
      await host.closeInvitation();
      await back.joined('Garden');
      await back.openNote('Beds');
      await back.sees('beans along the fence');
      const complaints = [...coves, benAgain, anaAgain].flatMap((one) => one.complaints);
      expect(complaints).toEqual([]);
    } finally {
      await anaAgain.quit();
    }
  } finally {
    await benAgain.quit();
  }
});
