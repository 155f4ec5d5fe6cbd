/** Daily backups: one a day, seven kept, none twice; what was saved by hand is left alone. And a guard that turns at the end. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDevice } from '../../test/proof/device.ts';
import type { Device } from '../../test/proof/device.ts';
import { createVirtualClock } from '../../test/objects/virtual-clock.ts';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import { createSystemRandom } from '../../native/random.ts';
import { stageRestore } from '../../native/sqlite/backup.ts';
import { createVault } from '../../native/sqlite/index.ts';
import { Backups } from './backups.ts';
import { Client } from './client.ts';

const DAY = 86_400_000;
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
    async days(n: number): Promise<void> {
      for (let hour = 0; hour < n * 24; hour++) {
        clock.advance(DAY / 24);
        // The keychain is asked in between, and other work gets its turn while one is written.
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
        while (existsSync(folder) && readdirSync(folder).some((name) => /2026.*\.next$/.test(name)))
          await new Promise(setImmediate);
        // The files are of the day that the clock says.
        for (const file of backups.list().slice(0, 1)) dated(file, START);
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

test('a backup that is not there is called so', async () => {
  const keys = { key: new Uint8Array(32), backupKey: new Uint8Array(32).fill(1) };
  expect(() => stageRestore(join(base, 'none.backup'), join(base, 'new.db'), keys)).toThrow(
    expect.objectContaining({ type: 'backup-missing' }),
  );
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
