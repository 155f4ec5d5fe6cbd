/** The window of the recovery phrase, as a person uses it. */
import { expect, type Page } from '@playwright/test';
import type { Cove } from './cove.ts';

export const button = (page: Page, name: string) => page.getByRole('button', { name });

/** Clicks, and gives the phrase window that this opens. */
export async function phraseWindow({ app, window }: Cove, name: string): Promise<Page> {
  const opened = app.waitForEvent('window');
  await button(window, name).click();
  return await opened;
}

/** Closes the phrase window, which may be gone before it is seen that the press worked: only that it goes counts. */
export async function closePhrase(page: Page): Promise<void> {
  const closed = page.waitForEvent('close');
  await button(page, 'Close')
    .click()
    .catch(() => undefined);
  await closed;
}

/** As one copies them onto paper, then answers for three of them. */
export async function writeDown(page: Page): Promise<string[]> {
  await button(page, 'Show the words').click();
  const places = page.getByRole('list', { name: 'The twelve words' }).getByRole('listitem');
  await expect(places).toHaveCount(12);
  const words = (await places.allInnerTexts()).map((text) => text.replace(/^\d+\.?\s*/, '').trim());
  await button(page, 'I have written them down').click();
  await expect(page.getByRole('textbox')).toHaveCount(3);
  for (const field of await page.getByRole('textbox').all()) {
    const place = /\d+/.exec((await field.getAttribute('aria-label')) ?? (await labelOf(field)))?.[0];
    await field.fill(words[Number(place) - 1] ?? '');
  }
  await button(page, 'Confirm').click();
  await expect(page.getByRole('status')).toBeVisible();
  await closePhrase(page);
  return words;
}
const labelOf = (field: ReturnType<Page['getByRole']>) =>
  field.evaluate((input) => (input as HTMLInputElement).labels?.[0]?.textContent ?? '');
