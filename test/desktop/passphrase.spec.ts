/**
 * A computer without a keychain: the person chooses a passphrase, is asked for it at each start, may mistype it, and
 * may leave notes behind whose passphrase is forgotten.
 */
import { readdirSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { SENTENCES } from '../../main/engine/errors.ts';
import { makeComputer, type Computer } from './computer.ts';
import { startCove, type Cove } from './cove.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

let computer: Computer;
let cove: Cove;

test.beforeEach(async () => {
  computer = await makeComputer('passphrase');
  computer.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nowhere';
});
test.afterEach(async () => {
  await cove.quit().catch(() => undefined);
  await computer.remove();
});

test('a passphrase is chosen, asked for, told to be wrong, and opens the notes', async () => {
  await startsWith('keychain-missing');
  const { window } = cove;
  await look(cove, 'passphrase to be chosen');
  const choose = window.getByRole('button', { name: 'Protect with this passphrase' });
  await window.getByLabel('Passphrase', { exact: true }).fill('short');
  await expect(choose).toBeDisabled();
  await window.getByLabel('Passphrase', { exact: true }).fill('correct horse battery');
  await expect(choose).toBeDisabled();
  await window.getByLabel('Passphrase again').fill('correct horse batterx');
  await expect(window.getByText('The two passphrases are not the same.')).toBeVisible();
  await expect(choose).toBeDisabled();
  await look(cove, 'passphrases differ');
  await window.getByLabel('Passphrase again').fill('correct horse battery');
  await choose.click();
  const ana = new Person('Ana', window);
  await ana.introduce();
  await ana.createSpace('Garden');
  await cove.quit();

  await startsWith('passphrase-needed');
  await look(cove, 'passphrase asked for');
  // The computer sleeps meanwhile: there is nothing yet to be connected again.
  await cove.app.evaluate(({ powerMonitor }) => void powerMonitor.emit('resume'));
  await type('incorrect horse battery');
  await expect(cove.window.getByRole('alert')).toHaveText(SENTENCES['passphrase-wrong']);
  await look(cove, 'passphrase wrong');
  await type('correct horse battery');
  await expect(new Person('Ana', cove.window).space('Garden')).toBeVisible();
  await cove.quit();

  await startsWith('passphrase-needed');
  await cove.window.getByRole('button', { name: 'Go on without these notes…' }).click();
  await cove.window.getByRole('button', { name: 'Move them and go on' }).click();
  await expect(cove.window.getByRole('alert')).toHaveText(SENTENCES['keychain-missing']);
  await choosePassphrase('another horse battery');
  await expect(cove.window.getByText('The notes that were here before are in the folder')).toBeVisible();
  await look(cove, 'first run beside notes set aside');
  const aside = readdirSync(computer.dataDir).filter((name) => name.startsWith('set-aside-'));
  expect(aside).toHaveLength(1);
});

async function choosePassphrase(passphrase: string): Promise<void> {
  for (const label of ['Passphrase', 'Passphrase again'])
    await cove.window.getByLabel(label, { exact: true }).fill(passphrase);
  await cove.window.getByRole('button', { name: 'Protect with this passphrase' }).click();
}

async function startsWith(type: keyof typeof SENTENCES): Promise<void> {
  cove = await startCove(computer);
  await expect(cove.window.getByRole('alert')).toHaveText(SENTENCES[type]);
}

async function type(passphrase: string): Promise<void> {
  await cove.window.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await cove.window.keyboard.press('Enter');
}
