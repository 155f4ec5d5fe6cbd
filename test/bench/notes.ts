/** (u) The app with 50 spaces and 10,000 notes in one of them: start, list, search and typing, as a person meets them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { makeComputer } from '../desktop/computer.ts';
import { startCove } from '../desktop/cove.ts';
import { Person } from '../desktop/person.ts';
import { BIG_SPACE, LONG_NOTE, NOTES, SPACES, spaceName } from './many.ts';
import { timed, type Missing, type Row } from './measured.ts';
import { emptyWindow } from './window.ts';

const SEARCHES = ['compost', 'number 4711', 'hundred kilobytes', 'com', 'the'];
const FRAMES = 120;
const KEYS = 60;
/** A person who types fast. */
const KEY_PAUSE_MS = 60;
const LONG = 120_000;

export async function manyNotes(runs: number): Promise<readonly (Row | Missing)[]> {
  const name = `(u) app start → list of ${SPACES} spaces, ${NOTES} notes in one of them`;
  const executable = process.env['COVE_ELECTRON'];
  if (executable === undefined) return [{ name, missing: 'no Electron here (COVE_ELECTRON): run `npm run bench`' }];
  const computer = await makeComputer('many');
  try {
    const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'fill.ts')], {
      env: computer.env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the profile with many notes was not made: ${stderr}`);
    const [starts, empty]: [number[], number[]] = [[], []];
    const rows: Row[] = [];
    // The first start is followed by everything else, and is none of the runs: they are only starts.
    for (let run = 0; run <= runs; run++) {
      if (run > 0) empty.push(await emptyWindow(executable, computer.env));
      let quit = async (): Promise<void> => undefined;
      const ms = await timed(async () => {
        const cove = await startCove(computer);
        quit = () => cove.quit();
        const person = new Person('Ana', cove.window);
        await person.space(spaceName(0)).click({ trial: true, timeout: LONG });
        if (run === 0) rows.push(...(await use(person)));
      });
      await quit();
      if (run > 0) starts.push(ms);
    }
    return [{ name, ours: starts, floor: { name: 'Electron with an empty window', runs: empty } }, ...rows];
  } finally {
    await computer.remove();
  }
}

/** Everything once, in the order of a first look into a space whose notes have just arrived. */
async function use(person: Person): Promise<Row[]> {
  const { page } = person;
  const row = (name: string, ...ours: number[]): Row => ({ name: `(u) ${name}`, ours });
  const firstPage = await untilListed(page);
  const searches: number[] = [];
  for (const words of SEARCHES) searches.push(await untilFound(page, words));
  await person.search('');
  const [scrolled, worst] = await scrolling(page);
  await person.openNote('Note 0 ');
  const short = await typing(page);
  await person.search(LONG_NOTE);
  await page.getByRole('listbox', { name: 'Search results' }).getByRole('option').first().click();
  await page.locator('.cm-line', { hasText: 'Line 0 with' }).first().waitFor();
  const long = await typing(page);
  return [
    row('first page of the list, no text indexed yet', firstPage),
    row('first search, from the key to the results (120 ms a pause on purpose)', ...searches.slice(0, 1)),
    row('later searches', ...searches.slice(1)),
    row(`the whole list scrolled in ${FRAMES} frames → every row filled`, scrolled),
    row('longest of these frames', worst),
    row('key → next frame in a short note', ...short),
    row('key → next frame at the end of a note of 100 kB', ...long),
  ];
}

/** From the click on the space with many notes to the first titles: the frame that shows them begins. */
export async function untilListed(page: Page): Promise<number> {
  return await page.evaluate(async (name) => {
    const frame = () => new Promise(requestAnimationFrame);
    const button = [...document.querySelectorAll('nav button')].find((one) => one.textContent?.trim() === name);
    const start = performance.now();
    (button as HTMLElement).click();
    while (document.querySelector('[role=listbox] [role=option] .title') === null) await frame();
    return performance.now() - start;
  }, BIG_SPACE);
}

async function untilFound(page: Page, words: string): Promise<number> {
  return await page.evaluate(async (text) => {
    const frame = () => new Promise(requestAnimationFrame);
    const results = () => document.querySelector('.results')?.textContent;
    const field = document.getElementById('search-notes') as HTMLInputElement;
    field.focus();
    field.select();
    const before = results();
    const start = performance.now();
    document.execCommand('insertText', false, text);
    while (results() === undefined || results() === before) await frame();
    return performance.now() - start;
  }, words);
}

/** Milliseconds until every row that is shown is filled, and of the longest frame. */
async function scrolling(page: Page): Promise<[number, number]> {
  return await page.evaluate(async (frames): Promise<[number, number]> => {
    const frame = () => new Promise(requestAnimationFrame);
    while (document.querySelector('[role=listbox][aria-label=Notes]') === null) await frame();
    const box = document.querySelector('[role=listbox]') as HTMLElement;
    const start = performance.now();
    let [last, longest] = [start, 0];
    for (let step = 1; step <= frames; step++) {
      box.scrollTop = (box.scrollHeight * step) / frames;
      await frame();
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
    while ([...box.querySelectorAll('.row')].some((row) => row.querySelector('.title') === null)) await frame();
    return [performance.now() - start, longest];
  }, FRAMES);
}

/** Of each key, from the window's hearing it to the end of the frame that shows it. */
async function typing(page: Page): Promise<number[]> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { times });
    const heard = () => {
      const start = performance.now();
      requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - start)));
    };
    addEventListener('keydown', heard, true);
  });
  for (let key = 0; key < KEYS; key++) {
    await page.keyboard.press('x');
    await page.waitForTimeout(KEY_PAUSE_MS);
  }
  return await page.evaluate(() => (window as unknown as { times: number[] }).times);
}
