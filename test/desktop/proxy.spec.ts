/** A meeting point that only a proxy leads to: the system's, and one that the person names, with a name and a password. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { startMosquitto } from '../ports/mosquitto.ts';
import { startTinyproxy } from '../ports/proxies.ts';
import { makeComputer } from './computer.ts';
import { startCove } from './cove.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

test('as the system says, and through a proxy of the person’s own: what is wrong with it is said, and its password never', async () => {
  const broker = await startMosquitto();
  const open = await startTinyproxy();
  const locked = await startTinyproxy({ login: { name: 'ana', password: 'kanarienvogel' } });
  const computer = await makeComputer('proxy');
  // This address is not near, so it is gone to through a proxy; the system there takes it for this computer.
  const point = `mqtt://0.0.0.0:${new URL(broker.url).port}`;
  Object.assign(computer.env, { COVE_BIND: '', COVE_MEETING_POINTS: point, HTTPS_PROXY: `http://${open.host}` });
  mkdirSync(computer.dataDir, { recursive: true });
  const preferences = join(computer.dataDir, 'preferences.json');
  writeFileSync(preferences, JSON.stringify({ stun: ['stun:127.0.0.1:9'] }));
  let cove = await startCove(computer);
  try {
    await new Person('Ana', cove.window).introduce();
    const page = () => cove.window;
    const tab = async (name: string) => page().getByRole('tab', { name }).click();
    const settings = () => page().getByRole('button', { name: 'Settings' }).click();
    const address = () => page().getByRole('textbox', { name: 'Address of the proxy' });
    const listed = () =>
      page().getByRole('list', { name: 'Meeting points' }).getByRole('listitem').filter({ hasText: point });
    const through = (proxy: string) => page().getByText(`It answers, through the proxy ${proxy}.`);
    await settings();
    await tab('Doctor');
    await expect(through(`http://${open.host}`)).toBeVisible();

    await tab('Connection');
    await page().getByRole('radio', { name: 'Through this proxy' }).click();
    await address().fill(`ftp://ana:kanarienvogel@${locked.host}`);
    await page().getByRole('button', { name: 'Save proxy' }).click();
    await expect(page().getByText('Cove does not understand this address.')).toBeVisible();
    await address().fill(`http://ana@${locked.host}`);
    await page().getByRole('button', { name: 'Save proxy' }).click();
    await expect(listed()).toContainText(
      'The proxy wants a name and a password, or others than these. Write its address with them.',
    );
    await tab('Doctor');
    await expect(page().getByText(`The proxy http://ana@${locked.host} wants a name and a password`)).toBeVisible();
    await look(cove, 'doctor proxy');

    await tab('Connection');
    await address().fill(`http://ana:kanarienvogel@${locked.host}`);
    await page().getByRole('button', { name: 'Save proxy' }).click();
    await expect(address()).toHaveValue(`http://ana@${locked.host}`);
    await expect(listed()).toContainText('Connected');
    await address().scrollIntoViewIfNeeded();
    await look(cove, 'settings proxy');
    await cove.quit();
    expect(readFileSync(preferences, 'utf8')).not.toContain('kanarien');
    cove = await startCove(computer);
    await settings();
    await tab('Doctor');
    await expect(through(`http://ana@${locked.host}`)).toBeVisible();

    await tab('Connection');
    await page().getByRole('radio', { name: 'Directly, without a proxy' }).click();
    await expect(listed()).toContainText('Connected');
    await tab('Doctor');
    await expect(page().getByText('It answers.', { exact: true })).toBeVisible();
  } finally {
    await cove.quit().catch(() => undefined);
    await computer.remove();
    for (const server of [broker, open, locked]) await server.close();
  }
});
