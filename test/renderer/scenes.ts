/**
 * Every dialog, and the views that two real Coves do not come by on their way (test/desktop/views.spec.ts looks at the
 * others), and how a person gets there. `double` is the page's host double.
 */
import type { Page } from 'playwright';
import type { Dialog } from '../../renderer/state/workspace.svelte.ts';
import type { HostDouble } from './host-double.ts';

declare const double: HostDouble;
export const CODE = 'cove1qy352euf40x77lfrg4ncn27daljxsvg4y0pzcm8fw9k3dvs2t6j4hn0rqx5a7e3lk9uwpzy6dm2c';

export interface Scene {
  readonly start: string;
  readonly page?: 'phrase-page.html';
  act?(page: Page): Promise<unknown>;
}
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

async function join(page: Page): Promise<void> {
  await button(page, 'Join a space').click();
  await page.getByRole('textbox', { name: 'Invitation code or link' }).fill(`Ada wrote: ${CODE} see you`);
  await button(page, 'Continue').click();
  await page.getByTestId('joining-state').waitFor();
}
export async function digitsWanted(page: Page): Promise<void> {
  await join(page);
  await page.evaluate(() => double.joining([...double.joinings.keys()][0] ?? '', { state: 'code' }));
  await page.getByRole('textbox', { name: 'Six-digit code' }).waitFor();
}
export async function deleteNote(page: Page): Promise<void> {
  await button(page, 'Note options').click();
  await page.getByRole('menuitem', { name: 'Delete note' }).click();
  await page.getByTestId('toast').waitFor();
}

async function byFile(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^Options for/ })
    .first()
    .click();
  await page.getByRole('menuitem', { name: 'Sync by file…' }).click();
}

async function asFiles(page: Page): Promise<void> {
  await button(page, 'Options for Garden').click();
  await page.getByRole('menuitem', { name: 'Export and import…' }).click();
}

async function joinByFile(page: Page): Promise<void> {
  await button(page, 'Join a space').click();
  await page.getByRole('textbox', { name: 'Invitation code or link' }).fill(CODE);
  await button(page, 'No network: join by file').click();
  await page.getByTestId('file-join-state').waitFor();
}
async function handOver(page: Page): Promise<void> {
  await button(page, 'Share').click();
  await button(page, 'Create invitation').click();
  await button(page, 'Hand over by file').click();
  await page.getByTestId('file-join-state').waitFor();
}
/** The double's join, and the dialog that shows it. */
async function joinShown(
  page: Page,
  side: 'guest' | 'host',
  changes: Parameters<HostDouble['fileJoin']>[1],
): Promise<void> {
  await page.evaluate(([side, changes]) => void double.fileJoin(side, changes), [side, changes] as const);
  await page.getByTestId('underway').click();
  await page.getByTestId('file-join-state').waitFor();
}

async function devices(page: Page): Promise<void> {
  await button(page, 'Settings').first().click();
  await page.getByRole('tab', { name: 'Devices' }).click();
}
async function ofPhone(page: Page, choice: string): Promise<void> {
  await devices(page);
  await button(page, 'Options for Ada’s phone').click();
  await page.getByRole('menuitem', { name: choice }).click();
}
const press = (keys: string) => (page: Page) => page.keyboard.press(keys);

const OF_DIALOGS = {
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

const OTHERS = {
  'a failed start': { start: 'failed' },
  'ten thousand notes': { start: 'many' },
  'other owners of a new space': {
    start: 'main',
    async act(page) {
      await button(page, 'New space').click();
      await page.getByRole('textbox', { name: 'Name of the space' }).fill('House');
      await button(page, 'Add other owners').click();
      await page.getByRole('checkbox', { name: 'Ben Okafor' }).check();
    },
  },
  'an owner who is not here yet': {
    start: 'main',
    async act(page) {
      await button(page, 'New space').click();
      await page.getByRole('textbox', { name: 'Name of the space' }).fill('House');
      await button(page, 'Add other owners').click();
      await page.getByRole('checkbox', { name: 'Mira Lindqvist' }).check();
      await button(page, 'Create space').click();
      await page.getByText('Not here yet: invite them').waitFor();
    },
  },
  'what may be done about a member': {
    start: 'main',
    async act(page) {
      await button(page, /^Members/).click();
      await button(page, 'Ben Okafor: Can edit. Change').click();
      await page.getByRole('menuitem', { name: 'Remove from space' }).waitFor();
    },
  },
  'a sync by file that builds on what is not here': {
    start: 'main',
    async act(page) {
      await byFile(page);
      await button(page, 'Take in a file…').click();
      await page.getByTestId('bundle-said').waitFor();
    },
  },
  'a sync by file under way': {
    start: 'main',
    async act(page) {
      await byFile(page);
      await page.evaluate(() => {
        double.bundleTask = { task: 'saving', share: 0.42 };
        double.changed();
      });
      await button(page, 'Cancel').waitFor();
    },
  },
  'the meeting points of a space': {
    start: 'main',
    async act(page) {
      await button(page, 'Options for Garden').click();
      await page.getByRole('menuitem', { name: 'Meeting points' }).click();
      await page.getByRole('textbox', { name: 'Addresses for everybody' }).fill('mqtt://192.168.1.2');
      await button(page, 'Name for everybody').click();
      await page.getByText('is not one that everybody').waitFor();
    },
  },
  'what was left out of an import': {
    start: 'main',
    async act(page) {
      await asFiles(page);
      await button(page, 'Import Markdown files…').click();
      await page.getByText('102 files were left out:').waitFor();
    },
  },
  'an export under way': {
    start: 'main',
    async act(page) {
      await asFiles(page);
      await page.evaluate(() => {
        double.fileTask = { task: 'saving', share: 0.42 };
        double.changed();
      });
      await button(page, 'Cancel').waitFor();
    },
  },
  'a folder that nothing can be written to': {
    start: 'main',
    async act(page) {
      await asFiles(page);
      await button(page, 'Export as JSON…').click();
      await page.getByText('could not be written there').waitFor();
    },
  },
  'two passwords that differ': {
    start: 'main',
    async act(page) {
      await asFiles(page);
      await button(page, 'Export as archive…').click();
      await page.getByRole('textbox', { name: 'Password', exact: true }).fill('runner beans');
      await page.getByRole('textbox', { name: 'Password again' }).fill('runner baens');
      await page.getByText('The two passwords are not the same.').waitFor();
    },
  },
  'an archive that the password does not open': {
    start: 'main',
    async act(page) {
      await asFiles(page);
      await button(page, 'Import a space…').click();
      await button(page, 'Choose an archive…').click();
      await page.getByRole('textbox', { name: 'Password of the archive' }).fill('beans');
      await button(page, 'Import space').click();
      await page.getByText('This password does not open').waitFor();
    },
  },
  'the history of a note': {
    start: 'main',
    async act(page) {
      await button(page, 'Note options').click();
      await page.getByRole('menuitem', { name: 'History…' }).click();
      await page.getByRole('option', { name: /Ben Okafor/ }).click();
      await button(page, 'Restore this version').waitFor();
    },
  },
  'removing a member': {
    start: 'main',
    async act(page) {
      await button(page, /^Members/).click();
      await button(page, 'Ben Okafor: Can edit. Change').click();
      await page.getByRole('menuitem', { name: 'Remove from space' }).click();
      await button(page, 'Remove member').waitFor();
    },
  },
  'invitations that cannot be shown': {
    start: 'main',
    async act(page) {
      await page.evaluate(() => (double.failing = 'invitations.list'));
      await button(page, /^Members/).click();
      await page.getByRole('alert').getByRole('heading', { name: 'The invitations cannot be shown' }).waitFor();
    },
  },
  'a space one was removed from': {
    start: 'main',
    act: (page) =>
      page.evaluate(() => {
        const [space] = double.spaces.values();
        if (space !== undefined) space.ended = { kind: 'removed', by: 'Mira Lindqvist', unsent: false };
        double.changed();
      }),
  },
  'deleting a space for everyone': {
    start: 'main',
    async act(page) {
      await button(page, 'Options for Garden').click();
      await page.getByRole('menuitem', { name: 'Delete for everyone' }).click();
      await page.getByRole('textbox', { name: 'Type “Garden” to be sure' }).fill('Garden');
    },
  },
  'leaving a space': {
    start: 'main',
    async act(page) {
      await button(page, 'Options for Family').click();
      await page.getByRole('menuitem', { name: 'Leave space' }).click();
      await button(page, 'Leave space').waitFor();
    },
  },
  'the room that spaces take': {
    start: 'main',
    async act(page) {
      await button(page, 'Settings').first().click();
      await page.getByRole('tab', { name: 'Storage' }).click();
      await page.getByRole('list', { name: 'Spaces by size' }).waitFor();
    },
  },
  'old changes that are being made smaller': {
    start: 'main',
    async act(page) {
      await button(page, 'Settings').first().click();
      await page.getByRole('tab', { name: 'Storage' }).click();
      await page.evaluate(() => {
        double.storageTask = { task: 'compacting', share: 0.42 };
        double.changed();
      });
      await button(page, 'Cancel').waitFor();
    },
  },
  'a daily backup that has failed for days': {
    start: 'main',
    async act(page) {
      await page.evaluate(
        (since) => {
          const message = 'There is not enough room there for the backup. Make some room, or choose another disk.';
          double.backups = { ...double.backups, failing: { since, message, long: true } };
          double.changed();
        },
        Date.now() - 4.5 * 86_400_000,
      );
      await page.getByText('No backup for 4 days').waitFor();
      await button(page, 'See what to do').click();
      await page.getByTestId('backup-failing').waitFor();
    },
  },
  'looking for the host': { start: 'main', act: join },
  'joining by file': { start: 'main', act: joinByFile },
  'joining by file after wrong digits': {
    start: 'main',
    act: (page) => joinShown(page, 'guest', { state: 'digits', wrongCode: true, attemptsLeft: 2 }),
  },
  'handing over by file': { start: 'main', act: handOver },
  'handing over by file with the digits': {
    start: 'main',
    async act(page) {
      await handOver(page);
      await page.keyboard.press('Escape');
      await joinShown(page, 'host', { state: 'answered', step: 2, authenticationCode: '402917' });
    },
  },
  'handing over by file to who asks': {
    start: 'main',
    async act(page) {
      await handOver(page);
      await page.keyboard.press('Escape');
      const guest = { identityId: 'b'.repeat(64), name: 'Ben Okafor', avatar: 'ben', hue: 1, deviceName: 'laptop' };
      await joinShown(page, 'host', { state: 'asking', guest: { ...guest, deviceId: 'e'.repeat(64) } });
    },
  },
  'the words for splitting': {
    start: 'split confirmed',
    page: 'phrase-page.html',
    act: (page) => button(page, 'Continue').click(),
  },
  'the words for removing devices': { start: 'revoke', page: 'phrase-page.html' },
  'shares are split': {
    start: 'split',
    page: 'phrase-page.html',
    async act(page) {
      await button(page, 'Make the shares').click();
      for (const next of ['Next share', 'Next share', 'Done']) await button(page, next).click();
    },
  },
  'three words of the phrase': {
    start: '',
    page: 'phrase-page.html',
    async act(page) {
      await button(page, 'Show the words').click();
      await button(page, 'I have written them down').click();
    },
  },
} as const satisfies Readonly<Record<string, Scene>>;

export const SCENES: Readonly<Record<keyof typeof OF_DIALOGS | keyof typeof OTHERS, Scene>> = {
  ...OF_DIALOGS,
  ...OTHERS,
};

/** Where each kind of dialog is looked at: one without a scene does not compile. */
export const DIALOGS: Readonly<Record<Dialog['kind'], keyof typeof SCENES>> = {
  'create-space': 'other owners of a new space',
  'rename-space': 'a new name for a space',
  members: 'the members',
  bundle: 'a sync by file that builds on what is not here',
  'space-points': 'the meeting points of a space',
  files: 'what was left out of an import',
  'export-space': 'two passwords that differ',
  'import-space': 'an archive that the password does not open',
  history: 'the history of a note',
  'remove-member': 'removing a member',
  'end-space': 'leaving a space',
  invite: 'a new invitation',
  withdraw: 'an invitation to be withdrawn',
  join: 'looking for the host',
  settings: 'the settings',
  'safety-words': 'words to compare with a member',
  'add-device': 'a device to be added',
  'rename-device': 'a new name for a device',
  'remove-device': 'a device to be removed',
  'remove-devices': 'lost devices to be removed',
  palette: 'the command palette',
  switch: 'the way to another note',
  help: 'the keys',
  link: 'an address that is not opened',
};
