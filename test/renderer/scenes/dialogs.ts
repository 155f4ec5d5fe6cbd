/** Scenes of dialogs. */
import type { HostDouble } from '../host-double.ts';
import { button, devices, ofPhone, press, type Scene } from './ways.ts';

declare const double: HostDouble;

export const OF_DIALOGS = {
  'a new name for a space': {
    start: 'main',
    async act(page) {
      await button(page, 'Options for Garden').click();
      await page.getByRole('menuitem', { name: 'Rename…' }).click();
      await page.getByRole('textbox', { name: 'Name of the space' }).waitFor();
    },
  },
  'the members': { start: 'main', act: (page) => button(page, /^Members/).click() },
  'words to compare with a member': {
    start: 'main',
    async act(page) {
      await button(page, /^Members/).click();
      await button(page, 'Ben Okafor: Can edit. Change').click();
      await page.getByRole('menuitem', { name: 'Safety words…' }).click();
      await page.getByRole('dialog', { name: 'Safety words with Ben Okafor' }).waitFor();
    },
  },
  'a new invitation': { start: 'main', act: (page) => button(page, 'Share').click() },
  'a space where nobody knows this device': {
    start: 'main',
    async act(page) {
      await page.evaluate(() => {
        const [garden] = double.spaces.values();
        if (garden !== undefined) garden.sync = { state: 'unknown', ask: 'Ben Okafor' };
        double.changed();
      });
      await page.getByTestId('sync-state').click();
      await button(page, 'Delete my copy…').waitFor();
    },
  },
  'why a device is waited for': {
    start: 'main',
    async act(page) {
      await page.evaluate(() => {
        const [garden] = double.spaces.values();
        if (garden !== undefined) garden.sync = { state: 'waiting', own: [], names: ['Ben Okafor'], near: false };
        double.changed();
      });
      await page.getByTestId('sync-state').click();
      await button(page, 'See why').click();
      await page.getByRole('tab', { name: 'Doctor', selected: true }).waitFor();
    },
  },
  'an invitation to be withdrawn': {
    start: 'main',
    async act(page) {
      await button(page, 'Share').click();
      await button(page, 'Create invitation').click();
      await button(page, 'Revoke…').click();
      await button(page, 'Withdraw invitation').waitFor();
    },
  },
  'the settings': { start: 'main', act: devices },
  'devices that were lost and are not known yet': {
    start: 'main',
    async act(page) {
      await page.evaluate(() => (double.lostDevices = 'unknown'));
      await devices(page);
      await page.getByTestId('lost-devices').waitFor();
    },
  },
  'a device to be added': {
    start: 'main',
    async act(page) {
      await devices(page);
      await button(page, 'Add a device').click();
      await page.getByTestId('invitation-code').waitFor();
    },
  },
  'a new name for a device': {
    start: 'main',
    async act(page) {
      await ofPhone(page, 'Rename…');
      await page.getByRole('textbox', { name: 'Name of the device' }).waitFor();
    },
  },
  'a device to be removed': {
    start: 'main',
    async act(page) {
      await ofPhone(page, 'Remove…');
      await button(page, 'Remove device').waitFor();
    },
  },
  'lost devices to be removed': {
    start: 'main',
    async act(page) {
      await page.evaluate(() => Object.assign(double, { lostDevices: 'listed', tablet: true }));
      await devices(page);
      await button(page, 'Remove the others…').click();
      await page.getByRole('checkbox', { name: /^Ada’s phone · Last seen/ }).waitFor();
    },
  },
  'the command palette': { start: 'main', act: press('Control+k') },
  'the way to another note': { start: 'main', act: press('Control+p') },
  'the keys': { start: 'main', act: press('Control+/') },
  'a picture as large as the window allows': {
    start: 'main',
    async act(page) {
      await page.getByRole('textbox', { name: 'Note text' }).click();
      await page.keyboard.press('Control+End');
      await page.keyboard.insertText(`\n![The garden](cove:file/${'0'.repeat(32)})\n`);
      await page.getByRole('img', { name: 'The garden' }).hover();
      await button(page, 'Show “The garden” large').click();
      await page.getByRole('dialog').getByRole('img', { name: 'The garden' }).waitFor();
    },
  },
  'an address that is not opened': {
    start: 'main',
    async act(page) {
      await page.getByRole('textbox', { name: 'Note text' }).click();
      await page.keyboard.press('Control+End');
      await page.keyboard.type('\n[settings](file:///etc/passwd)\n');
      await page.locator('.cm-link', { hasText: 'settings' }).click();
    },
  },
} as const satisfies Readonly<Record<string, Scene>>;
