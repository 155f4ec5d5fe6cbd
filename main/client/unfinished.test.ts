/** What a killed process left half written is cleared away by the next, and nothing else is. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStorage } from '../../native/sqlite/storage.ts';
import { fileKeychain } from '../../test/proof/kills/file-keychain.ts';
import { migrate } from '../engine/echo/schema.ts';
import { CoveError } from '../engine/errors.ts';
import { readMeta } from '../engine/halo/meta.ts';
import type { Storage } from '../engine/ports.ts';
import { Client } from './client.ts';
import { Unfinished } from './unfinished.ts';
import { writeWhole } from './whole-file.ts';

const silent = () => undefined;
let base: string;
let storage: Storage;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'cove-unfinished-'));
  storage = createStorage(new Database(':memory:'));
  migrate(storage);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const started = () => new Unfinished(storage, silent);

test('a file and a folder that were left are cleared away, and what only looks like one stays', async () => {
  const before = started();
  const file = before.begin(join(base, 'House.cove-archive'));
  writeFileSync(file, 'half');
  const folder = before.begin(join(base, 'House'));
  mkdirSync(folder);
  writeFileSync(join(folder, 'Beds.md'), 'beans');
  const never = before.begin(join(base, 'killed before it was there'));
  writeFileSync(join(base, 'cove-0123456789abcdef.part'), 'somebody else’s');
  expect(basename(file)).toMatch(/^cove-[0-9a-f]{16}\.part$/);

  await started().clear();
  expect(readdirSync(base)).toEqual(['cove-0123456789abcdef.part']);
  // Once: should something come to be of that name, it is not Cove's any more.
  for (const path of [file, never]) writeFileSync(path, 'later');
  await started().clear();
  expect(existsSync(file) && existsSync(never)).toBe(true);
});

test('what is whole is not remembered', async () => {
  const path = join(base, 'House.json');
  await writeWhole(started(), path, (write) => write(Buffer.from('{}')));
  expect(readdirSync(base)).toEqual(['House.json']);
  expect(Buffer.from(readMeta(storage, 'files.unfinished') ?? []).toString()).toBe('[]');
});

test('a disk that is not here waits until it is', async () => {
  const stick = join(base, 'stick');
  mkdirSync(stick);
  const left = started().begin(join(stick, 'House.json'));
  rmSync(stick, { recursive: true });
  await started().clear();
  mkdirSync(stick);
  writeFileSync(left, 'half');
  await started().clear();
  expect(readdirSync(stick)).toEqual([]);
});

test('a profile that cannot be written to keeps nobody from saving elsewhere', async () => {
  const full: Storage = {
    ...storage,
    prepare(sql) {
      if (sql.startsWith('INSERT')) throw new CoveError('disk-full');
      return storage.prepare(sql);
    },
  };
  const unfinished = new Unfinished(full, silent);
  expect((await writeWhole(unfinished, join(base, 'a'), (write) => write(Buffer.from('a')))).bytes).toBe(1);
});

test.each(['archive', 'json', 'markdown'])('the start after a kill clears away what it left: %s', async (way) => {
  const program = fileURLToPath(new URL('../../test/client/killed-while-saving.ts', import.meta.url));
  expect(spawnSync(process.execPath, [program, base, way], { stdio: ['ignore', 'ignore', 'inherit'] }).signal).toBe(
    'SIGKILL',
  );
  const parts = () => readdirSync(base).filter((name) => name.endsWith('.part'));
  expect(parts()).toHaveLength(1);
  const client = new Client({
    ...{ dataDir: join(base, 'profile'), keychain: fileKeychain(join(base, 'keychain.jsonl')), log: silent },
    ...{ meetingPoints: [], bind: '127.0.0.1', lan: false },
  });
  await client.initialize();
  await client.destroy(); // as a short command does
  expect(parts()).toEqual([]);
  expect(readdirSync(base)).not.toContain('House');
});
