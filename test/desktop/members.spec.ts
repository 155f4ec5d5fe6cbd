/**
 * What one person does about another's membership, as both see it: two Coves on two simulated computers. Pictures of
 * each view are in the gallery, out/desktop/views.
 */
import { expect, test } from '@playwright/test';
import type { Cove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { mainStory, NOTE, SPACE } from './story.ts';
import { look } from './views.ts';

const { coves, start } = startingCoves();
let ana: Person;
let ben: Person;
let atAna: Cove;
let atBen: Cove;

test.beforeAll(async () => {
  atAna = await start('ana');
  atBen = await start('ben');
  ana = new Person('Ana', atAna.window);
  ben = new Person('Ben', atBen.window);
  for (const { says, does } of mainStory(ana, ben)) await test.step(says, does);
});

const dialog = (person: Person) => person.page.getByRole('dialog');

/** Opens the members page and chooses something about Ben. */
async function aboutBen(choice: string, role: string): Promise<void> {
  await ana.page.getByRole('button', { name: /^Members/ }).click();
  await dialog(ana)
    .getByRole('button', { name: `Ben: ${role}. Change` })
    .click();
  await look(atAna, `members ${choice.toLowerCase()}`);
  await ana.page.getByRole('menuitem', { name: choice }).click();
}

test('a note says which devices have it, and the computer may be closed when another one has', async () => {
  await ana.sees('beans along the fence');
  await ana.page.getByTestId('sync-state').click();
  await expect(ana.page.getByTestId('closing')).toHaveAttribute('data-closing', 'safe');
  await expect(ana.page.getByText(/^Ben, /)).toContainText('has it');
  await look(atAna, 'holders');
  await ana.page.keyboard.press('Escape');
});

test('the Doctor sees that the other device is connected, and puts a report without names on the clipboard', async () => {
  const { app } = atAna;
  await ana.page.getByRole('button', { name: 'Settings' }).click();
  await ana.page.getByRole('tab', { name: 'Doctor' }).click();
  // What one came for is seen without scrolling.
  await expect(dialog(ana).getByRole('heading', { level: 4 }).first()).toHaveText('Other devices');
  await expect(ana.page.getByTestId('doctor-device')).toHaveAttribute('data-finding', 'connected');
  await look(atAna, 'doctor');
  await app.evaluate(({ clipboard }) => clipboard.clear());
  await ana.page.getByRole('button', { name: 'Copy a report' }).click();
  const copied = () => app.evaluate(({ clipboard }) => clipboard.readText());
  await expect.poll(copied).toMatch(/^Device 1: connected/m);
  expect(await copied()).not.toMatch(/Ben|Ana|Garden|mqtt|127\.0\.0\.1|[0-9a-f]{16}/);
  await ana.page.keyboard.press('Escape');
});

test('both see the same six safety words, and one who compared them is marked', async () => {
  const words = async (person: Person, other: string, role: string) => {
    await person.page.getByRole('button', { name: /^Members/ }).click();
    await dialog(person)
      .getByRole('button', { name: `${other}: ${role}. Change` })
      .click();
    await person.page.getByRole('menuitem', { name: 'Safety words' }).click();
    return await person.page.getByTestId('six-words').getAttribute('aria-label');
  };
  const said = await words(ana, 'Ben', 'Can edit');
  expect(said).toMatch(/^\w+( \w+|, \w+){5}$/);
  await look(atAna, 'safety words');
  expect(await words(ben, 'Ana', 'Owner')).toBe(said);
  for (const person of [ana, ben]) {
    await dialog(person).getByRole('button', { name: 'They are the same' }).click();
    await expect(dialog(person).getByText('Compared')).toBeVisible();
    await person.page.keyboard.press('Escape');
  }

  // Compared once more, and different: the mark goes, and it says what to do.
  await words(ben, 'Ana', 'Owner');
  await look(atBen, 'safety words compared');
  await dialog(ben).getByRole('button', { name: 'They differ' }).click();
  await expect(dialog(ben).getByRole('alert')).toContainText('may not be the person you know');
  await look(atBen, 'safety words differ');
  await dialog(ben).getByRole('button', { name: 'Close' }).last().click();
  await expect(dialog(ben).getByText('Owner')).toBeVisible();
  await expect(dialog(ben).getByText('Compared')).toHaveCount(0);
  await ben.page.keyboard.press('Escape');
});

test('a reader’s editor takes no more typing and says why, and does again for an editor', async () => {
  await aboutBen('Let only read', 'Can edit');
  await ana.page.keyboard.press('Escape');
  await expect(ben.page.getByText('You can read this space, not change it.')).toBeVisible();
  await expect(ben.text).toHaveAttribute('aria-readonly', 'true');
  await look(atBen, 'reader');
  await aboutBen('Let edit', 'Can read');
  await ana.page.keyboard.press('Escape');
  await expect(ben.text).toHaveAttribute('aria-readonly', 'false');
  await ben.type('\nBen writes again');
  await ana.sees('Ben writes again');
});

test('one who is removed hears it in a sentence, keeps reading, gets nothing more, and deletes his copy', async () => {
  await aboutBen('Remove from space', 'Can edit');
  await look(atAna, 'removing');
  await dialog(ana).getByRole('button', { name: 'Remove member' }).click();
  await expect(ana.page.getByTestId('toast').getByRole('button', { name: 'Invite again' })).toBeVisible();
  await ana.page.keyboard.press('Escape');
  await expect(ben.page.getByTestId('space-ended')).toContainText('Ana removed you from this space');
  await look(atBen, 'removed');
  await ana.type('\nnot for Ben');
  await ben.sees('Ben writes again');
  await ben.page.waitForTimeout(1_500);
  expect(await ben.read()).not.toContain('not for Ben');

  await ben.page.getByTestId('space-ended').getByRole('button', { name: 'Delete my copy' }).click();
  await look(atBen, 'deleting a copy');
  await dialog(ben).getByRole('button', { name: 'Delete my copy' }).click();
  await expect(ben.page.getByRole('button', { name: 'Create a space' })).toBeVisible();
  await expect(ana.note(NOTE)).toBeVisible();
  await expect(ana.space(SPACE)).toBeVisible();
});

/** With a new invitation, from Ana's window, for the space that is open. */
async function benJoins(): Promise<void> {
  await ben.pasteCode(await ana.invite());
  await ben.typeDigits(await ana.digits());
  await ben.joined(SPACE);
  await ana.closeInvitation();
}
const spaceMenu = async (person: Person, choice: string) => {
  await person.page.getByRole('button', { name: `Options for ${SPACE}` }).click();
  await person.page.getByRole('menuitem', { name: choice }).click();
};

test('one who leaves is gone from the members, and the space from the device', async () => {
  await benJoins();
  // On one of several devices one may want no copy, and be a member on the others.
  await spaceMenu(ben, 'Delete my copy');
  await expect(dialog(ben)).toContainText('You stay a member');
  await dialog(ben).getByRole('button', { name: 'Cancel' }).click();
  await spaceMenu(ben, 'Leave space');
  await look(atBen, 'leaving');
  await dialog(ben).getByRole('button', { name: 'Leave space' }).click();
  await expect(ben.page.getByTestId('toast').filter({ hasText: `You left ${SPACE}` })).toBeVisible({ timeout: 20_000 });
  await expect(ben.space(SPACE)).toHaveCount(0);
  await ana.page.getByRole('button', { name: /^Members/ }).click();
  await expect(dialog(ana).getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(1);
  await ana.page.keyboard.press('Escape');
});

test('one who asks is refused in a sentence, and let in with the same code when he asks again', async () => {
  await ana.page.getByRole('button', { name: 'Share' }).click();
  await ana.page.getByText('Ask me before letting anyone in').click();
  await ana.page.getByRole('button', { name: 'Create invitation' }).click();
  const code = (await ana.page.getByTestId('invitation-code').textContent()) ?? '';
  const asks = async (answer: string) => {
    await ben.pasteCode(code);
    await ben.typeDigits(await ana.digits());
    await expect(ben.page.getByTestId('joining-state')).toContainText('Waiting for the person who invited you');
    await dialog(ana).getByRole('button', { name: answer }).click();
  };
  await asks('Refuse');
  await expect(ana.page.getByTestId('not-let-in')).toContainText('You did not let Ben in');
  await expect(dialog(ben).getByRole('alert')).toContainText('was asked and did not let you in');
  await look(atAna, 'refused');
  await ben.page.keyboard.press('Escape');
  await asks('Let in');
  await ben.joined(SPACE);
  await ana.closeInvitation();
});

test('an owner who deletes his own copy is told what becomes of a space without any', async () => {
  const means = /nobody can let people in or remove them any more/;
  await spaceMenu(ana, 'Delete my copy');
  await expect(dialog(ana)).toContainText(means);
  await look(atAna, 'an owner deletes a copy');
  await dialog(ana).getByRole('button', { name: 'Cancel' }).click();
  await expect(ana.space(SPACE)).toBeVisible();
});

test('an owner deletes the space for everyone after typing its name, and the others hear it in a sentence', async () => {
  await ben.openNote(NOTE);
  await spaceMenu(ana, 'Delete for everyone');
  const sure = dialog(ana).getByRole('button', { name: 'Delete for everyone' });
  await expect(sure).toBeDisabled();
  await dialog(ana)
    .getByRole('textbox', { name: `Type “${SPACE}” to be sure` })
    .fill(SPACE);
  await look(atAna, 'deleting for everyone');
  await sure.click();
  await expect(ben.page.getByTestId('space-ended')).toContainText('Ana deleted this space for everyone');
  await expect(ben.text).toHaveAttribute('aria-readonly', 'true');
  await look(atBen, 'deleted for everyone');
  await expect(ana.page.getByTestId('space-ended')).toBeVisible();
});

test('no console complained of anything', () => {
  expect(coves.flatMap(({ complaints }) => complaints)).toEqual([]);
});
