/**
 * The interface in a real window, on the host double and under the app's own policy: what is hard to reach with two
 * real computers (a failed start, thousands of notes, broken lines, wrong codes in every order) is accessible in both
 * themes, breaks no rule of the policy, and behaves.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ElectronApplication, Locator, Page } from 'playwright';
import { launchElectron } from '../electron/launch.ts';
import { plant, violations } from './accessibility.ts';
import type { HostDouble } from './host-double.ts';
import { CODE, deleteNote, DIALOGS, digitsWanted, SCENES } from './scenes.ts';
import { serve } from './serve.ts';

declare const double: HostDouble;
const folder = mkdtempSync(join(tmpdir(), 'cove-interface-'));
const complaints: string[] = [];
let site: { url: string; stop(): void };
let app: ElectronApplication;
let page: Page;

beforeAll(async () => {
  const executablePath = process.env['COVE_ELECTRON'];
  if (executablePath === undefined) throw new Error('COVE_ELECTRON names no Electron: run this through npm test');
  site = await serve(join(folder, 'site'));
  app = await launchElectron(executablePath, {
    app: join(import.meta.dirname, 'window'),
    args: [`--user-data-dir=${join(folder, 'profile')}`],
    env: { ...(process.env as Record<string, string>), COVE_TEST_PAGE: `${site.url}/page.html` },
  });
  page = await app.firstWindow();
  page.setDefaultTimeout(10_000);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
});
afterAll(async () => {
  await app?.close();
  site?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => complaints.splice(0));

async function open(start: string, file = 'page.html', width = 1280, height = 800): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate(() => localStorage.clear());
  await page.goto(`${site.url}/${file}?scene=${start}`);
  await page.getByRole('main').waitFor();
}
describe('these views and dialogs are accessible and keep to the policy', () => {
  const OF_DIALOGS = new Set<string>(Object.values(DIALOGS));
  for (const theme of ['light', 'dark'] as const) {
    for (const [name, { start, page: file, act }] of Object.entries(SCENES)) {
      test(`${name}, ${theme}`, async () => {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await open(start, file);
        await act?.(page);
        if (OF_DIALOGS.has(name)) await page.getByRole('dialog').waitFor();
        expect(await violations(page)).toEqual([]);
        expect(complaints).toEqual([]);
      });
    }
  }
  test('a planted fault is found: an unnamed button, and a style that the policy forbids', async () => {
    await open('main');
    await plant(page);
    expect((await violations(page)).join()).toContain('button-name');
    expect(complaints.join()).toContain('Content Security Policy');
  });
});

describe('the editor', () => {
  const text = () => page.evaluate(() => double.text(...first()));
  async function inNote(): Promise<void> {
    await page.addInitScript(() => {
      Object.assign(window, {
        first: () => {
          const [spaceId, space] = [...double.spaces][0] as [string, { notes: Map<string, { title: string }> }];
          const [noteId] = [...space.notes].find(([, note]) => note.title === 'Garden plan') as [string, unknown];
          return [spaceId, noteId];
        },
      });
    });
    await open('main');
    await page.locator('.cm-line').first().click();
  }

  test('typing arrives, and an undo takes back only that', async () => {
    await inNote();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('Mine. ');
    await expect.poll(text).toMatch(/^Mine\. A plan/);
    await page.evaluate(() => double.type(...first(), 0, 'Theirs. '));
    await page.locator('.cm-line', { hasText: 'Theirs. Mine.' }).waitFor();
    await page.keyboard.press('Control+z');
    await expect.poll(text).toMatch(/^Theirs\. A plan/);
  });

  test('the caret stays with its words while others type before it', async () => {
    await inNote();
    await page.keyboard.press('Control+Home');
    for (let n = 0; n < 6; n++) await page.keyboard.press('ArrowRight');
    await page.evaluate(() => double.type(...first(), 0, 'Well: '));
    await page.locator('.cm-line', { hasText: 'Well: A plan' }).waitFor();
    await page.keyboard.type('|');
    await expect.poll(text).toMatch(/^Well: A plan\|/);
  });

  test('a broken line is taken up again and nothing typed is lost', async () => {
    await inNote();
    await page.keyboard.press('Control+Home');
    await page.evaluate(() => double.hangUp(...first()));
    await page.keyboard.type('Still here. ');
    await expect.poll(text, { timeout: 10_000 }).toMatch(/^Still here\. A plan/);
  });

  test('a check box is ticked by a click, and the caret does not move there', async () => {
    await inNote();
    await page.getByRole('checkbox', { name: 'Task: Turn the compost, twice' }).click();
    await expect.poll(text).toContain('- [x] Turn the compost');
    await expect.poll(() => page.locator('.cm-line').first().textContent()).toContain('**roughly**');
  });

  test('no picture is fetched from the web', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await inNote();
    await page.keyboard.press('Control+End');
    await page.getByText('Image from the web, not loaded').waitFor();
    expect(asked.filter((url) => !url.startsWith(site.url) && !url.startsWith('data:'))).toEqual([]);
  });

  test('other people have their cursor and name, which are no part of the text', async () => {
    await inNote();
    await page.locator('.cm-remote-cursor[data-name="Ben Okafor"]').waitFor();
    expect(await page.locator('.cm-content').innerText()).not.toContain('Ben Okafor');
  });
});
declare function first(): [string, string];

describe('lists and layout', () => {
  test('ten thousand notes scroll with a handful of rows', async () => {
    await open('many');
    const list = page.getByRole('listbox', { name: 'Notes' });
    await list.focus();
    await page.keyboard.press('End');
    await page.getByRole('option', { name: 'Note 9999' }).waitFor();
    expect(await page.getByRole('option').count()).toBeLessThan(40);
  });

  test('a deleted note comes back with Undo', async () => {
    await open('main');
    await deleteNote(page);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('option', { name: /^Garden plan/ }).waitFor();
  });

  test('panes are resized with the keyboard, and remember it', async () => {
    await open('main');
    const splitter = page.getByRole('separator', { name: 'Width of the notes pane' });
    const before = Number(await splitter.getAttribute('aria-valuenow'));
    await splitter.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => splitter.getAttribute('aria-valuenow')).toBe(String(before + 8));
    await page.reload();
    await splitter.waitFor();
    await expect.poll(() => splitter.getAttribute('aria-valuenow')).toBe(String(before + 8));
  });

  for (const [width, height] of [
    [900, 600],
    [800, 600],
    [640, 600],
  ] as const) {
    test(`nothing is cut off at ${width}×${height}, the panes being as wide as they go`, async () => {
      await open('main');
      for (const pane of ['spaces', 'notes']) await page.getByRole('separator', { name: pane }).press('End');
      await page.setViewportSize({ width, height });
      // The panes take their new widths in the next frames.
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await violations(page)).toEqual([]);
    });
  }
});

describe('the keyboard', () => {
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim(),
    );

  test('a new note has its title focused, another note being open', async () => {
    await open('main');
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+n');
    await expect.poll(focused).toBe('Title');
    expect(await page.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('');
  });

  test('what is typed after a quick switch goes into that note', async () => {
    await open('main');
    await page.keyboard.press('Control+p');
    await page.keyboard.type('Greenh');
    await page
      .getByRole('option', { name: /^Greenhouse/ })
      .last()
      .waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('Note text');
    await page.keyboard.type('Typed. ');
    await page.locator('.cm-line', { hasText: 'Typed. Mira has measured it' }).waitFor();
  });

  test('the focus lands in the list after a note is deleted from its menu, and after a space is left', async () => {
    await open('main');
    await deleteNote(page);
    await expect.poll(focused).toBe('Notes');
    await SCENES['leaving a space']?.act?.(page);
    await page.getByRole('button', { name: 'Leave space' }).click();
    await page.getByTestId('toast').getByText('You left Family').waitFor();
    await expect.poll(focused).toBe('Notes');
  });

  test('a note deleted from the list comes back with Ctrl+Z there', async () => {
    await open('main');
    await page.getByRole('listbox', { name: 'Notes' }).focus();
    await page.keyboard.press('Delete');
    await page.getByTestId('toast').waitFor();
    await page.keyboard.press('Control+z');
    await page.getByRole('option', { name: /^Garden plan/, selected: true }).waitFor();
    await expect.poll(focused).toBe('Notes');
    expect(await page.getByTestId('toast').count()).toBe(0);
  });

  test('a message over a dialog is reached with F6, and is no way out of the dialog', async () => {
    await open('main');
    await SCENES['removing a member']?.act?.(page);
    await page.getByRole('button', { name: 'Remove member' }).click();
    const dialog = page.getByRole('dialog', { name: /^Members of/ });
    await dialog.waitFor();
    const within = () => page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null);
    await page.getByTestId('toast').waitFor();
    await expect.poll(within).toBe(true);
    await page.keyboard.press('F6');
    await expect.poll(focused).toBe('Invite again');
    await page.keyboard.press('Escape');
    await expect.poll(within).toBe(true);
    await page.getByTestId('toast').click({ position: { x: 8, y: 8 } });
    expect(await dialog.count()).toBe(1);
    await page.keyboard.press('F6');
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('Can edit');
  });

  test('a name that is too long is said to be so while it is typed, and what was pasted stays to be shortened', async () => {
    await open('main');
    await page.getByRole('button', { name: 'New space' }).click();
    const field = page.getByRole('textbox', { name: 'Name of the space' });
    await field.fill('x'.repeat(70));
    await page.getByText('That is 6 characters too long: a name has 64 at most.').waitFor();
    await page.keyboard.press('Enter');
    expect(await page.getByRole('button', { name: 'Create space' }).isDisabled()).toBe(true);
    expect((await field.inputValue()).length).toBe(70);
    for (let n = 0; n < 6; n++) await page.keyboard.press('Backspace');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('Enter in an invitation’s choices makes it', async () => {
    await open('main');
    await page.getByRole('button', { name: 'Share' }).click();
    await expect.poll(focused).toBe('Can edit');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByTestId('invitation-code').waitFor();
    expect(await page.evaluate(() => [...double.invitations.values()].map(({ role }) => role))).toEqual(['reader']);
  });

  test('an admin is offered the roles that an admin may give', async () => {
    await open('main');
    const roles = () => page.getByRole('radio', { name: /^Can (edit|read|manage)/ }).count();
    await page.getByRole('button', { name: 'Share' }).click();
    await expect.poll(roles).toBe(3);
    await page.keyboard.press('Escape');
    await page.evaluate(() => {
      for (const space of double.spaces.values()) space.role = 'admin';
      double.changed();
    });
    await page.getByRole('button', { name: 'Share' }).click();
    await expect.poll(roles).toBe(2);
  });

  test('the drawer takes the focus and gives it back', async () => {
    await open('main', 'page.html', 800, 600);
    await page.locator('.cm-content').focus();
    await expect.poll(focused).toBe('Note text');
    await page.keyboard.press('Control+\\');
    await expect.poll(focused).toBe('Garden');
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe('Note text');
  });

  test('arrows go through the list where it is the only pane; Enter opens the note', async () => {
    await open('main', 'page.html', 640, 600);
    await page.getByRole('listbox', { name: 'Notes' }).focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toBe('Notes');
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('Note text');
  });
});

test('names as long as they may be push no button out of its dialog or toast', async () => {
  await open('main', 'page.html', 800, 600);
  await page.evaluate(() => {
    const [space] = double.spaces.values();
    if (space === undefined) return;
    space.name = 'Donaudampfschifffahrt'.repeat(9);
    space.others = space.others.map((person) => ({ ...person, name: 'Wolfeschlegelsteinhausen'.repeat(2) }));
    double.changed();
  });
  const inside = (outer: string, inner: RegExp | string) => async () => {
    const box = await page.locator(outer).boundingBox();
    const button = await page.locator(outer).getByRole('button', { name: inner }).boundingBox();
    return (
      box !== null && button !== null && button.x + button.width <= box.x + box.width && button.y + button.height <= 600
    );
  };
  await page.getByRole('button', { name: /^Members/ }).click();
  await page.getByRole('button', { name: /Can edit. Change$/ }).click();
  await page.getByRole('menuitem', { name: 'Remove from space' }).click();
  await expect.poll(inside('[role=dialog]', 'Remove member')).toBe(true);
  await page.getByRole('button', { name: 'Remove member' }).click();
  await expect.poll(inside('.toast', 'Dismiss')).toBe(true);
});

describe('joining', () => {
  test('a link that opened the app fills the box and does nothing else', async () => {
    await open('main');
    await page.evaluate((code) => {
      double.link = `cove://join#${code}`;
      double.changed();
    }, 'cove1something');
    const box = page.getByRole('textbox', { name: 'Invitation code or link' });
    await expect.poll(() => box.inputValue()).toBe('cove://join#cove1something');
    const called = await page.evaluate(() => double.calls.map(({ name }) => name));
    expect(called).not.toContain('invitations.accept');
  });

  test('a long message is looked through for its code, and one that is too long is called that', async () => {
    await open('main');
    await page.getByRole('button', { name: 'Join a space' }).click();
    const box = page.getByRole('textbox', { name: 'Invitation code or link' });
    await box.fill(`${'As I said last time. '.repeat(300)}${CODE}`);
    await page.getByText('This code is good').waitFor();
    await box.fill(`${'As I said last time. '.repeat(900)}${CODE}`);
    await page.getByText('That is too long to look through').waitFor();
    await box.fill('cove1wrong');
    const asked = () => page.evaluate(() => double.calls.filter(({ name }) => name === 'invitations.check').length);
    await page.getByText('This is not a valid invitation code').waitFor();
    const before = await asked();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await asked()).toBe(before);
  });

  test('a link waits while another question is open', async () => {
    await open('main');
    await page.keyboard.press('Control+Shift+n');
    await page.getByRole('textbox', { name: 'Name of the space' }).fill('House');
    await page.evaluate(() => {
      double.link = 'cove://join#cove1something';
      double.changed();
    });
    await page.waitForTimeout(300);
    expect(await page.getByRole('textbox', { name: 'Name of the space' }).inputValue()).toBe('House');
    await page.keyboard.press('Escape');
    await page.getByRole('textbox', { name: 'Invitation code or link' }).waitFor();
  });

  test('three wrong codes end it with a sentence and a way on', async () => {
    await open('main');
    await digitsWanted(page);
    for (const left of [2, 1]) {
      await page.keyboard.type('111111');
      await page.getByText(new RegExp(`${left} attempts? left`)).waitFor();
    }
    await page.keyboard.type('111111');
    await page.getByRole('button', { name: 'Try another code' }).waitFor();
    expect(await page.getByTestId('joining-state').getAttribute('data-state')).toBe('ended');
  });

  test('digits can be typed again after a connection lost while they were checked, and it says why', async () => {
    await open('main');
    await digitsWanted(page);
    // As the engine does it: the answer is null at once, and the connection goes in the middle of the proof.
    await page.evaluate(() => {
      const call = double.call.bind(double);
      const checking: HostDouble['call'] = (name, input) => {
        if (name !== 'invitations.authenticate') return call(name, input);
        double.joining([...double.joinings.keys()][0] as string, { state: 'checking', problem: null });
        return Promise.resolve({ ok: true, value: null as never });
      };
      Object.assign(double, { call: checking });
    });
    const field = page.getByRole('textbox', { name: 'Six-digit code' });
    await page.keyboard.type('111111');
    await page.locator('[data-testid=joining-state][data-state=checking]').waitFor();
    expect([await field.isDisabled(), await field.inputValue()]).toEqual([true, '111111']);
    const problem = { type: 'timeout', message: 'The connection was lost.', detail: {} };
    for (const state of ['locating', 'connecting', 'code'] as const) {
      await page.evaluate((change) => double.joining([...double.joinings.keys()][0] as string, change), {
        state,
        problem,
      });
      await page.locator(`[data-testid=joining-state][data-state=${state}]`).waitFor();
      await page.getByRole('alert').getByText('The connection was lost.').waitFor();
    }
    expect([await field.isDisabled(), await field.inputValue()]).toEqual([false, '']);
  });

  test('a join that goes through the meeting point says so while it is under way', async () => {
    await open('main');
    await digitsWanted(page);
    const said = page.getByText('this goes through the meeting point');
    const change = (to: object) =>
      page.evaluate((it) => double.joining([...double.joinings.keys()][0] as string, it), to);
    expect(await said.count()).toBe(0);
    await change({ relayed: true });
    await said.waitFor();
    await change({ state: 'ended', ended: { type: 'revoked', message: 'Withdrawn.', detail: {} } });
    await page.getByText('Withdrawn.').waitFor();
    expect(await said.count()).toBe(0);
  });

  test('a join that ends while its dialog is closed says so until that was seen', async () => {
    await open('main');
    await SCENES['looking for the host']?.act?.(page);
    await page.keyboard.press('Escape');
    const ended = { type: 'not-found', message: 'Nobody answered.', detail: {} };
    await page.evaluate(
      (failure) => double.joining([...double.joinings.keys()][0] ?? '', { state: 'ended', ended: failure }),
      ended,
    );
    const row = page.getByTestId('ended-unseen');
    await row.getByText('Nobody answered.').waitFor();
    expect(await violations(page)).toEqual([]);
    await row.getByRole('button', { name: 'Joining a space did not work' }).click();
    // The code was in the box of a dialog that is gone, so only another one can be offered.
    await page.getByRole('button', { name: 'Try another code' }).waitFor();
    expect(await page.getByRole('button', { name: 'Try the same code again' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await expect.poll(() => row.count()).toBe(0);
  });

  for (const [mode, width] of [
    ['three panes', 1280],
    ['a drawer', 800],
    ['a stack', 640],
  ] as const) {
    test(`who connects, and who asks to be let in, is told while the invitation’s dialog is closed: ${mode}`, async () => {
      await open('main');
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByRole('button', { name: 'Create invitation' }).click();
      await page.getByTestId('invitation-code').waitFor();
      await page.keyboard.press('Escape');
      await page.setViewportSize({ width, height: 600 });
      const change = (to: Parameters<HostDouble['invitation']>[1]) =>
        page.evaluate((it) => double.invitation([...double.invitations.keys()][0] ?? '', it), to);
      await change({ state: 'code' });
      const row = page.getByTestId('wanting');
      await row.getByText('Tell them the six digits for Garden').waitFor();
      const guest = { identityId: 'b'.repeat(64), name: 'Ben Okafor', avatar: 'ben', hue: 1 };
      await change({ state: 'admitting', asking: { ...guest, deviceId: 'f'.repeat(64), deviceName: '' } });
      await row.getByText('Ben Okafor asks to join').waitFor();
      expect(await violations(page)).toEqual([]);
      await row.getByRole('button').press('Enter');
      await page.getByRole('button', { name: 'Let in' }).waitFor();
      // The same key once more answers nothing.
      await expect.poll(() => page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Close');
      await page.getByRole('button', { name: 'Let in' }).click();
      await expect.poll(() => row.count()).toBe(0);
    });
  }

  test('an invitation can be withdrawn where it stands while somebody is connecting, and another one made', async () => {
    await open('main');
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByRole('button', { name: 'Create invitation' }).click();
    await page.getByTestId('invitation-code').waitFor();
    const change = (to: Parameters<HostDouble['invitation']>[1]) =>
      page.evaluate((it) => double.invitation([...double.invitations.keys()][0] ?? '', it), to);
    // By this computer's clock it ought to be over: the moment is not named then.
    await change({ expiresAt: 1 });
    await page.getByText('Ends at any moment').waitFor();
    await change({ state: 'code' });
    await page.getByTestId('authentication-code').waitFor();
    await page.getByRole('button', { name: 'Revoke…' }).click();
    // It cannot be undone: Escape, and the first Enter, leave it as it was.
    await page.getByRole('heading', { name: /^Withdraw this invitation to/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('authentication-code').waitFor();
    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('button', { name: 'Withdraw invitation' }).click();
    await page.getByRole('alert').getByText('This invitation was withdrawn.').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true);
    await page.getByRole('button', { name: 'Make a new invitation' }).click();
    await page.getByRole('button', { name: 'Create invitation' }).waitFor();
  });

  test('a hosted invitation that wrong codes closed says so, and can be put away', async () => {
    await open('main');
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByRole('button', { name: 'Create invitation' }).click();
    await page.getByTestId('invitation-code').waitFor();
    await page.keyboard.press('Escape');
    const ended = { type: 'locked', message: 'Three wrong codes were typed.', detail: {} };
    await page.evaluate(
      (failure) => double.invitation([...double.invitations.keys()][0] ?? '', { state: 'ended', ended: failure }),
      ended,
    );
    const row = page.getByTestId('ended-unseen');
    await row.getByText('Three wrong codes were typed.').waitFor();
    await row.getByRole('button', { name: 'Close', exact: true }).click();
    await expect.poll(() => row.count()).toBe(0);
    expect(await page.evaluate(() => localStorage.getItem('cove.seen-ends'))).toMatch(/[0-9a-f]/);
  });

  test('an invitation for several people says who has joined, and stays open for the next', async () => {
    await open('main');
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByLabel('Several people may use it').click();
    await page.getByRole('button', { name: 'Create invitation' }).click();
    await page.getByTestId('invitation-code').waitFor();
    await page.evaluate(() =>
      double.invitation([...double.invitations.keys()][0] ?? '', { uses: 1, maxUses: 10, joinedName: 'Ben' }),
    );
    await page.getByTestId('joined-so-far').getByText('Ben has joined: 1 of 10 so far').waitFor();
    await page.getByTestId('invitation-code').waitFor();
  });

  test('of two who ask at once each is answered alone, and who comes in by another invitation is announced over the dialog', async () => {
    await open('main');
    for (const label of ['Ask me before letting anyone in', 'Several people may use it']) {
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByLabel(label).click();
      await page.getByRole('button', { name: 'Create invitation' }).click();
      await page.getByTestId('invitation-code').waitFor();
      if (label.startsWith('Ask')) await page.keyboard.press('Escape');
    }
    const change = (at: number, to: Parameters<HostDouble['invitation']>[1]) =>
      page.evaluate(([n, it]) => double.invitation([...double.invitations.keys()][n] ?? '', it), [at, to] as const);
    await change(0, { uses: 1, joinedName: 'Mira' });
    await page
      .getByTestId('toast')
      .getByText(/^Mira has joined/)
      .waitFor();
    const asking = (name: string, deviceId: string) =>
      change(1, {
        state: 'admitting',
        asking: { identityId: deviceId, name, avatar: name, hue: 1, deviceId, deviceName: 'Laptop' },
      });
    await asking('Ben', 'b');
    await page.getByRole('button', { name: 'Let in' }).click();
    await asking('Cid', 'c');
    const letIn = page.getByRole('button', { name: 'Let in' });
    await page.getByText('Cid asks to join').waitFor();
    expect(await letIn.isDisabled()).toBe(true);
    await letIn.click();
    const answered = await page.evaluate(() =>
      double.calls.flatMap(({ name, input }) => (name === 'invitations.answer' ? [input] : [])),
    );
    expect(answered.map((one) => (one as { deviceId: string }).deviceId)).toEqual(['b', 'c']);
  });

  test('who comes in while no dialog is open is announced, and so is being let in oneself', async () => {
    await open('main');
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByRole('button', { name: 'Create invitation' }).click();
    await page.getByTestId('invitation-code').waitFor();
    await page.keyboard.press('Escape');
    await page.evaluate(() =>
      double.invitation([...double.invitations.keys()][0] ?? '', { state: 'joined', uses: 1, joinedName: 'Ben' }),
    );
    await page
      .getByTestId('toast')
      .getByText(/^Ben has joined \w/)
      .waitFor();
    await digitsWanted(page);
    await page.keyboard.press('Escape');
    await page.evaluate(() => double.joining([...double.joinings.keys()][0] ?? '', { state: 'joined' }));
    await page.getByTestId('toast').getByText('You joined the space').waitFor();
  });

  test('the right code opens the space', async () => {
    await open('main');
    await digitsWanted(page);
    await page.keyboard.type('402917');
    await page.getByTestId('toast').getByText('You joined Kitchen renovation').waitFor();
    await page.getByRole('heading', { name: 'Kitchen renovation', level: 2 }).waitFor();
  });
});

test('of lost devices the person chooses which go, none is chosen before, and the words are asked for once', async () => {
  await open('main');
  await SCENES['lost devices to be removed'].act?.(page);
  const boxes = page.getByRole('dialog').getByRole('checkbox');
  expect(await Promise.all((await boxes.all()).map((box) => box.isChecked()))).toEqual([false, false]);
  const go = page.getByRole('button', { name: 'Type the words' });
  expect(await go.isDisabled(), 'nothing is chosen').toBe(true);
  for (const box of await boxes.all()) await box.check();
  await go.click();
  await page.getByTestId('lost-devices').waitFor();
  const asked = await page.evaluate(() =>
    double.calls.flatMap(({ name, input }) => (name === 'devices.revokeWithPhrase' ? [input] : [])),
  );
  expect(asked).toEqual([{ deviceIds: ['1'.repeat(64), '2'.repeat(64)] }]);
});

test('several devices can be removed together also after another own device has answered', async () => {
  await open('main');
  await page.keyboard.press('Control+,');
  await page.getByRole('tab', { name: 'Devices' }).click();
  await page.getByRole('button', { name: 'Options for Ada’s phone' }).waitFor();
  const others = page.getByRole('button', { name: 'Remove the others…' });
  expect(await others.count(), 'of two devices one goes by its own menu').toBe(0);
  await page.evaluate(() => {
    double.tablet = true;
    double.changed();
  });
  await others.click();
  expect(await page.getByRole('dialog').getByRole('checkbox').count()).toBe(2);
});

test('recovery words typed as a share are known for what they are, and the way to type them is named', async () => {
  await open('revoke', 'phrase-page.html');
  await page.getByRole('button', { name: 'I have shares' }).click();
  const box = page.getByRole('textbox', { name: 'Recovery share' });
  await box.fill('abandon ability able about above absent absorb abstract absurd abuse access accident');
  await page.getByRole('button', { name: 'Add share' }).click();
  await page.getByRole('alert').getByText('These look like the twelve recovery words').waitFor();
  await box.fill('not a share');
  await page.getByRole('button', { name: 'Add share' }).click();
  await page.getByRole('alert').getByText('This is not a whole recovery share.').waitFor();
  await page.getByRole('button', { name: 'Words instead' }).click();
  expect(await page.getByRole('textbox').count()).toBe(12);
});

test('a list of servers that another window saves is followed, but not over what is being typed', async () => {
  await open('main');
  await page.keyboard.press('Control+,');
  await page.getByRole('tab', { name: 'Connection' }).click();
  const field = page.getByLabel('Meeting point addresses');
  const savedElsewhere = (chosen: string[]) =>
    page.evaluate((list) => {
      double.settings = { ...double.settings, chosen: list };
      double.changed();
    }, chosen);
  await savedElsewhere(['mqtts://one.example']);
  await expect.poll(() => field.inputValue()).toBe('mqtts://one.example');
  await field.fill('mqtts://one.example\nmqtts://mine.example');
  await savedElsewhere(['mqtts://two.example']);
  await page.waitForTimeout(200);
  expect(await field.inputValue()).toBe('mqtts://one.example\nmqtts://mine.example');
});

test('looking for members on this network is switched off and on, and is no switch where it is fixed', async () => {
  await open('main');
  await page.keyboard.press('Control+,');
  await page.getByRole('tab', { name: 'Connection' }).click();
  const box = page.getByRole('checkbox', { name: 'Look for members on this network' });
  await box.uncheck();
  expect(await page.evaluate(() => double.settings.lan)).toEqual({ on: false, fixed: false });
  await box.check();
  expect(await page.evaluate(() => double.settings.lan.on)).toBe(true);
  await page.evaluate(() => {
    double.settings = { ...double.settings, lan: { on: false, fixed: true } };
    double.changed();
  });
  await page.getByText('Set by COVE_LAN or COVE_BIND').waitFor();
  await page.getByRole('checkbox', { name: 'Carry sealed messages between members' }).uncheck();
  expect(await page.evaluate(() => double.settings.carry.on)).toBe(false);
  expect(await box.count()).toBe(0);
});

test('old changes are made smaller by a button, which says what came of it', async () => {
  await open('main');
  await page.keyboard.press('Control+,');
  await page.getByRole('tab', { name: 'Storage' }).click();
  const rows = page.getByRole('list', { name: 'Spaces by size' }).getByRole('listitem');
  expect(await rows.first().textContent()).not.toContain('less than they were');
  const said = (text: RegExp) => page.getByTestId('toast').filter({ hasText: text }).waitFor();
  await page.getByRole('button', { name: 'Make old changes smaller' }).click();
  await said(/^Old changes take [\d.]+ MB less now\./);
  await rows.first().getByText('(1.4 MB less than they were)').waitFor();
  await page.getByRole('button', { name: 'Make old changes smaller' }).click();
  await said(/There is nothing to make smaller yet/);
  // Begun in another window, say.
  await page.evaluate(() => {
    double.storageTask = { task: 'compacting', share: 0.42 };
    double.changed();
  });
  await page.getByText('42 %').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Make old changes smaller' }).waitFor();
});

test('in a small window the tabs stay while a tab is scrolled, and toasts lie over nothing that is to be pressed', async () => {
  await open('main', 'page.html', 800, 600);
  await page.keyboard.press('Control+,');
  await page.getByRole('tab', { name: 'Connection' }).click();
  const box = async (of: Locator) => (await of.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const tabs = page.getByRole('tablist');
  const above = await box(tabs);
  const body = page.locator('.body', { has: tabs });
  const scrollDown = () => body.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await scrollDown();
  await expect.poll(async () => above.y - (await box(tabs)).y).toBeLessThan(8);
  const onTop = await body.evaluate((element) => {
    const list = element.querySelector('[role="tablist"]') as HTMLElement;
    const { left, bottom } = list.getBoundingClientRect();
    const { top } = element.getBoundingClientRect();
    return [top + 2, bottom - 4].map((y) => list.contains(document.elementFromPoint(left + 40, y)));
  });
  expect(onTop, 'what is scrolled away is under them').toEqual([true, true]);
  const last = body.getByRole('button').last();
  await last.click();
  await page.getByTestId('toast').waitFor();
  await scrollDown();
  const [button, toast] = [await box(last), await box(page.getByTestId('toast'))];
  expect(button.y + button.height).toBeLessThan(toast.y);
});

test('a space is called by its name alone, whoever is here', async () => {
  await open('main');
  const spaces = page.getByRole('navigation', { name: 'Spaces' });
  await spaces.getByRole('button', { name: 'Garden', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Collapse spaces' }).click();
  await spaces.getByRole('button', { name: 'Garden', exact: true }).waitFor();
});
