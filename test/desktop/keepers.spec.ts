/**
 * A keeper let in from a window: what both see of it, and that nothing of the space can be read there. Pictures of each
 * view are in the gallery, out/desktop/views.
 */
import { expect, test } from '@playwright/test';
import type { Cove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { NOTE, SPACE } from './story.ts';
import { look } from './views.ts';

const { start } = startingCoves();
let ana: Person;
let kim: Person;
let atAna: Cove;
let atKim: Cove;

test.beforeAll(async () => {
  atAna = await start('ana');
  atKim = await start('kim');
  ana = new Person('Ana', atAna.window);
  kim = new Person('Kim', atKim.window);
  await ana.introduce();
  await ana.createSpace(SPACE);
  await ana.writeNote(NOTE, 'beans along the fence');
  await kim.introduce();
});

test('somebody is invited as a keeper, stores the space, and sees neither its name nor a note', async () => {
  await ana.page.getByRole('button', { name: 'Share' }).click();
  await ana.page.getByRole('radio', { name: /^Keeper/ }).click();
  await look(atAna, 'invite a keeper');
  await ana.page.getByRole('button', { name: 'Create invitation' }).click();
  const code = await ana.page.getByTestId('invitation-code').textContent();
  await kim.pasteCode(code ?? '');
  await kim.typeDigits(await ana.digits());
  await ana.closeInvitation();

  await kim.joined('Space you keep');
  await expect(kim.page.getByRole('heading', { name: 'You are a keeper of this space' })).toBeVisible();
  await expect(kim.page.getByRole('button', { name: 'New note' })).toHaveCount(0);
  await expect(kim.page.getByRole('searchbox')).toHaveCount(0);
  await look(atKim, 'a space one keeps');
  await expect(kim.page.getByText(SPACE)).toHaveCount(0);
});

test('whoever writes sees that the keeper has it, and in what way', async () => {
  await ana.page.getByTestId('sync-state').click();
  await expect(ana.page.getByText(/^Kim, /)).toContainText('stores it and cannot read it', { timeout: 30_000 });
  await expect(ana.page.getByTestId('closing')).toHaveAttribute('data-closing', 'kept');
  await look(atAna, 'a keeper has it');
  await ana.page.keyboard.press('Escape');
  await ana.page.getByRole('button', { name: /^Members/ }).click();
  await expect(ana.page.getByRole('button', { name: 'Kim: Keeper. Change' })).toBeVisible();
  await look(atAna, 'members with a keeper');
  await ana.page.keyboard.press('Escape');
});

test('a keeper who may read from now on opens the note', async () => {
  await ana.page.getByRole('button', { name: /^Members/ }).click();
  await ana.page.getByRole('button', { name: 'Kim: Keeper. Change' }).click();
  await ana.page.getByRole('menuitem', { name: 'Let only read' }).click();
  await kim.openNote(NOTE);
  await kim.sees('beans along the fence');
  await kim.joined(SPACE);
  await ana.page.keyboard.press('Escape');
  await ana.page.getByTestId('sync-state').click();
  await expect(ana.page.getByTestId('closing')).toHaveAttribute('data-closing', 'safe');
});
