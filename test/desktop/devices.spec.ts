/** One person, two real Coves: the second is added in its first run, and taken out again. */
import { expect, test } from '@playwright/test';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';
import { addDevice } from './adding.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';
import { button, closePhrase, phraseWindow, writeDown } from './phrase.ts';
import { look } from './views.ts';

const LONG = 30_000;
let broker: Mosquitto;
const world = startingCoves();
const cove = (name: string) => world.start(name, { COVE_MEETING_POINTS: broker.url });

test.beforeAll(async () => {
  broker = await startMosquitto();
});
test.afterAll(() => broker.close());

test('a second computer is added with a code, six digits and six words, shows every space, and is removed', async () => {
  test.setTimeout(150_000);
  const [first, second] = [await cove('first'), await cove('second')];
  const ana = new Person('Ana', first.window);
  const there = new Person('Ana', second.window);
  await ana.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('Beds', 'beans along the fence');

  await addDevice(ana, there);

  await there.openSpace('Garden');
  await there.openNote('Beds');
  await there.sees('beans along the fence');
  await first.window.getByRole('button', { name: 'Done' }).click({ timeout: LONG });
  const rows = first.window.getByRole('list', { name: 'Your devices' }).getByRole('listitem');
  await expect(rows).toHaveCount(2);
  // Both are called as the computer is, and so are told apart by their ids.
  const labels = (await rows.allInnerTexts()).map((text) => / \([0-9A-F]{4,}\)/.exec(text)?.[0]);
  expect(new Set(labels).size).toBe(2);
  expect(labels).not.toContain(undefined);

  await first.window
    .getByRole('button', { name: /^Options for/ })
    .last()
    .click();
  await first.window.getByRole('menuitem', { name: 'Remove…' }).click();
  await first.window.getByRole('button', { name: 'Remove device' }).click();
  await expect(second.window.getByTestId('revoked')).toContainText('was removed from your identity', { timeout: LONG });
  await there.sees('beans along the fence');

  // The removed one can be used again, as on a new computer; what was on it stays in a folder.
  await expect(second.window.getByTestId('sync-state'), 'nothing is called up to date').toHaveCount(0);
  for (const name of ['New space', 'Join a space'])
    await expect(second.window.getByRole('button', { name }), 'nothing is begun here').toHaveCount(0);
  await look(second, 'a removed device');
  await second.window.getByRole('button', { name: 'Start anew on this device…' }).click();
  await look(second, 'starting anew');
  await second.window.getByRole('button', { name: 'Move them and start' }).click();
  await expect(second.window.getByText('The notes that were here before are in the folder')).toBeVisible({
    timeout: LONG,
  });
  await second.window.getByRole('button', { name: 'I already use Cove on another device' }).click();
  await expect(second.window.getByRole('textbox', { name: 'Device code or link' })).toBeVisible();
  expect([...first.complaints, ...second.complaints]).toEqual([]);
});

test('two computers are removed with the words typed once', async () => {
  test.setTimeout(240_000);
  const [first, second, third] = [await cove('one'), await cove('two'), await cove('three')];
  const ana = new Person('Ana', first.window);
  await ana.introduce();
  await ana.createSpace('Garden');
  const words = await writeDown(await phraseWindow(first, 'Write it down'));
  for (const other of [second, third]) {
    await addDevice(ana, new Person('Ana', other.window));
    await first.window.getByRole('button', { name: 'Done' }).click({ timeout: LONG });
  }

  await button(third.window, 'Settings').first().click({ timeout: LONG });
  await third.window.getByRole('tab', { name: 'Devices' }).click();
  const rows = third.window.getByRole('list', { name: 'Your devices' }).getByRole('listitem');
  await expect(rows).toHaveCount(3, { timeout: LONG });
  await button(third.window, 'Remove the others…').click();
  const boxes = third.window.getByRole('dialog').getByRole('checkbox');
  await expect(boxes).toHaveCount(2);
  for (const box of await boxes.all()) await box.check();
  await look(third, 'devices to be removed');
  const typing = await phraseWindow(third, 'Type the words');
  await expect(typing.getByText(/^Removing “.+” and “.+” takes/)).toBeVisible();
  for (const [place, field] of (await typing.getByRole('textbox').all()).entries())
    await field.fill(words[place] ?? '');
  await button(typing, 'Remove 2 devices').click();
  await expect(typing.getByRole('heading', { name: '2 devices are removed' })).toBeVisible({ timeout: LONG });
  await closePhrase(typing);
  await expect(rows).toHaveCount(1);
  for (const { window } of [first, second])
    await expect(window.getByTestId('revoked')).toContainText('was removed from your identity', { timeout: LONG });
  expect([first, second, third].flatMap(({ complaints }) => complaints)).toEqual([]);
});
