/** A replaced database is the old one or the new one after a crash at any step, never a mixture of the two. */
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TEST_KEY } from '../../test/ports/storage-temporary.ts';
import { createSalvage, createVault } from './index.ts';

let base: string;
let folder: string;
const path = (): string => join(folder, 'cove.db');

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'cove-replace-'));
  folder = join(base, 'crashed');
  const live = join(base, 'live');
  const old = createVault({ path: join(live, 'cove.db') }).open(TEST_KEY);
  old.exec("CREATE TABLE t (v TEXT) STRICT; INSERT INTO t VALUES ('old'); PRAGMA wal_checkpoint(TRUNCATE)");
  old.exec("INSERT INTO t VALUES ('only in the log')");
  // As a kill leaves it: the write-ahead log holds the last commit.
  cpSync(live, folder, { recursive: true });
  old.close();
  const fresh = createSalvage({ path: path() }).openFresh(TEST_KEY);
  fresh.exec("CREATE TABLE t (v TEXT) STRICT; INSERT INTO t VALUES ('new')");
  fresh.close();
});
afterEach(() => rmSync(base, { recursive: true }));

function shown(): unknown[] {
  const storage = createVault({ path: path() }).open(TEST_KEY);
  try {
    return storage
      .prepare('SELECT v FROM t')
      .all()
      .map(({ v }) => v);
  } finally {
    storage.close();
  }
}

test('nothing of the old one is gone before the new one counts', () => {
  expect(shown()).toEqual(['old', 'only in the log']);
});

test('a crash after the decision is finished at the next opening', () => {
  renameSync(`${path()}.recovered`, `${path()}.replacing`);
  expect(createVault({ path: path() }).exists()).toBe(true);
  expect(shown()).toEqual(['new']);
});

test('so is one after the old log was deleted', () => {
  renameSync(`${path()}.recovered`, `${path()}.replacing`);
  rmSync(`${path()}-wal`);
  expect(shown()).toEqual(['new']);
});

test('without a crash nothing but the new one is left', () => {
  createSalvage({ path: path() }).replace();
  expect(shown()).toEqual(['new']);
  expect(
    ['.recovered', '.recovered.key-check', '.replacing', '-wal'].filter((end) => existsSync(path() + end)),
  ).toEqual([]);
});
