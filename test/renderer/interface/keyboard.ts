/** What is done without a mouse. */
import { describe, expect, test } from 'vitest';
import type { HostDouble } from '../host-double.ts';
import { deleteNote, SCENES } from '../scenes.ts';
import { open, page } from './shown.ts';

declare const double: HostDouble;

export function keyboardTests(): void {
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
}
