/**
 * A simulated computer where the system has one keychain for all, as macOS and Windows do: no bus and no keyring is
 * started, and what a profile has put into the keychain is gone with it. Played on the keyring that the tests run in.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import keytar from 'keytar';
import { makeComputer } from './computer.ts';

const [PLATFORM, PATH] = [process.platform, process.env['PATH']];
const on = (platform: string) => Object.defineProperty(process, 'platform', { value: platform });

test.afterEach(() => {
  on(PLATFORM);
  process.env['PATH'] = PATH;
});

for (const platform of ['darwin', 'win32'] as const) {
  test(`${platform}: the demo’s computers use the system’s keychain, and take out what they put there`, async () => {
    on(platform);
    process.env['PATH'] = '/nowhere'; // neither dbus-daemon nor gnome-keyring-daemon
    const computer = await makeComputer('elsewhere');
    on(PLATFORM);
    process.env['PATH'] = PATH;
    expect(computer.env['HOME']).toBe(process.env['HOME']);
    expect(computer.env['DBUS_SESSION_BUS_ADDRESS']).toBe(process.env['DBUS_SESSION_BUS_ADDRESS']);
    await expect(computer.lockKeyring()).rejects.toThrow('Linux');

    const [account, other] = ['a', 'b'].map((letter) => letter.repeat(32)) as [string, string];
    mkdirSync(computer.dataDir, { recursive: true });
    writeFileSync(join(computer.dataDir, 'profile-id'), `${account}\n`);
    for (const one of [account, other]) await keytar.setPassword('cove', one, 'secret');
    await computer.remove();
    const left = [await keytar.getPassword('cove', account), await keytar.getPassword('cove', other)];
    await keytar.deletePassword('cove', other);
    expect(left, 'another profile keeps its own').toEqual([null, 'secret']);
    expect(existsSync(computer.dataDir)).toBe(false);
    // One that no Cove was ever started on leaves nothing either.
    on(platform);
    await (await makeComputer('never-started')).remove();
  });
}
