import { expect } from '@playwright/test';
import type { Cove } from './cove.ts';

/** Saves a backup as the person would. The system's own dialog is answered for them: a page never names a file. */
export async function saveBackup({ app, window }: Cove, file: string): Promise<void> {
  await app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, file);
  await window.getByRole('button', { name: 'Settings', exact: true }).click();
  await window.getByRole('tab', { name: 'Backup' }).click();
  await window.getByRole('button', { name: 'Save a backup…' }).click();
  await expect(window.getByTestId('toast')).toContainText('The backup is saved');
  await window.keyboard.press('Escape');
}
