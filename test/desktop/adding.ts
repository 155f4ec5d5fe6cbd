/** Adding a further device, as the person does who sits before both. */
import { expect } from '@playwright/test';
import type { Person } from './person.ts';

const LONG = 30_000;

/** `other` has a fresh Cove; afterwards it is a device of `one`, whose dialog is still open. */
export async function addDevice(one: Person, other: Person): Promise<void> {
  // Opens the settings, and does nothing where they are open.
  await one.page.keyboard.press('Control+Comma');
  await one.page.getByRole('tab', { name: 'Devices' }).click();
  await one.page.getByRole('button', { name: 'Add a device' }).click();
  const code = (await one.page.getByTestId('invitation-code').textContent({ timeout: LONG })) ?? '';

  await other.page.getByRole('button', { name: 'I already use Cove on another device' }).click({ timeout: LONG });
  await other.page.getByRole('textbox', { name: 'Device code or link' }).fill(code);
  await other.page.getByRole('button', { name: 'Continue' }).click();
  await expect(other.page.getByTestId('joining-state')).toHaveAttribute('data-state', 'code', { timeout: LONG });
  await other.typeDigits(await one.digits());
  const words = (page: Person) => page.page.getByTestId('six-words').getAttribute('aria-label', { timeout: LONG });
  expect(await words(other)).toBe(await words(one));
  await one.page.getByRole('button', { name: 'They match: add it' }).click();
}
