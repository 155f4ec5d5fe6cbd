/** Every BlockFiles gives back what was written, and says what is there; the real one keeps it, for its owner only. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBlockFiles } from '../../native/block-files.ts';
import { createMemoryBlockFiles } from './block-files-memory.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cove-blocks-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (fill: number): Uint8Array => new Uint8Array(300_000).fill(fill);

describe.each([
  ['in a folder', () => createBlockFiles(join(folder, 'blobs'))],
  ['in memory', () => createMemoryBlockFiles()],
])('%s', (_name, create) => {
  test('what was written is there until it is deleted', async () => {
    const files = create();
    expect([files.names(), files.read('a')]).toEqual([[], undefined]);
    const blocks: readonly [string, Uint8Array][] = [
      ['a', bytes(1)],
      ['b', bytes(2)],
    ];
    await files.write(new Map(blocks));
    expect([...files.names()].sort()).toEqual(['a', 'b']);
    expect(files.read('b')).toEqual(bytes(2));
    files.delete('a');
    files.delete('a');
    expect([files.names(), files.read('a')]).toEqual([['b'], undefined]);
  });
});

test('a folder is found again, is its owner’s, and is told of when it takes nothing', async () => {
  const path = join(folder, 'blobs');
  await createBlockFiles(path).write(new Map([['a', bytes(1)]]));
  expect(createBlockFiles(path).read('a')).toEqual(bytes(1));
  if (process.platform === 'win32') return;
  expect([statSync(path).mode & 0o777, statSync(join(path, 'a')).mode & 0o777]).toEqual([0o700, 0o600]);
  await expect(createBlockFiles(path).write(new Map([['a', bytes(2)]]))).rejects.toMatchObject({ name: 'CoveError' });
  expect(createBlockFiles(path).read('a')).toEqual(bytes(1));
});
