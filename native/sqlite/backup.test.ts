/** A backup is made while the database goes on being written, of one moment, and costs neither the lock nor a turn. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_KEY, temporaryVault, type TemporaryVault } from '../../test/ports/storage-temporary.ts';
import type { Storage } from '../../main/engine/ports.ts';
import { stageRestore, writeBackup } from './backup.ts';

const backupKey = new Uint8Array(32).fill(9);
const keys = { key: TEST_KEY, backupKey };
let under: TemporaryVault;
let storage: Storage;
let file: string;

beforeEach(() => {
  under = temporaryVault({ unsafe: { synchronous: 'OFF' } });
  storage = under.vault.open(TEST_KEY);
  file = join(under.folder, 'kept', 'one.backup');
  storage.exec('CREATE TABLE t (k INTEGER PRIMARY KEY, v BLOB) STRICT');
  // Some megabytes, most of them still in the log.
  storage.transaction(() => {
    for (let k = 0; k < 6000; k += 1) insert(k);
  });
});
afterEach(() => {
  storage.close();
  under.remove();
});

const insert = (k: number) => storage.prepare('INSERT INTO t VALUES (?, ?)').run(k, new Uint8Array(1000).fill(k));
const keysOf = (one: Storage) =>
  one
    .prepare('SELECT k FROM t ORDER BY k')
    .all()
    .map((row) => row['k'] as number);
const upTo = (count: number) => [...Array(count).keys()];

/** What the backup holds, opened as a restore opens it. */
function held(): number[] {
  const staged = stageRestore(file, join(under.folder, 'back.db'), keys);
  const found = keysOf(staged.storage);
  staged.drop();
  return found;
}

test('it holds the moment at which it was begun, and the database what was written meanwhile', async () => {
  let done = false;
  const writing = writeBackup(storage, file, keys).finally(() => (done = true));
  let next = 6000;
  for (; !done; next += 1) {
    insert(next);
    await turn();
  }
  await writing;
  expect(next, 'control: other work had its turns').toBeGreaterThan(6020);
  expect(held()).toEqual(upTo(6000));
  expect(keysOf(storage)).toEqual(upTo(next));
  storage.close();
  storage = under.vault.open(TEST_KEY);
  expect(keysOf(storage)).toEqual(upTo(next));
});

/** Asked by another process: one's own locks keep nobody out. */
function lockIsHeld(): boolean {
  const module = new URL('./vault.ts', import.meta.url).href;
  const script = `const { isInUse } = await import('${module}'); process.stdout.write(String(isInUse('${under.path}')));`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }) === 'true';
}

test.runIf(process.platform !== 'win32')('the profile stays locked', async () => {
  await writeBackup(storage, file, keys);
  expect(lockIsHeld()).toBe(true);
  // Control: this is how it would be lost.
  closeSync(openSync(under.path, 'r'));
  expect(lockIsHeld()).toBe(false);
});

test('a profile that closes meanwhile leaves no half of one', async () => {
  const writing = writeBackup(storage, file, keys);
  storage.close();
  await expect(writing).rejects.toMatchObject({ type: 'closed' });
  expect([existsSync(file), existsSync(`${file}.next`)]).toEqual([false, false]);
  storage = under.vault.open(TEST_KEY);
  expect(keysOf(storage)).toEqual(upTo(6000));
});

test('the key of another database makes none', async () => {
  const writing = writeBackup(storage, file, { key: new Uint8Array(32).fill(8), backupKey });
  await expect(writing).rejects.toMatchObject({ type: 'database-damaged' });
  expect([existsSync(file), existsSync(`${file}.next`)]).toEqual([false, false]);
});
