/** The lists of servers in the settings: what is no address is named and not kept, and the defaults come back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { makeComputer } from './computer.ts';
import { startCove } from './cove.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

test('address servers are edited beside the meeting points, kept over a restart, and the defaults come back', async () => {
  const computer = await makeComputer('servers');
  computer.env['COVE_MEETING_POINTS'] = 'mqtt://127.0.0.1:9';
  let cove = await startCove(computer);
  try {
    await new Person('Ana', cove.window).introduce();
    const open = async () => {
      await cove.window.getByRole('button', { name: 'Settings' }).click();
      await cove.window.getByRole('tab', { name: 'Connection' }).click();
    };
    const field = () => cove.window.getByRole('textbox', { name: 'Address servers' });
    const save = () => cove.window.getByRole('button', { name: 'Save address servers' }).click();
    const back = () => cove.window.getByRole('button', { name: 'Back to the defaults' });
    await open();
    // Bound to this computer no server is asked, whatever the list says.
    const list = () => cove.window.getByRole('list', { name: 'Address servers' });
    await expect(list()).toHaveText('None is asked at the moment');
    await expect(back()).toHaveCount(0);
    await field().fill('stun:stun.example:3478\nturn:stun.example');
    await save();
    await expect(cove.window.getByText('“turn:stun.example” is not an address')).toBeVisible();
    await field().scrollIntoViewIfNeeded();
    await look(cove, 'settings wrong address server');
    await expect(back(), 'nothing was kept').toHaveCount(0);

    await field().fill('stun:stun.example:3478');
    await save();
    await expect(back()).toBeVisible();
    await cove.quit();
    cove = await startCove(computer);
    await open();
    await expect(field()).toHaveValue('stun:stun.example:3478');
    await expect(list()).toHaveText('None is asked at the moment');
    await back().click();
    await expect(field()).toHaveValue('');
    await expect(back()).toHaveCount(0);
  } finally {
    await cove.quit().catch(() => undefined);
    await computer.remove();
  }
});

test('a relay server is named once with its secret, shown without it, and used after a restart', async () => {
  const computer = await makeComputer('relays');
  computer.env['COVE_MEETING_POINTS'] = 'mqtt://127.0.0.1:9';
  let cove = await startCove(computer);
  try {
    await new Person('Ana', cove.window).introduce();
    const open = async () => {
      await cove.window.getByRole('button', { name: 'Settings' }).click();
      await cove.window.getByRole('tab', { name: 'Connection' }).click();
    };
    const field = () => cove.window.getByRole('textbox', { name: 'Relay servers' });
    const save = () => cove.window.getByRole('button', { name: 'Save relay servers' }).click();
    const missing = () => cove.window.getByText('password or secret of turn:turn.example:3478 is missing');
    await open();
    await field().fill('turn:me:word@turn.example:99999');
    await save();
    await expect(cove.window.getByText('“…@turn.example:99999” is not an address')).toBeVisible();
    await field().fill('turn:me@turn.example');
    await save();
    await expect(cove.window.getByText('“turn:me@turn.example” lacks its password or secret')).toBeVisible();

    await field().fill('turn::kanarie@turn.example');
    await save();
    await expect(field()).toHaveValue('turn:turn.example:3478');
    await field().scrollIntoViewIfNeeded();
    await look(cove, 'settings relay servers');
    await expect(missing()).toHaveCount(0);
    await cove.quit();
    expect(readFileSync(join(computer.dataDir, 'preferences.json'), 'utf8')).not.toContain('kanarie');
    cove = await startCove(computer);
    await open();
    await expect(field()).toHaveValue('turn:turn.example:3478');
    await expect(missing()).toHaveCount(0);
    await save();
    await expect(cove.window.getByText('The relay servers are saved')).toBeVisible();
  } finally {
    await cove.quit().catch(() => undefined);
    await computer.remove();
  }
});
