/** Every view and dialog of the interface, and how a person gets there. `double` is the page's host double. */
import type { Page } from 'playwright';
import type { HostDouble } from './host-double.ts';

declare const double: HostDouble;
export const CODE = 'cove1qy352euf40x77lfrg4ncn27daljxsvg4y0pzcm8fw9k3dvs2t6j4hn0rqx5a7e3lk9uwpzy6dm2c';

export interface Scene {
  readonly start: string;
  readonly page?: 'phrase-page.html';
  act?(page: Page): Promise<unknown>;
}
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

async function invite(page: Page, change: Record<string, unknown> = {}): Promise<void> {
  await button(page, 'Share').click();
  await button(page, 'Create invitation').click();
  await page.getByTestId('invitation-code').waitFor();
  await page.evaluate((next) => double.invitation([...double.invitations.keys()][0] ?? '', next), change);
}
async function join(page: Page): Promise<void> {
  await button(page, 'Join a space').click();
  await page.getByRole('textbox', { name: 'Invitation code or link' }).fill(`Ada wrote: ${CODE} see you`);
  await button(page, 'Continue').click();
  await page.getByTestId('joining-state').waitFor();
}
async function digitsWanted(page: Page): Promise<void> {
  await join(page);
  await page.evaluate(() => double.joining([...double.joinings.keys()][0] ?? '', { state: 'code' }));
  await page.getByRole('textbox', { name: 'Six-digit code' }).waitFor();
}
const lockedOut = { type: 'locked', message: '3 wrong codes: someone else may hold this invitation.', detail: {} };

export const SCENES: Readonly<Record<string, Scene>> = {
  'first run': { start: 'first-run' },
  'a failed start': { start: 'failed' },
  'no spaces yet': { start: 'no-spaces' },
  'no notes yet': { start: 'no-notes' },
  'three panes': { start: 'main' },
  'a note being edited': { start: 'main', act: (page) => page.locator('.cm-line').first().click() },
  'ten thousand notes': { start: 'many' },
  'spaces as icons': { start: 'main', act: (page) => button(page, 'Collapse spaces').click() },
  'new space': { start: 'main', act: (page) => button(page, 'New space').click() },
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
  members: {
    start: 'main',
    async act(page) {
      await invite(page);
      await button(page, 'Close').last().click();
      await button(page, /^Members/).click();
      await button(page, 'Revoke').waitFor();
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
  'removing a member': {
    start: 'main',
    async act(page) {
      await button(page, /^Members/).click();
      await button(page, 'Ben Okafor: Can edit. Change').click();
      await page.getByRole('menuitem', { name: 'Remove from space' }).click();
      await button(page, 'Remove member').waitFor();
    },
  },
  'a space one was removed from': {
    start: 'main',
    act: (page) =>
      page.evaluate(() => {
        const [space] = double.spaces.values();
        if (space !== undefined) space.ended = { kind: 'removed', by: 'Mira Lindqvist' };
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
  'a new invitation': { start: 'main', act: (page) => button(page, 'Share').click() },
  'the code to send': { start: 'main', act: (page) => invite(page) },
  'the digits to tell': { start: 'main', act: (page) => invite(page, { state: 'code', fails: 1 }) },
  'someone asks to be let in': {
    start: 'main',
    act: (page) =>
      invite(page, {
        state: 'admitting',
        asking: {
          ...{ identityId: 'b'.repeat(64), name: 'Ben Okafor', avatar: 'ben', hue: 1 },
          ...{ deviceId: 'e'.repeat(64), deviceName: 'Ben’s laptop' },
        },
      }),
  },
  'a used invitation': { start: 'main', act: (page) => invite(page, { state: 'joined', joinedName: 'Ben' }) },
  'a locked invitation': { start: 'main', act: (page) => invite(page, { state: 'ended', ended: lockedOut }) },
  'no code in the box': {
    start: 'main',
    async act(page) {
      await button(page, 'Join a space').click();
      await page.getByRole('textbox', { name: 'Invitation code or link' }).fill('cove1nonsense');
      await page.getByRole('alert').waitFor();
    },
  },
  'looking for the host': { start: 'main', act: join },
  'six cells': { start: 'main', act: digitsWanted },
  'a wrong code': {
    start: 'main',
    async act(page) {
      await digitsWanted(page);
      await page.keyboard.type('111111');
      await page.getByText('2 attempts left').waitFor();
    },
  },
  settings: { start: 'main', act: (page) => button(page, 'Settings').click() },
  'meeting points': {
    start: 'main',
    async act(page) {
      await button(page, 'Settings').click();
      await page.getByRole('tab', { name: 'Connection' }).click();
    },
  },
  'the doctor': {
    start: 'main',
    async act(page) {
      await button(page, 'Settings').click();
      await page.getByRole('tab', { name: 'Doctor' }).click();
      await button(page, 'Copy a report').waitFor();
    },
  },
  about: {
    start: 'main',
    async act(page) {
      await button(page, 'Settings').click();
      await page.getByRole('tab', { name: 'About' }).click();
    },
  },
  'the palette': { start: 'main', act: (page) => page.keyboard.press('Control+k') },
  'going to a note': {
    start: 'main',
    async act(page) {
      await page.keyboard.press('Control+p');
      await page.getByRole('combobox').fill('com');
    },
  },
  'the help sheet': { start: 'main', act: (page) => page.keyboard.press('Control+/') },
  'search results': {
    start: 'main',
    async act(page) {
      await page.getByRole('searchbox').fill('compost');
      await page.getByRole('listbox', { name: 'Search results' }).waitFor();
    },
  },
  'nothing found': { start: 'main', act: (page) => page.getByRole('searchbox').fill('zeppelin') },
  'a deleted note': {
    start: 'main',
    async act(page) {
      await button(page, 'Note options').click();
      await page.getByRole('menuitem', { name: 'Delete note' }).click();
      await page.getByTestId('toast').waitFor();
    },
  },
  'the sync state': { start: 'main', act: (page) => page.getByTestId('sync-state').click() },
  'finding in a note': { start: 'main', act: (page) => page.keyboard.press('Control+f') },
  'a menu': { start: 'main', act: (page) => button(page, 'Options for Garden').click() },
  'the phrase': { start: '', page: 'phrase-page.html', act: (page) => button(page, 'Show the words').click() },
  'three words of it': {
    start: '',
    page: 'phrase-page.html',
    async act(page) {
      await button(page, 'Show the words').click();
      await button(page, 'I have written them down').click();
    },
  },
};
