/** Sync by file, of the space “Garden”. */
import { expect } from '@playwright/test';
import type { Cove } from './cove.ts';

/** Opens the dialog; the system's own are answered with this file. */
export async function byFile({ app, window }: Cove, file: string): Promise<void> {
  await app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [filePath] });
  }, file);
  await window.getByRole('button', { name: 'Options for Garden' }).click();
  await window.getByRole('menuitem', { name: 'Sync by file…' }).click();
}

export async function said({ window }: Cove, button: string, words: string | RegExp): Promise<void> {
  await window.getByRole('button', { name: button }).click();
  await expect(window.getByTestId('bundle-said')).toContainText(words);
}
