/**
 * The interface in a real window, on the host double and under the app's own policy: what is hard to reach with two
 * real computers (a failed start, thousands of notes, broken lines, wrong codes in every order) is accessible in both
 * themes, breaks no rule of the policy, and behaves.
 */
import { describe, expect, test } from 'vitest';
import { plant, violations } from './accessibility.ts';
import type { HostDouble } from './host-double.ts';
import { editorTests } from './interface/editor.ts';
import { joiningTests } from './interface/joining.ts';
import { keyboardTests } from './interface/keyboard.ts';
import { settingsTests } from './interface/settings.ts';
import { complaints, open, openWindow, page } from './interface/shown.ts';
import { deleteNote, DIALOGS, SCENES } from './scenes.ts';

declare const double: HostDouble;

openWindow();

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

editorTests();

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

keyboardTests();

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

joiningTests();

settingsTests();

test('a space is called by its name alone, whoever is here', async () => {
  await open('main');
  const spaces = page.getByRole('navigation', { name: 'Spaces' });
  await spaces.getByRole('button', { name: 'Garden', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Collapse spaces' }).click();
  await spaces.getByRole('button', { name: 'Garden', exact: true }).waitFor();
});
