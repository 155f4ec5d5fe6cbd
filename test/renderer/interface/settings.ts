/** The settings, and what they do to devices. */
import { describe, expect, test } from 'vitest';
import type { Locator } from 'playwright';
import type { HostDouble } from '../host-double.ts';
import { SCENES } from '../scenes.ts';
import { open, page } from './shown.ts';

declare const double: HostDouble;

export function settingsTests(): void {
  describe('the settings', () => {
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
  });
}
