/** The editor of a note. */
import { describe, expect, test } from 'vitest';
import type { HostDouble } from '../host-double.ts';
import { open, page, site } from './shown.ts';

declare const double: HostDouble;
declare function first(): [string, string];

export function editorTests(): void {
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
}
