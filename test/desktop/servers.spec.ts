/** The lists of servers in the settings: what is no address is named and not kept, and the defaults come back. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { startMosquitto } from '../ports/mosquitto.ts';
import { makeComputer } from './computer.ts';
import { startCove } from './cove.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

test('meeting points and address servers are edited and kept over a restart, and the defaults come back', async () => {
  const broker = await startMosquitto();
  const computer = await makeComputer('servers');
  // A list that the person has chosen before, so that nothing outside of this computer is ever asked.
  delete computer.env['COVE_MEETING_POINTS'];
  mkdirSync(computer.dataDir, { recursive: true });
  writeFileSync(join(computer.dataDir, 'preferences.json'), JSON.stringify({ meetingPoints: ['mqtt://127.0.0.1:9'] }));
  let cove = await startCove(computer);
  try {
    await new Person('Ana', cove.window).introduce();
    const open = async () => {
      await cove.window.getByRole('button', { name: 'Settings' }).click();
      await cove.window.getByRole('tab', { name: 'Connection' }).click();
    };
    const field = () => cove.window.getByRole('textbox', { name: 'Address servers' });
    const save = () => cove.window.getByRole('button', { name: 'Save address servers' }).click();
    // That of the meeting points comes before it, and would have the public ones asked.
    const back = () => cove.window.getByRole('button', { name: 'Back to the defaults' });
    await open();
    const points = () => cove.window.getByRole('list', { name: 'Meeting points' }).getByRole('listitem');
    const addresses = () => cove.window.getByRole('textbox', { name: 'Meeting point addresses' });
    const savePoints = () => cove.window.getByRole('button', { name: 'Save meeting points' }).click();
    await expect(points().filter({ hasText: 'mqtt://127.0.0.1:9' })).toContainText('Not reachable');
    await addresses().fill('https://127.0.0.1:9');
    await savePoints();
    await expect(cove.window.getByText('“https://127.0.0.1:9” is not an address')).toBeVisible();
    await addresses().fill(`${broker.url}\n`);
    await savePoints();
    await expect(points().filter({ hasText: broker.url })).toContainText('Connected');
    await expect(points().filter({ hasText: 'Added by you' }), 'the one before is not').toHaveCount(1);

    // Bound to this computer no server is asked, whatever the list says.
    const list = () => cove.window.getByRole('list', { name: 'Address servers' });
    await expect(list()).toHaveText('None is asked at the moment');
    await expect(back()).toHaveCount(1);
    await field().fill('stun:stun.example:3478\nturn:stun.example');
    await save();
    await expect(cove.window.getByText('“turn:stun.example” is not an address')).toBeVisible();
    await field().scrollIntoViewIfNeeded();
    await look(cove, 'settings wrong address server');
    await expect(back(), 'nothing was kept').toHaveCount(1);

    await field().fill('stun:stun.example:3478');
    await save();
    await expect(back()).toHaveCount(2);
    await cove.quit();
    cove = await startCove(computer);
    await open();
    await expect(field()).toHaveValue('stun:stun.example:3478');
    await expect(addresses()).toHaveValue(broker.url);
    await expect(points().filter({ hasText: broker.url })).toContainText('Connected');
    await expect(list()).toHaveText('None is asked at the moment');
    await back().last().click();
    await expect(field()).toHaveValue('');
    await expect(back()).toHaveCount(1);
  } finally {
    await cove.quit().catch(() => undefined);
    await computer.remove();
    await broker.close();
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
