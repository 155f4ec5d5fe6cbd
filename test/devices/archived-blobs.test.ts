/** Blobs in archives: what a device has of them comes back block for block, and of what it lacks the number is told. */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BlobRef, Space } from '../../main/client/index.ts';
import { computers, share, until, type Computer } from './clients.ts';

const world = computers();
const password = 'correct horse';
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cove-archived-'));
  file = join(folder, 'house.cove-archive');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const MB = 1024 * 1024;
const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const start = async (displayName: string, options = {}): Promise<Computer> => {
  const made = await world.start(displayName, options);
  await made.client.halo.createProfile({ displayName });
  return made;
};
const stored = ({ dataDir }: Computer): string[] => readdirSync(join(dataDir, 'blobs'));
const read = (space: Space, ref: BlobRef): Promise<Uint8Array> => space.blobs.read(ref, { wait: false }).bytes();
const add = async (space: Space, content: Uint8Array): Promise<BlobRef> => {
  const ref = await space.blobs.add(content);
  await space.db.add({ type: 'file', at: [{ content: ref }] });
  return ref;
};

test('what is here of blobs is in the archive, once each, and back with whoever opens it; what is not is counted', async () => {
  const [ana, ben, cleo] = [await start('Ana'), await start('Ben'), await start('Cleo')];
  const house = await ana.client.echo.createSpace({ name: 'House' });
  const atBen = await share(house, ben.client);
  const picture = bytes(2 * MB + 100);
  picture.set(new TextEncoder().encode('words that nobody else may read'), 1_000);
  const one = await add(house, picture);
  const beginning = await add(house, picture.subarray(0, MB));
  const empty = await add(house, new Uint8Array(0));
  const unnamed = await house.blobs.add(bytes(10));
  const grey = await add(house, new Uint8Array(8 * MB).fill(128));
  const late = await add(atBen, bytes(300_000));
  const gone = await atBen.db.add({ type: 'file', content: await atBen.blobs.add(bytes(10)) });
  await atBen.db.remove(gone);
  await until('Ana hears of all', () => house.objects.count({ type: 'file', deleted: 'also' }) === 6);

  const saved = await house.export(file, { password });
  expect(saved).toMatchObject({ blobs: 5, blobsLacking: 2 });
  expect(saved.bytes).toBe(statSync(file).size);
  // The grey one's chunk is one, and the beginning's are those of the whole.
  expect(saved.bytes).toBeLessThan(2.75 * MB);
  expect(readFileSync(file).includes('words that nobody')).toBe(false);

  const shares: number[] = [];
  const { echo } = cleo.client;
  const taken = await echo.importSpace(file, { password, onProgress: (part) => shares.push(part) });
  expect(taken).toMatchObject({ blobs: 5, blobsLacking: 2, stateHash: saved.stateHash });
  expect(shares.at(-1)).toBe(1);
  const copy = echo.getSpace(house.key);
  expect(await read(copy, one)).toEqual(picture);
  expect(await read(copy, beginning)).toEqual(picture.subarray(0, MB));
  expect(await read(copy, empty)).toEqual(new Uint8Array(0));
  expect((await read(copy, unnamed)).length).toBe(10);
  expect((await read(copy, grey)).every((value) => value === 128)).toBe(true);
  expect(copy.blobs.status(one)).toEqual({ state: 'here', chunks: 9, of: 9, keep: true });
  expect(copy.blobs.status(late)).toEqual({ state: 'absent', chunks: 0, of: 2, keep: false });
  expect(copy.blobs.usage).toMatchObject({ bytes: house.blobs.usage.bytes, blobs: 5 });
  const again = await copy.export(join(folder, 'again'), { password });
  expect(again).toMatchObject({ blobs: 5, blobsLacking: 2, bytes: saved.bytes, stateHash: saved.stateHash });
  copy.deleteCopy();
  expect(stored(cleo)).toEqual([]);
}, 180_000);

test('an archive without blobs is one that an older Cove opens, and from one with them the rest can come alone', async () => {
  const [ana, cleo] = [await start('Ana'), await start('Cleo')];
  const house = await ana.client.echo.createSpace({ name: 'House' });
  const plain = await house.export(join(folder, 'none'), { password });
  expect(plain).toMatchObject({ blobs: 0, blobsLacking: 0 });
  expect(readFileSync(join(folder, 'none'))[14]).toBe(1);
  const ref = await add(house, bytes(MB));
  const without = await house.export(join(folder, 'without'), { password, blobs: false });
  expect(without).toMatchObject({ blobs: 0, blobsLacking: 1 });
  expect([readFileSync(join(folder, 'without'))[14], without.bytes < 100_000]).toEqual([1, true]);
  const withThem = await house.export(file, { password });
  expect([withThem.blobs, readFileSync(file)[14]]).toEqual([1, 2]);

  const { echo } = cleo.client;
  expect(await echo.importSpace(file, { password, blobs: false })).toMatchObject({ blobs: 0, blobsLacking: 1 });
  const copy = echo.getSpace(house.key);
  expect(copy.blobs.status(ref)).toMatchObject({ state: 'absent', chunks: 0 });
  expect(copy.blobs.usage.bytes).toBe(0);
  copy.deleteCopy();
  expect(await echo.importSpace(join(folder, 'without'), { password })).toMatchObject({ blobs: 0, blobsLacking: 1 });
}, 180_000);

test('of a blob that is half here, half is in it; a member who brings it back gets the rest from the others', async () => {
  const [ana, ben] = [await start('Ana'), await start('Ben')];
  const house = await ana.client.echo.createSpace({ name: 'House' });
  let atBen = await share(house, ben.client);
  const content = bytes(2 * MB);
  const ref = await add(house, content);
  await until('Ben hears of it', () => atBen.objects.count({ type: 'file' }) === 1);
  await atBen.blobs.read(ref).bytes();
  const [lost = ''] = stored(ben);
  rmSync(join(ben.dataDir, 'blobs', lost));
  expect(await atBen.export(file, { password })).toMatchObject({ blobs: 0, blobsLacking: 1 });
  atBen.deleteCopy();
  expect(await ben.client.echo.importSpace(file, { password })).toMatchObject({ blobs: 0, blobsLacking: 1 });
  atBen = ben.client.echo.getSpace(house.key);
  expect(atBen.blobs.status(ref)).toMatchObject({ chunks: 7, of: 8, keep: false });
  expect(await atBen.blobs.read(ref).bytes()).toEqual(content);
}, 180_000);

test('what is damaged, cancelled or too much leaves no block behind', async () => {
  const [ana, cleo] = [await start('Ana'), await start('Cleo', { blobQuota: 3 * MB, totalBlobQuota: 3.5 * MB })];
  const house = await ana.client.echo.createSpace({ name: 'House' });
  const own = await cleo.client.echo.createSpace();
  await own.blobs.add(bytes(MB));
  const before = stored(cleo);
  await add(house, bytes(2 * MB));
  const { bytes: length } = await house.export(file, { password });
  const { echo } = cleo.client;
  const whole = readFileSync(file);
  const refused = (path: string, type: string, options = {}) =>
    expect(echo.importSpace(path, { password, ...options })).rejects.toMatchObject({ type });
  const bad = join(folder, 'bad');
  for (const part of [0.2, 0.5, 0.8]) {
    const changed = Buffer.from(whole);
    changed[Math.floor(length * part)] = (changed[Math.floor(length * part)] ?? 0) ^ 1;
    writeFileSync(bad, changed);
    await refused(bad, 'archive-damaged');
    writeFileSync(bad, whole.subarray(0, Math.floor(length * part)));
    await refused(bad, 'archive-damaged');
  }
  const stop = new AbortController();
  const onProgress = (share: number) => share > 0.9 && stop.abort();
  await refused(file, 'cancelled', { onProgress, signal: stop.signal });
  expect(stored(cleo).sort()).toEqual(before.sort());

  await add(house, bytes(0.75 * MB));
  await house.export(file, { password });
  await refused(file, 'blobs-full');
  await add(house, bytes(0.75 * MB));
  await house.export(file, { password });
  await refused(file, 'blob-space-full');
  expect(stored(cleo).sort()).toEqual(before.sort());
  expect(await echo.importSpace(file, { password, blobs: false })).toMatchObject({ blobs: 0, blobsLacking: 3 });
  const never = join(folder, 'never');
  const ending = new AbortController();
  const later = (share: number) => share > 0.5 && ending.abort();
  const saving = house.export(never, { password, onProgress: later, signal: ending.signal });
  await expect(saving).rejects.toMatchObject({ type: 'cancelled' });
  expect(readdirSync(folder).sort()).toEqual(['bad', 'house.cove-archive']);
}, 180_000);

test('a backup names blobs without holding them: beside the folder of its profile they are there, elsewhere not', async () => {
  const [ana, fresh, bare] = [await start('Ana'), await world.start('fresh'), await world.start('bare')];
  const words = (await ana.client.halo.phrase())?.join(' ') ?? '';
  const house = await ana.client.echo.createSpace({ name: 'House' });
  const content = bytes(MB);
  const ref = await add(house, content);
  const backup = join(ana.dataDir, 'ana.backup');
  await ana.client.halo.backups.save(backup);
  await add(house, bytes(MB));
  expect(statSync(backup).size).toBeLessThan(MB);
  await ana.client.destroy();

  cpSync(join(ana.dataDir, 'blobs'), join(fresh.dataDir, 'blobs'), { recursive: true });
  await fresh.client.halo.restoreBackup(backup, words);
  expect(await read(fresh.client.echo.getSpace(house.key), ref)).toEqual(content);
  expect(stored(fresh)).toHaveLength(4); // what came after the backup is not named by it
  await bare.client.halo.restoreBackup(backup, words);
  expect(bare.client.echo.getSpace(house.key).blobs.status(ref)).toMatchObject({ state: 'waiting', chunks: 0, of: 4 });
}, 180_000);
