/** How a person gets to what the scenes show. */
import type { Page } from 'playwright';
import type { HostDouble } from '../host-double.ts';

declare const double: HostDouble;

export const CODE = 'cove1qy352euf40x77lfrg4ncn27daljxsvg4y0pzcm8fw9k3dvs2t6j4hn0rqx5a7e3lk9uwpzy6dm2c';

export interface Scene {
  readonly start: string;
  readonly page?: 'phrase-page.html';
  act?(page: Page): Promise<unknown>;
}
export const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

export async function join(page: Page): Promise<void> {
  await button(page, 'Join a space').click();
  await page.getByRole('textbox', { name: 'Invitation code or link' }).fill(`Ada wrote: ${CODE} see you`);
  await button(page, 'Continue').click();
  await page.getByTestId('joining-state').waitFor();
}
export async function digitsWanted(page: Page): Promise<void> {
  await join(page);
  await page.evaluate(() => double.joining([...double.joinings.keys()][0] ?? '', { state: 'code' }));
  await page.getByRole('textbox', { name: 'Six-digit code' }).waitFor();
}
export async function deleteNote(page: Page): Promise<void> {
  await button(page, 'Note options').click();
  await page.getByRole('menuitem', { name: 'Delete note' }).click();
  await page.getByTestId('toast').waitFor();
}

export async function byFile(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^Options for/ })
    .first()
    .click();
  await page.getByRole('menuitem', { name: 'Sync by file…' }).click();
}

export async function asFiles(page: Page): Promise<void> {
  await button(page, 'Options for Garden').click();
  await page.getByRole('menuitem', { name: 'Export and import…' }).click();
}

export async function joinByFile(page: Page): Promise<void> {
  await button(page, 'Join a space').click();
  await page.getByRole('textbox', { name: 'Invitation code or link' }).fill(CODE);
  await button(page, 'No network: join by file').click();
  await page.getByTestId('file-join-state').waitFor();
}
export async function handOver(page: Page): Promise<void> {
  await button(page, 'Share').click();
  await button(page, 'Create invitation').click();
  await button(page, 'Hand over by file').click();
  await page.getByTestId('file-join-state').waitFor();
}
/** The double's join, and the dialog that shows it. */
export async function joinShown(
  page: Page,
  side: 'guest' | 'host',
  changes: Parameters<HostDouble['fileJoin']>[1],
): Promise<void> {
  await page.evaluate(([side, changes]) => void double.fileJoin(side, changes), [side, changes] as const);
  await page.getByTestId('underway').click();
  await page.getByTestId('file-join-state').waitFor();
}

export async function devices(page: Page): Promise<void> {
  await button(page, 'Settings').first().click();
  await page.getByRole('tab', { name: 'Devices' }).click();
}
export async function ofPhone(page: Page, choice: string): Promise<void> {
  await devices(page);
  await button(page, 'Options for Ada’s phone').click();
  await page.getByRole('menuitem', { name: choice }).click();
}
export const press = (keys: string) => (page: Page) => page.keyboard.press(keys);
