/** Typing that meets trouble: half characters, a note or window closed at once, a title or a result that others change. */
import { expect, test } from '@playwright/test';
import { startingCoves } from './coves.ts';
import { startCove, type Cove } from './cove.ts';
import { Person } from './person.ts';

const { start, computers } = startingCoves();
let cove: Cove;
let ana: Person;

test.beforeAll(async () => {
  cove = await start('editing', { COVE_MEETING_POINTS: '' });
  ana = new Person('Ana', cove.window);
  await ana.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('Apples', 'begun');
  await saved();
  await ana.writeNote('Pears', 'x 👍🏽');
  await saved();
});

const saved = () => expect(cove.window.getByText('Saved on this device')).toBeVisible();

test('an emoji that the page itself changes by half is saved, and so is what follows', async () => {
  // As an input method does: CodeMirror finds the difference in the page's text, and it is the last unit.
  await cove.window.evaluate(() => {
    const line = document.querySelector('.cm-line');
    const text = line === null ? null : (document.createTreeWalker(line, NodeFilter.SHOW_TEXT).nextNode() as Text);
    if (text !== null) text.data = text.data.replace('👍🏽', '👍🏾');
  });
  await ana.sees('x 👍🏾');
  await ana.type(' and more');
  await saved();
  const other = new Person('Ana', await cove.openWindow());
  await other.openSpace('Garden');
  await other.openNote('Pears');
  await other.sees('x 👍🏾 and more');
  await other.page.close();
});

/** Types and opens the other note before the next frame, as keys and clicks do that waited for a busy computer. */
const typeAndLeave = (text: string) =>
  cove.window.evaluate((words) => {
    document.querySelector<HTMLElement>('.cm-content')?.focus();
    document.execCommand('insertText', false, words);
    const notes = [...document.querySelectorAll<HTMLElement>('[role=option]')];
    notes.find(({ textContent }) => textContent.startsWith('Pears'))?.click();
  }, text);

test('what was typed in the moment in which the note is closed is there', async () => {
  await ana.openNote('Apples');
  await ana.type('');
  await typeAndLeave(' and ended');
  await ana.sees('x 👍');
  await ana.openNote('Apples');
  await ana.sees('begun and ended');
});

test('a title that was handed over does not come back over a newer one', async () => {
  const title = (page = cove.window) => page.getByRole('textbox', { name: 'Title' });
  const other = new Person('Ana', await cove.openWindow());
  await other.openSpace('Garden');
  await other.openNote('Apples');
  await ana.openNote('Apples');
  await title().fill('First');
  await expect(title(other.page)).toHaveValue('First');
  await title(other.page).fill('Second');
  // The focus is still in it here.
  await expect(title()).toHaveValue('Second');
  await ana.text.click();
  await expect(title()).toHaveValue('Second');
  await expect(ana.note('Second')).toBeVisible();
  await title().fill('Apples');
  await expect(ana.note('Apples')).toBeVisible();
  await other.page.close();
});

test('search results follow the notes', async () => {
  const other = new Person('Ana', await cove.openWindow());
  await other.openSpace('Garden');
  await expect(await other.search('begun')).toHaveCount(1);
  await ana.writeNote('Another', 'begun too');
  await expect(await other.search('begun')).toHaveCount(2);
  await ana.deleteNote();
  await expect(other.page.getByRole('listbox', { name: 'Search results' }).getByRole('option')).toHaveCount(1);
  await other.page.close();
});

test('what was typed while the main process was busy is there when the window was closed then', async () => {
  await ana.openNote('Apples');
  await ana.type('');
  const page = await cove.app.browserWindow(cove.window);
  await cove.window.evaluate(() => {
    document.querySelector<HTMLElement>('.cm-content')?.focus();
    const letters = [...' in time'];
    for (const [n, letter] of letters.entries())
      setTimeout(() => document.execCommand('insertText', false, letter), 50 + n * 40);
  });
  await page.evaluate((window) => {
    for (const end = Date.now() + 600; Date.now() < end;);
    window.close();
  });
  await cove.app.waitForEvent('close');
  const computer = computers[0];
  if (computer === undefined) throw new Error('no computer');
  cove = await startCove(computer);
  const back = new Person('Ana', cove.window);
  try {
    await back.openNote('Apples');
    await back.sees(' in time');
  } finally {
    await cove.quit();
  }
});
