/** More than two people: an invitation for several, its last place, and what a manager does about another member. */
import { expect, test } from '@playwright/test';
import type { Cove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

const LONG = 30_000;
const SPACE = 'Garden';
const { coves, start } = startingCoves();

interface Seated {
  readonly person: Person;
  readonly cove: Cove;
}
async function seat(name: string): Promise<Seated> {
  const cove = await start(name.toLowerCase());
  const person = new Person(name, cove.window);
  await person.introduce();
  return { person, cove };
}
const dialog = (person: Person) => person.page.getByRole('dialog');

/** Opens the members page and chooses something about one of them. */
async function about(by: Person, name: string, role: string, choice: string): Promise<void> {
  await by.page.getByRole('button', { name: /^Members/ }).click();
  await dialog(by)
    .getByRole('button', { name: `${name}: ${role}. Change` })
    .click();
  await by.page.getByRole('menuitem', { name: choice }).click();
}

test('of two who come for the last place of an invitation one is in, and a manager removes him again', async () => {
  test.setTimeout(300_000);
  const ana = await seat('Ana');
  await ana.person.createSpace(SPACE);
  await ana.person.writeNote('Beds', 'beans along the fence');
  await ana.person.page.getByRole('button', { name: 'Share' }).click();
  await ana.person.page.getByText('Several people may use it').click();
  await ana.person.page.getByText('3', { exact: true }).click();
  await ana.person.page.getByRole('button', { name: 'Create invitation' }).click();
  const code = (await ana.person.page.getByTestId('invitation-code').textContent()) ?? '';
  const soFar = ana.person.page.getByTestId('joined-so-far');

  const come = async ({ person }: Seated, nth: number): Promise<void> => {
    await person.pasteCode(code);
    await person.typeDigits(await ana.person.digits());
    await person.joined(SPACE);
    await expect(soFar).toHaveText(`${person.name} has joined: ${nth} of 3 so far`, { timeout: LONG });
  };
  const ben = await seat('Ben');
  await come(ben, 1);
  const cy = await seat('Cy');
  await come(cy, 2);
  await cy.cove.quit();

  // Both have five of the six digits when Ana reads the last one.
  const racers = [await seat('Dan'), await seat('Eve')];
  for (const { person } of racers) await person.pasteCode(code);
  const digits = await ana.person.digits();
  for (const { person } of racers) await person.typeDigits(digits.slice(0, 5));
  await Promise.all(racers.map(({ person }) => person.page.keyboard.type(digits.slice(5))));
  const isIn = async ({ person }: Seated): Promise<boolean> => (await person.space(SPACE).count()) > 0;
  await expect
    .poll(async () => (await Promise.all(racers.map(isIn))).filter(Boolean).length, { timeout: LONG })
    .toBe(1);
  const [winner, loser] = ((await isIn(racers[0] as Seated)) ? racers : [...racers].reverse()) as [Seated, Seated];
  await look(loser.cove, 'the last place is taken');
  await look(ana.cove, 'the last place is taken at the host');
  await expect(loser.person.page.getByRole('alert')).toContainText('this invitation has been used up', {
    timeout: LONG,
  });
  expect(await isIn(loser)).toBe(false);
  await ana.person.closeInvitation();
  await loser.cove.quit();

  await about(ana.person, 'Ben', 'Can edit', 'Let manage');
  await expect(dialog(ana.person).getByRole('button', { name: 'Ben: Can manage. Change' })).toBeVisible();
  await ana.person.page.keyboard.press('Escape');
  await ben.person.openNote('Beds');
  await winner.person.openNote('Beds');
  await winner.person.sees('beans along the fence');
  await expect(ben.person.page.getByRole('button', { name: 'Share' })).toBeVisible();
  await about(ben.person, winner.person.name, 'Can edit', 'Remove from space');
  await look(ben.cove, 'a manager removes');
  await dialog(ben.person).getByRole('button', { name: 'Remove member' }).click();
  await ben.person.page.keyboard.press('Escape');
  await expect(winner.person.page.getByTestId('space-ended')).toContainText('Ben removed you from this space', {
    timeout: LONG,
  });
  await look(winner.cove, 'removed by a manager');
  await ben.person.type('\nnot for everyone');
  await ana.person.sees('not for everyone');
  await winner.person.page.waitForTimeout(1_500);
  expect(await winner.person.read()).not.toContain('not for everyone');
  await ana.person.page.getByRole('button', { name: /^Members/ }).click();
  await expect(dialog(ana.person).getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(3);
  // An owner is nobody's to remove.
  await ben.person.page.getByRole('button', { name: /^Members/ }).click();
  await expect(dialog(ben.person).getByRole('button', { name: 'Cy: Can edit. Change' })).toBeVisible();
  await dialog(ben.person).getByRole('button', { name: 'Ana: Owner. Change' }).click();
  await expect(ben.person.page.getByRole('menuitem', { name: 'Safety words' })).toBeVisible();
  await expect(ben.person.page.getByRole('menuitem', { name: 'Remove from space' })).toHaveCount(0);
  expect(coves.flatMap(({ complaints }) => complaints)).toEqual([]);
});
