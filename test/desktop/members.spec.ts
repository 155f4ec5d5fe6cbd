/**
 * What one person does about another's membership, as both see it: two Coves on two simulated computers. Pictures of
 * each view are in the gallery, out/desktop/views.
 */
import { expect, test } from '@playwright/test';
import { makeComputer, type Computer } from './computer.ts';
import { startCove, type Cove } from './cove.ts';
import { Person } from './person.ts';
import { mainStory, NOTE, SPACE } from './story.ts';
import { look } from './views.ts';

let computers: Computer[] = [];
let coves: Cove[] = [];
let ana: Person;
let ben: Person;

test.beforeAll(async () => {
  computers = await Promise.all([makeComputer('ana'), makeComputer('ben')]);
  coves = [await startCove(computers[0] as Computer), await startCove(computers[1] as Computer)];
  ana = new Person('Ana', (coves[0] as Cove).window);
  ben = new Person('Ben', (coves[1] as Cove).window);
  for (const { says, does } of mainStory(ana, ben)) await test.step(says, does);
});

test.afterAll(async () => {
  for (const cove of coves) await cove.quit().catch(() => undefined);
  for (const computer of computers) await computer.remove();
});

const dialog = (person: Person) => person.page.getByRole('dialog');

/** Opens the members page and chooses something about Ben. */
async function aboutBen(choice: string, role: string): Promise<void> {
  await ana.page.getByRole('button', { name: /^Members/ }).click();
  await dialog(ana)
    .getByRole('button', { name: `Ben: ${role}. Change` })
    .click();
  await look(coves[0] as Cove, `members ${choice.toLowerCase()}`);
  await ana.page.getByRole('menuitem', { name: choice }).click();
}

test('a note says which devices have it, and the computer may be closed when another one has', async () => {
  await ana.sees('beans along the fence');
  await ana.page.getByTestId('sync-state').click();
  await expect(ana.page.getByTestId('closing')).toHaveAttribute('data-closing', 'safe');
  await expect(ana.page.getByText(/^Ben, /)).toContainText('has it');
  await look(coves[0] as Cove, 'holders');
  await ana.page.keyboard.press('Escape');
});

test('the Doctor sees that the other device is connected, and puts a report without names on the clipboard', async () => {
  const { app } = coves[0] as Cove;
  await ana.page.getByRole('button', { name: 'Settings' }).click();
  await ana.page.getByRole('tab', { name: 'Doctor' }).click();
  await expect(ana.page.getByTestId('doctor-device')).toHaveAttribute('data-finding', 'connected');
  await look(coves[0] as Cove, 'doctor');
  await app.evaluate(({ clipboard }) => clipboard.clear());
  await ana.page.getByRole('button', { name: 'Copy a report' }).click();
  const copied = () => app.evaluate(({ clipboard }) => clipboard.readText());
  await expect.poll(copied).toMatch(/^Device 1: connected/m);
  expect(await copied()).not.toMatch(/Ben|Ana|Garden|mqtt|127\.0\.0\.1|[0-9a-f]{16}/);
  await ana.page.keyboard.press('Escape');
});

test('a reader’s editor takes no more typing and says why, and does again for an editor', async () => {
  await aboutBen('Let only read', 'Can edit');
  await ana.page.keyboard.press('Escape');
  await expect(ben.page.getByText('You can read this space, not change it.')).toBeVisible();
  await expect(ben.text).toHaveAttribute('aria-readonly', 'true');
  await look(coves[1] as Cove, 'reader');
  await aboutBen('Let edit', 'Can read');
  await ana.page.keyboard.press('Escape');
  await expect(ben.text).toHaveAttribute('aria-readonly', 'false');
  await ben.type('\nBen writes again');
  await ana.sees('Ben writes again');
});

test('one who is removed hears it in a sentence, keeps reading, gets nothing more, and deletes his copy', async () => {
  await aboutBen('Remove from space', 'Can edit');
  await look(coves[0] as Cove, 'removing');
  await dialog(ana).getByRole('button', { name: 'Remove member' }).click();
  await expect(ana.page.getByTestId('toast').getByRole('button', { name: 'Invite again' })).toBeVisible();
  await ana.page.keyboard.press('Escape');
  await expect(ben.page.getByTestId('space-ended')).toContainText('Ana removed you from this space');
  await look(coves[1] as Cove, 'removed');
  await ana.type('\nnot for Ben');
  await ben.sees('Ben writes again');
  await ben.page.waitForTimeout(1_500);
  expect(await ben.read()).not.toContain('not for Ben');

  await ben.page.getByTestId('space-ended').getByRole('button', { name: 'Delete my copy' }).click();
  await look(coves[1] as Cove, 'deleting a copy');
  await dialog(ben).getByRole('button', { name: 'Delete my copy' }).click();
  await expect(ben.page.getByRole('button', { name: 'Create a space' })).toBeVisible();
  await expect(ana.note(NOTE)).toBeVisible();
  await expect(ana.space(SPACE)).toBeVisible();
});

test('no console complained of anything', () => {
  expect(coves.flatMap(({ complaints }) => complaints)).toEqual([]);
});
