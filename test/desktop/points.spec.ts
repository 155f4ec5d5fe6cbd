/** What the settings say of each meeting point, and the ones that an owner names for everybody in a space. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { makeCertificates } from '../ports/certificates.ts';
import { startMosquitto } from '../ports/mosquitto.ts';
import { makeComputer } from './computer.ts';
import { startCove, type Cove } from './cove.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

const DEAD = 'mqtt://127.0.0.1:9';

async function connection(cove: Cove) {
  await cove.window.getByRole('button', { name: 'Settings' }).click();
  await cove.window.getByRole('tab', { name: 'Connection' }).click();
  return (url: string) =>
    cove.window
      .getByRole('list', { name: 'Meeting points', exact: true })
      .getByRole('listitem')
      .filter({ hasText: url });
}

test('one that works, one that is dead, one that wants another password and one whose certificate nobody knows each say what to do', async () => {
  const certificates = makeCertificates();
  const good = await startMosquitto();
  const closed = await startMosquitto({ login: { name: 'ana', password: 'right' } });
  const unknown = await startMosquitto({ tls: certificates.issue('IP:127.0.0.1') });
  const computer = await makeComputer('points');
  // A list that the person has chosen before, so that nothing outside of this computer is ever asked.
  delete computer.env['COVE_MEETING_POINTS'];
  mkdirSync(computer.dataDir, { recursive: true });
  const meetingPoints = [good.url, DEAD, closed.url.replace('//', '//ana:wrong@'), unknown.url];
  writeFileSync(join(computer.dataDir, 'preferences.json'), JSON.stringify({ meetingPoints }));
  const cove = await startCove(computer);
  try {
    await new Person('Ana', cove.window).introduce();
    const row = await connection(cove);
    await expect(row(good.url)).toContainText('Connected');
    await expect(row(DEAD)).toContainText('Nothing listens there. Check its address and port, and whether it runs.');
    const login = closed.url.replace('//', '//ana@');
    await expect(row(login)).toContainText('It wants a name and a password, or others than these. Write them into the');
    await expect(row(unknown.url)).toContainText('This computer does not know who signed its certificate, so nothing');
    await expect(cove.window.getByText('wrong', { exact: true })).toHaveCount(0);
    await look(cove, 'settings meeting points');
  } finally {
    await cove.quit().catch(() => undefined);
    await computer.remove();
    for (const broker of [good, closed, unknown]) await broker.close();
    certificates.remove();
  }
});

test('an owner names meeting points for everybody in a space; on this device one of them can be switched off', async () => {
  const named = await startMosquitto();
  const computer = await makeComputer('named');
  computer.env['COVE_MEETING_POINTS'] = DEAD;
  const cove = await startCove(computer);
  const { window } = cove;
  try {
    const ana = new Person('Ana', window);
    await ana.introduce();
    await ana.createSpace('Garden');
    const open = async () => {
      await window.getByRole('button', { name: 'Garden', exact: true }).hover();
      await window.getByRole('button', { name: 'Options for Garden' }).click();
      await window.getByRole('menuitem', { name: 'Meeting points…' }).click();
    };
    await open();
    const field = window.getByRole('textbox', { name: 'Addresses for everybody' });
    const save = window.getByRole('button', { name: 'Name for everybody' });
    const points = window.getByRole('list', { name: 'Meeting points of this space' }).getByRole('listitem');
    await expect(window.getByText('None is named for this space.')).toBeVisible();
    await field.fill(`${named.url}\nmqtt://meet.example`);
    await save.click();
    await expect(window.getByText('“mqtt://meet.example” is not an address that everybody can use')).toBeVisible();
    await expect(points).toHaveCount(0);
    await look(cove, 'meeting points of a space, refused');
    await field.fill(`${named.url}\n${DEAD}`);
    await save.click();
    await expect(window.getByText('Named by Ana.')).toBeVisible();
    await expect(points.filter({ hasText: named.url })).toContainText('Connected');
    // What is on one's own list is not switched off here.
    await expect(points.filter({ hasText: DEAD }).getByRole('checkbox')).toHaveCount(0);
    await look(cove, 'meeting points of a space');
    await points.filter({ hasText: named.url }).getByRole('checkbox').uncheck();
    await expect(points.filter({ hasText: named.url })).toContainText('Switched off');
    await window.keyboard.press('Escape');

    const row = await connection(cove);
    await expect(row(named.url)).toContainText('Named for everybody');
    await expect(row(named.url)).toContainText('from the space Garden');
    await expect(row(named.url)).toContainText('Switched off');
    await look(cove, 'settings meeting point switched off');
    await row(named.url).getByRole('checkbox', { name: 'Use on this device' }).check();
    await expect(row(named.url)).toContainText('Connected');
    // What is on one's own list is not switched off here.
    await expect(row(DEAD)).toHaveCount(1);
    await expect(row(DEAD).getByRole('checkbox')).toHaveCount(0);
    await window.keyboard.press('Escape');

    await open();
    await field.fill('');
    await save.click();
    await expect(points).toHaveCount(0);
  } finally {
    await cove.quit().catch(() => undefined);
    await computer.remove();
    await named.close();
  }
});
