/**
 * What a person does in Cove, by the names that the interface shows. Every step is a click or a key press and
 * ends when its effect is on the screen.
 */
import { expect, type Page } from '@playwright/test';

const LONG = 30_000;

export class Person {
  readonly page: Page;
  readonly name: string;

  constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
  }

  // ---------------------------------------------------------------- first run, spaces, notes

  async introduce(): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(this.name, { timeout: LONG });
    await this.page.getByRole('button', { name: 'Continue' }).click();
    await expect(this.page.getByRole('button', { name: 'Create a space' })).toBeVisible({ timeout: LONG });
  }

  async createSpace(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Create a space' }).click();
    await this.page.getByRole('textbox', { name: 'Name of the space' }).fill(name);
    await this.page.getByRole('button', { name: 'Create space' }).click();
    await expect(this.space(name)).toBeVisible();
  }

  space(name: string) {
    return this.page.getByRole('navigation', { name: 'Spaces' }).getByRole('button', { name, exact: true });
  }

  async openSpace(name: string): Promise<void> {
    await this.space(name).click({ timeout: LONG });
  }

  async writeNote(title: string, text: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New note' }).first().click();
    await this.page.getByRole('textbox', { name: 'Title' }).fill(title);
    await this.type(text);
  }

  async openNote(title: string): Promise<void> {
    await this.note(title).click({ timeout: LONG });
    await expect(this.text).toBeVisible();
  }

  note(title: string) {
    return this.page.getByRole('listbox', { name: 'Notes' }).getByRole('option', { name: new RegExp(`^${title}`) });
  }

  get text() {
    return this.page.getByRole('textbox', { name: 'Note text' });
  }

  /** Types at the end of the note. */
  async type(text: string): Promise<void> {
    await this.text.click();
    await this.page.keyboard.press(process.platform === 'darwin' ? 'Meta+ArrowDown' : 'Control+End');
    await this.page.keyboard.type(text);
  }

  /** Types at the end of the line that ends with `words`. */
  async typeAfter(words: string, text: string): Promise<void> {
    await this.text.locator('.cm-line', { hasText: words }).last().click();
    await this.page.keyboard.press('End');
    await this.page.keyboard.type(text);
  }

  /** The note's text as the window shows it, line by line. */
  async read(): Promise<string> {
    const lines = await this.text.locator('.cm-line').allInnerTexts();
    return lines.map((line) => line.replace(/\n$/, '')).join('\n');
  }

  async sees(text: string): Promise<void> {
    await expect.poll(() => this.read(), { timeout: LONG }).toContain(text);
  }

  /** Deletes the note that is open. */
  async deleteNote(): Promise<void> {
    await this.page.getByRole('button', { name: 'Note options' }).click();
    await this.page.getByRole('menuitem', { name: 'Delete note' }).click();
    await expect(this.page.getByTestId('toast').filter({ hasText: 'Note deleted' })).toBeVisible();
  }

  async undo(): Promise<void> {
    await this.page.getByTestId('toast').getByRole('button', { name: 'Undo' }).last().click();
  }

  /** Searches the space's notes and gives the results; an empty text ends the search. */
  async search(text: string) {
    await this.page.getByRole('searchbox', { name: 'Search notes' }).fill(text);
    return this.page.getByRole('listbox', { name: 'Search results' }).getByRole('option');
  }

  // ---------------------------------------------------------------- invitations

  /** Makes an invitation and gives its code. */
  async invite(): Promise<string> {
    await this.page.getByRole('button', { name: 'Share' }).click();
    await this.page.getByRole('button', { name: 'Create invitation' }).click();
    const code = this.page.getByTestId('invitation-code');
    await expect(code).toHaveText(/^cove1/);
    return (await code.textContent()) ?? '';
  }

  /** The six digits as they stand on the screen once somebody connects. */
  async digits(): Promise<string> {
    const digits = this.page.getByTestId('authentication-code');
    await expect(digits).toBeVisible({ timeout: LONG });
    return (await digits.getAttribute('data-digits')) ?? '';
  }

  async pasteCode(text: string): Promise<void> {
    const first = this.page.getByRole('button', { name: 'Join with a code' });
    await first
      .or(this.page.getByRole('button', { name: 'Join a space' }))
      .first()
      .click();
    await this.page.getByRole('textbox', { name: 'Invitation code or link' }).fill(text);
    await this.page.getByRole('button', { name: 'Continue' }).click();
    await expect(this.page.getByTestId('joining-state')).toHaveAttribute('data-state', 'code', { timeout: LONG });
  }

  async typeDigits(digits: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Six-digit code' }).click();
    await this.page.keyboard.type(digits);
  }

  /** Six digits that are not `right`, and the sentence that says so. */
  async typeWrongDigits(right: string): Promise<void> {
    await this.typeDigits(String((Number(right) + 1) % 1_000_000).padStart(6, '0'));
    await expect(this.page.getByRole('alert')).toContainText('2 attempts left', { timeout: LONG });
  }

  async closeInvitation(): Promise<void> {
    await expect(this.page.getByTestId('invitation-state')).toHaveAttribute('data-state', 'joined', { timeout: LONG });
    await this.page.getByRole('button', { name: 'Done' }).click();
  }

  async joined(space: string): Promise<void> {
    await expect(this.space(space)).toBeVisible({ timeout: LONG });
  }
}
