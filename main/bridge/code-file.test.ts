/** What a person reads where a file with a code cannot be written or read. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readText, writeText } from './code-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'cove-code-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('what was written is read', async () => {
  const file = join(folder, 'code.txt');
  await writeText(file, 'cove1…');
  expect(await readText(file)).toBe('cove1…');
});

test('a folder that is gone and a missing file have their words, and a fault of Cove stays one', async () => {
  const nowhere = join(folder, 'gone', 'code.txt');
  await expect(writeText(nowhere, 'cove1')).rejects.toMatchObject({ type: 'file-not-written' });
  await expect(readText(nowhere)).rejects.toMatchObject({ type: 'file-not-read' });
  for (const fault of [writeText('no\0name', 'cove1'), readText('no\0name')])
    await expect(fault).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
});

test.runIf(process.platform === 'linux')('a full disk is told from another trouble', async () => {
  await expect(writeText('/dev/full', 'cove1')).rejects.toMatchObject({ type: 'file-no-room' });
});
