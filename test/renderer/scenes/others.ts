/** Scenes of views, of what a dialog shows on its way, and of the phrase window. */
import type { HostDouble } from '../host-double.ts';
import { button, join, byFile, asFiles, joinByFile, handOver, joinShown, type Scene } from './ways.ts';

declare const double: HostDouble;

export const OTHERS = {
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
