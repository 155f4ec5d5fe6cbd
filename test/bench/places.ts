/** Folders, clients and raw databases for measurements: real encryption, real disk, everything on the loopback. */
import Database from 'better-sqlite3';
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
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

/** The next message of a child; rejects when it ends without one. */
export async function heard(child: ChildProcess): Promise<unknown> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const message = once(child, 'message', { signal }).then(([said]) => said as unknown);
  const exit = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a part of the bench ended with ${String(code)}: ${child.spawnargs.slice(1, 3).join(' ')}`);
  });
  try {
    return await Promise.race([message, exit]);
  } finally {
    waiting.abort();
    await Promise.allSettled([message, exit]);
  }
}

/** Runs a program that says one thing. */
export async function saidBy(program: URL, args: readonly string[]): Promise<unknown> {
  const child = fork(program, args);
  const said = await heard(child);
  if (child.exitCode === null) await once(child, 'exit');
  return said;
}

const LONGEST_MS = 20_000;

export async function until(what: string, holds: () => boolean, ms = LONGEST_MS): Promise<void> {
  const deadline = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
