/** Folders, clients and raw databases for measurements: real encryption, real disk, everything on the loopback. */
import Database from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../../main/client/index.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';

/** Gives a folder that is gone afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The keychain is asked once per start, so a stand-in changes no figure here. */
export async function openClient(dataDir: string, meetingPoints: readonly string[] = []): Promise<Client> {
  const client = new Client({ dataDir, meetingPoints, bind: '127.0.0.1', keychain: createMemoryKeychain() });
  await client.initialize();
  await client.halo.createProfile();
  return client;
}

/** SQLite with nothing in between, opened as native/sqlite opens it. */
export function rawDatabase(path: string): Database.Database {
  const binding = process.env['COVE_SQLITE_BINDING'];
  const old = Number(process.versions['napi']) < 10 && binding !== undefined;
  const database = new Database(path, old ? { nativeBinding: binding } : {});
  database.pragma("cipher = 'chacha20'");
  database.pragma(`key = "x'${randomBytes(32).toString('hex')}'"`);
  for (const setting of [
    'locking_mode = EXCLUSIVE',
    'journal_mode = WAL',
    'synchronous = FULL',
    'secure_delete = ON',
    'cache_size = -16384',
  ]) {
    database.pragma(setting);
  }
  database.exec('CREATE TABLE written (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
  return database;
}

const LONGEST_MS = 20_000;

export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
