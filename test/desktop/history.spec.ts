/** Two people write in one note: its history says who wrote what, shows how it was, and brings that back and forth. */
import { expect, test } from '@playwright/test';
import { startMosquitto } from '../ports/mosquitto.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

const world = startingCoves();
const MOD = process.platform === 'darwin' ? 'Meta' : 'Control';

test('a version before somebody else wrote is looked at, restored by the keyboard, and the restoring undone', async () => {
  test.setTimeout(150_000);
  const broker = await startMosquitto();
  const online = { COVE_MEETING_POINTS: broker.url };
  const coves = [await world.start('ana', online), await world.start('ben', online)] as const;
  const [ana, ben] = [new Person('Ana', coves[0].window), new Person('Ben', coves[1].window)];
  await ana.introduce();
  await ben.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('Beds', 'Sow beans in April.');
  await ben.pasteCode(await ana.invite());
  await ben.typeDigits(await ana.digits());
  await ben.joined('Garden');
  await ana.closeInvitation();
  await ben.openNote('Beds');
  await ben.sees('Sow beans in April.');
  await ben.text.click();
  await ben.page.keyboard.press(`${MOD}+End`);
  for (let n = 0; n < 'in April.'.length; n++) await ben.page.keyboard.press('Backspace');
  await ben.page.keyboard.type('and peas in March.');
  await ana.sees('Sow beans and peas in March.');

  // By the keyboard alone.
  await ana.text.click();
  await ana.page.keyboard.press(`${MOD}+Shift+H`);
  const dialog = ana.page.getByRole('dialog', { name: 'History of “Beds”' });
  const list = dialog.getByRole('listbox', { name: 'Versions' });
  await expect(list).toBeFocused();
  const newest = list.getByRole('option').first();
  await expect(newest).toHaveAccessibleName(/^Ben, .*, \d+ characters more, \d+ fewer$/);
  await expect(newest).toHaveAttribute('aria-selected', 'true');
  await expect(dialog.getByText('This is the note as it is now.')).toBeVisible();
  await ana.page.keyboard.press('ArrowDown');
  await expect(list.getByRole('option', { selected: true })).toHaveAccessibleName(/^Ana, .*, \d+ characters more/);
  const then = dialog.getByRole('region', { name: 'The note then' });
  await expect(then.locator('del')).toContainText(['Taken out since, by Ana: ']);
  await expect(then.locator('ins').first()).toContainText('Written since by Ben: ');
  await look(coves[0], 'history of a note');
  await dialog.getByRole('checkbox', { name: 'Mark what has changed since' }).uncheck();
  await expect(then).toHaveText(/Sow beans in April\.$/);

  await dialog.getByRole('button', { name: 'Restore this version' }).press('Enter');
  await expect(dialog).toBeHidden();
  await ana.sees('Sow beans in April.');
  await ben.sees('Sow beans in April.');
  await ana.undo();
  await ana.sees('Sow beans and peas in March.');
  await ben.sees('Sow beans and peas in March.');

  // Ben goes on after a restore: undoing it would take his words back too, so it says that and does not.
  await ana.page.keyboard.press(`${MOD}+Shift+H`);
  await list.getByRole('option', { name: /^Ana/ }).last().click();
  await dialog.getByRole('button', { name: 'Restore this version' }).click();
  await ben.sees('Sow beans in April.');
  await ben.typeAfter('April.', ' And kale.');
  await ana.sees('Sow beans in April. And kale.');
  await ana.undo();
  await expect(ana.page.getByTestId('toast').filter({ hasText: 'The note was changed since' })).toBeVisible();
  await ana.sees('Sow beans in April. And kale.');
  expect(coves.flatMap(({ complaints }) => complaints)).toEqual([]);
});
