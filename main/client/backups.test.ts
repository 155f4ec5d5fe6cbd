/** Daily backups: one a day, seven kept, none twice; what was saved by hand is left alone. And a guard that turns at the end. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDevice } from '../../test/proof/device.ts';
import type { Device } from '../../test/proof/device.ts';
import { createVirtualClock } from '../../test/objects/virtual-clock.ts';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import { createSystemRandom } from '../../native/random.ts';
import { createVault } from '../../native/sqlite/index.ts';
import type { CoveError } from '../engine/errors.ts';
import { Backups } from './backups.ts';
import { Client } from './client.ts';

const DAY = 86_400_000;
const HOUR = DAY / 24;
const START = Date.UTC(2026, 0, 1, 12);
let base: string;
beforeEach(() => (base = mkdtempSync(join(tmpdir(), 'cove-backups-'))));
afterEach(() => rmSync(base, { recursive: true }));

async function person() {
  const clock = createVirtualClock(START);
  const vault = createVault({ path: join(base, 'cove.db'), unsafe: { synchronous: 'OFF' } });
  const parts = { vault, keychain: createMemoryKeychain(), clock, random: createSystemRandom() };
  const device = (await openDevice(parts, 'Ana')) as Device;
  const folder = join(base, 'backups');
  const backups = new Backups({
    engine: () => device,
    clock,
    log: () => undefined,
    damaged: () => undefined,
    folder: () => folder,
  });
  return {
    device,
    backups,
    clock,
    log: () => undefined,
    async days(n: number): Promise<void> {
      for (let hour = 0; hour < n * 24; hour++) {
        clock.advance(DAY / 24);
        // The keychain is asked in between, and other work gets its turn while one is written.
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
        while (existsSync(folder) && readdirSync(folder).some((name) => /2026.*\.next$/.test(name)))
          await new Promise(setImmediate);
        // The files are of the day that the clock says.
        for (const file of backups.list().slice(0, 2)) dated(file, START);
      }
    },
  };
}

/** Its day is in its name. */
function dated(file: string, noon: number): void {
  const day = Date.parse(/\d{4}-\d{2}-\d{2}/.exec(file)?.[0] ?? '') + (noon % DAY);
  utimesSync(file, day / 1000, day / 1000);
}

test('there is one backup a day, seven are kept, and others in the folder stay', async () => {
  const { device, backups, days } = await person();
  mkdirSync(join(base, 'backups'));
  writeFileSync(join(base, 'backups', 'by hand.backup'), 'mine');
  writeFileSync(join(base, 'backups', 'cove-2025-12-31.backup.next'), 'half of one');
  backups.started();
  await days(10);
  const names = readdirSync(join(base, 'backups')).sort();
  expect(names.filter((name) => name.startsWith('cove-'))).toHaveLength(7);
  expect(names).toContain('by hand.backup');
  expect(names.filter((name) => name.endsWith('.next'))).toEqual([]);
  expect(backups.list()[0]).toContain('cove-2026-01-1');
  expect(new Set(backups.list().map((file) => file.slice(-17, -7))).size).toBe(7);
  backups.stopped();
  await days(2);
  expect(readdirSync(join(base, 'backups')).sort()).toEqual(names);
  device.stop();
  device.profile.storage.close();
});

test('that daily backups fail is told until one works, and since when also after a restart', async () => {
  const { device, clock, log } = await person();
  const folder = join(base, 'backups');
  const begin = () => {
    const backups = new Backups({ engine: () => device, clock, log, damaged: () => undefined, folder: () => folder });
    const heard: unknown[] = [];
    backups.onChange(() => heard.push(backups.trouble?.error.type));
    backups.started();
    return {
      backups,
      /** What is told within the next hour. */
      async told() {
        heard.splice(0);
        clock.advance(HOUR);
        while (heard.length === 0) await new Promise(setImmediate);
        return heard;
      },
    };
  };
  writeFileSync(folder, 'a file in the way');
  const first = begin();
  expect(await first.told()).toEqual(['file-not-written']);
  const since = first.backups.trouble?.since;
  expect([since, first.backups.latest]).toEqual([START + 60_000, undefined]);
  first.backups.stopped();
  clock.advance(5 * DAY);
  const second = begin();
  expect(second.backups.trouble).toBeUndefined();
  await second.told();
  expect(second.backups.trouble?.since).toBe(since);
  rmSync(folder);
  expect(await second.told()).toEqual([undefined]);
  expect([second.backups.list().length, second.backups.trouble]).toEqual([1, undefined]);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'in the way again');
  await second.told();
  expect(second.backups.trouble?.since, 'counted anew').toBeGreaterThan(clock.now() - 2 * HOUR);
  second.backups.stopped();
  device.stop();
  device.profile.storage.close();
});

test('one that was made while the clock was a year ahead does not keep the others from being made', async () => {
  const { device, backups, days } = await person();
  const ahead = join(base, 'backups', 'cove-2027-01-01.backup');
  mkdirSync(join(base, 'backups'));
  writeFileSync(ahead, 'of a wrong clock');
  dated(ahead, START);
  backups.started();
  await days(1);
  backups.stopped();
  expect(backups.list().map((file) => basename(file))).toContain('cove-2026-01-01.backup');
  device.stop();
  device.profile.storage.close();
});

test('changes that cannot become entries any more keep no backup from being made', async () => {
  const { device, backups } = await person();
  const space = device.replicas.create();
  const objects = device.objects.space(space);
  const note = objects.create({ title: 'Beans' });
  objects.set(note, '/title', 'Peas');
  space.appendControl({ type: 'SpaceDelete' });
  expect(objects.pendingCount()).toBe(1);
  await backups.save(join(base, 'by hand.backup'));
  expect(existsSync(join(base, 'by hand.backup'))).toBe(true);
  device.stop();
  device.profile.storage.close();
});

test('a file that is no backup, somebody else’s or damaged is called so, and the right one opens afterwards', async () => {
  const open = async (name: string) => {
    const [dataDir, keychain] = [join(base, name), createMemoryKeychain()];
    const client = new Client({ dataDir, keychain, bind: '127.0.0.1', meetingPoints: [] });
    await client.initialize();
    return client;
  };
  const [ana, ben, fresh] = [await open('ana'), await open('ben'), await open('fresh')];
  await ana.halo.createProfile({ displayName: 'Ana' });
  await ben.halo.createProfile({ displayName: 'Ben' });
  const words = (await ana.halo.phrase())?.join(' ') ?? '';
  const [good, bens, bad] = [join(base, 'a.backup'), join(base, 'b.backup'), join(base, 'c.backup')];
  await ana.halo.backups.save(good);
  await ben.halo.backups.save(bens);
  const whole = readFileSync(good);
  const answer = async (file: string, bytes?: Uint8Array): Promise<unknown> => {
    if (bytes !== undefined) writeFileSync(file, bytes);
    return fresh.halo.restoreBackup(file, words).then(
      () => 'restored',
      (error: unknown) => (error as CoveError).type,
    );
  };
  const flipped = (at: number) => whole.map((byte, i) => (i === at ? byte ^ 1 : byte));
  expect(await answer(join(base, 'none.backup'))).toBe('backup-missing');
  expect(await answer(base)).toBe('backup-missing');
  expect(await answer(bens)).toBe('backup-not-opened');
  for (const bytes of [new Uint8Array(0), Buffer.from('a letter'), flipped(100)])
    expect(await answer(bad, bytes)).toBe('backup-not-opened');
  for (const bytes of [flipped(whole.length >> 1), flipped(whole.length - 10), whole.subarray(0, whole.length >> 1)])
    expect(await answer(bad, bytes)).toBe('backup-damaged');
  expect([await answer(good), fresh.halo.profile?.displayName]).toEqual(['restored', 'Ana']);
  for (const nowhere of ['/proc/none/a.backup', join(base, 'no', 'such', 'a.backup'), join(good, 'a.backup')])
    await expect(ana.halo.backups.save(nowhere)).rejects.toMatchObject({ type: 'file-not-written' });
  for (const client of [ana, ben, fresh]) await client.destroy();
});

test('a copy of the database is known for one as soon as the client was closed', async () => {
  const keychain = createMemoryKeychain();
  const client = new Client({ dataDir: base, keychain, bind: '127.0.0.1', meetingPoints: [] });
  await client.initialize();
  await client.halo.createProfile({ displayName: 'Ana' });
  const before = [...keychain.items.values()];
  await client.destroy();
  expect([...keychain.items.values()]).not.toEqual(before);
});
