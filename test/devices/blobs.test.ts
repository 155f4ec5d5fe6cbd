/** Blobs between whole Coves over real data channels: added on one, read on others, whatever comes between. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BlobRef, Space } from '../../main/client/index.ts';
import { computers, share, until, type Computer } from './clients.ts';

const world = computers();
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cove-blobs-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const MB = 1024 * 1024;
const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const typed = (type: string) => expect.objectContaining({ type }) as Error;
const start = async (displayName: string, options = {}): Promise<Computer> => {
  const made = await world.start(displayName, options);
  await made.client.halo.createProfile({ displayName });
  return made;
};
const found = (space: Space): BlobRef | undefined =>
  space.objects.query({ type: 'file' }).map(({ fields }) => fields['content'] as BlobRef)[0];

test('what one adds another one reads, and what is on either disk tells nothing of it', async () => {
  const [ana, ben] = [await start('Ana'), await start('Ben')];
  const space = await ana.client.echo.createSpace({ name: 'Home' });
  const atBen = await share(space, ben.client);
  const content = bytes(2 * MB + 12_345);
  content.set(new TextEncoder().encode('words that nobody else may read'), 1_000);
  const file = join(folder, 'picture.bin');
  writeFileSync(file, content);
  const stored: number[] = [];
  const ref = await space.blobs.add({ path: file }, { type: 'image/x', onProgress: (n) => stored.push(n) });
  expect(ref).toMatchObject({ size: content.length, name: 'picture.bin', type: 'image/x' });
  expect(stored.at(-1)).toBe(content.length);
  expect(space.blobs.status(ref)).toEqual({ state: 'here', chunks: 9, of: 9, keep: true });
  await space.db.add({ type: 'file', content: ref });

  const there = await until('Ben hears of it', () => found(atBen));
  expect(there).toEqual(ref);
  expect(atBen.blobs.status(there)).toEqual({ state: 'absent', chunks: 0, of: 9, keep: false });
  await expect(atBen.blobs.read(there, { wait: false }).bytes()).rejects.toThrow(typed('blob-not-here'));
  expect(await atBen.blobs.read(there).bytes()).toEqual(content);
  expect(atBen.blobs.status(there)).toMatchObject({ state: 'here', chunks: 9 });
  const saved = join(folder, 'saved.bin');
  await atBen.blobs.save(there, saved);
  expect(readFileSync(saved).equals(content)).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['picture.bin', 'saved.bin']);

  for (const { dataDir } of [ana, ben]) {
    const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /cove\.db(-wal)?$/.test(name),
    );
    expect(files.length).toBeGreaterThan(1);
    for (const name of files) expect(readFileSync(join(dataDir, name)).includes('words that nobody')).toBe(false);
  }
});
