/** Undoing what was typed before the app was started, with what somebody else wrote in between left alone. */
import { expect, test } from '@playwright/test';
import type { Computer } from './computer.ts';
import { startCove } from './cove.ts';
import { startingCoves } from './coves.ts';
import { Person } from './person.ts';

const { start, computers } = startingCoves();

test('Ctrl+Z goes on with what was typed before a restart, and Ctrl+Shift+Z makes all of it again', async () => {
  test.setTimeout(120_000);
  const first = await start('undo', { COVE_MEETING_POINTS: '' });
  const ana = new Person('Ana', first.window);
  await ana.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('Beds', 'beans');
  await ana.page.waitForTimeout(5_500); // the next words are a step of their own
  await ana.type(' along the fence');
  await expect(ana.page.getByText('Saved on this device')).toBeVisible();
  await first.quit();

  const again = await startCove(computers[0] as Computer);
  try {
    const back = new Person('Ana', again.window);
    const press = (keys: string) => back.page.keyboard.press(keys);
    const shows = (text: string) => expect(back.text).toHaveText(text);
    await back.openSpace('Garden');
    await back.openNote('Beds');
    await shows('beans along the fence');
    const choose = (kind: string) =>
      again.app.evaluate(({ Menu }, wanted) => Menu.getApplicationMenu()?.getMenuItemById(wanted)?.click(), kind);
    await back.text.focus();
    await choose('undo'); // nothing was typed here yet, so the page itself knows of nothing
    await shows('beans');
    await choose('redo');
    await shows('beans along the fence');
    await back.type(', and peas');
    await press('Control+z');
    await shows('beans along the fence');
    await press('Control+z');
    await shows('beans');
    await press('Control+Shift+Z');
    await shows('beans along the fence');
    await press('Control+Shift+Z');
    await shows('beans along the fence, and peas');
    await press('Control+Shift+Z');
    await press('Control+z');
    await press('Control+z');
    await shows('beans');
    await back.page.keyboard.type(' high');
    await press('Control+y');
    await shows('beans high');
    const title = back.page.getByRole('textbox', { name: 'Title' });
    await title.focus();
    await press('End');
    await back.page.keyboard.type(' in March');
    await choose('undo');
    await expect(title).toHaveValue('Beds');
    await shows('beans high');
    await back.page.screenshot({ path: 'out/desktop/undo.png' });
    expect(again.complaints).toEqual([]);
  } finally {
    await again.quit();
  }
});
