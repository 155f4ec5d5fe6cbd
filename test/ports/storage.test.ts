/** The Storage port on SQLite: the acceptance suite, and what only a real file can show. */
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createVault, markSuspect } from '../../native/sqlite/index.ts';
import { MOST_STATEMENTS } from '../../native/sqlite/storage.ts';
import type { SqlRow, Storage, StorageVault } from '../../main/engine/ports.ts';
import { checkStorage, storageChecks, storageSuite } from './storage.suite.ts';
import { TEST_KEY, temporaryVault } from './storage-temporary.ts';
import type { TemporaryVault } from './storage-temporary.ts';

storageSuite('encrypted SQLite', () => temporaryVault({ lockTimeout: 20 }));
storageSuite('plain SQLite, the stand-in for power-cut images', () => {
  const temporary = temporaryVault({ lockTimeout: 20, unsafe: { plaintext: true } });
  // Without encryption there is no wrong key; the suite's rule is met by comparing keys.
  let first: string | undefined;
  const { vault } = temporary;
  return {
    ...temporary,
    vault: {
      exists: vault.exists,
      discard() {
        first = undefined;
        vault.discard();
      },
      open(key) {
        first ??= String(key);
        if (first !== String(key)) throw Object.assign(new Error('wrong key'), { type: 'wrong-key' });
        return vault.open(key);
      },
    },
  };
});

/** Storages with the faults that the suite is about, each with the sentences that it does not meet. */
const broken: Readonly<Record<string, readonly [(whole: Storage) => Partial<Storage>, ...sentences: string[]]>> = {
  'gives numbers as text': [
    (whole) => ({
      prepare: (sql) => {
        const statement = whole.prepare(sql);
        const texts = (row: SqlRow): SqlRow =>
          Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === 'number' ? String(v) : v]));
        return withFault(statement, { all: (...values) => statement.all(...values).map(texts) });
      },
    }),
    'every kind of value comes back as it was given, blobs as plain byte arrays',
    'rows come as lists too, in the order of their columns, two of one name included',
    'a statement is prepared once per text',
    'a nested transaction that throws undoes itself alone',
    'what was committed is there after closing and opening again',
  ],
  'keeps what a failed transaction did': [
    () => ({ transaction: (fn) => fn() }),
    'after closing, every call says so as a failure that callers know',
    'a transaction that throws leaves nothing behind, and the error is the one thrown',
    'a nested transaction that throws undoes itself alone',
  ],
  'swallows what a transaction throws': [
    (whole) => ({
      transaction: (fn) => {
        try {
          return whole.transaction(fn);
        } catch {
          return undefined as never;
        }
      },
    }),
    'after closing, every call says so as a failure that callers know',
    'a transaction that throws leaves nothing behind, and the error is the one thrown',
    'a nested transaction that throws undoes itself alone',
    'the crash note is empty at first, keeps the last thing written, and outlives closing and rolling back',
  ],
  'has no crash note': [
    () => ({ crashNote: { read: () => new Uint8Array(0), write: () => undefined } }),
    'the crash note is empty at first, keeps the last thing written, and outlives closing and rolling back',
  ],
};
/** Faults of the vault: as above. */
const brokenVaults: Readonly<Record<string, readonly [(whole: StorageVault) => Partial<StorageVault>, ...string[]]>> = {
  'opens with any key': [
    (whole) => ({ open: () => whole.open(TEST_KEY) }),
    'another key does not open it, and changes nothing',
  ],
  'begins anew at each opening': [
    (whole) => ({
      open(key) {
        whole.discard();
        return whole.open(key);
      },
    }),
    'what was committed is there after closing and opening again',
    'the crash note is empty at first, keeps the last thing written, and outlives closing and rolling back',
    'another key does not open it, and changes nothing',
    'a second opening while it is open is told that the profile is in use',
  ],
  'discards nothing': [() => ({ discard: () => undefined }), 'discard removes it'],
};

/** With these parts instead of its own. */
function withFault<T extends object>(whole: T, fault: Partial<T>): T {
  return new Proxy(whole, {
    get(target, name) {
      const part = (Object.hasOwn(fault, name) ? fault : target) as Record<string | symbol, unknown>;
      const value = part[name];
      return typeof value === 'function' ? (value.bind(part) as unknown) : value;
    },
  });
}
const failedChecks = (make: () => TemporaryVault): string[] =>
  Object.entries(storageChecks).flatMap(([sentence, check]) => {
    try {
      checkStorage(make(), check);
      return [];
    } catch {
      return [sentence];
    }
  });

test.each(Object.entries(broken))('a storage that %s does not pass', (_name, [fault, ...sentences]) => {
  const failed = failedChecks(() => {
    const one = temporaryVault({ lockTimeout: 20 });
    const open = (key: Uint8Array) => {
      const whole = one.vault.open(key);
      return withFault(whole, fault(whole));
    };
    return { ...one, vault: { exists: one.vault.exists, discard: one.vault.discard, open } };
  });
  expect(failed).toEqual(sentences);
});

test.each(Object.entries(brokenVaults))('a vault that %s does not pass', (_name, [fault, ...sentences]) => {
  const failed = failedChecks(() => {
    const one = temporaryVault({ lockTimeout: 20 });
    return { ...one, vault: { ...one.vault, ...fault(one.vault) } };
  });
  expect(failed).toEqual(sentences);
});

const made: TemporaryVault[] = [];
const temporary = (options?: Parameters<typeof temporaryVault>[0]): TemporaryVault => {
  const one = temporaryVault(options);
  made.push(one);
  return one;
};
afterEach(() => {
  for (const one of made.splice(0)) one.remove();
});

test('durability is set as the protocol says', () => {
  const storage = temporary().vault.open(TEST_KEY);
  const pragma = (name: string) => Object.values(storage.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  expect(['journal_mode', 'synchronous', 'foreign_keys', 'secure_delete', 'fullfsync'].map(pragma)).toEqual([
    'wal',
    2,
    1,
    1,
    1,
  ]);
  storage.close();
});

const CANARY = 'canary-in-the-database';
function filesContain(one: TemporaryVault): boolean {
  const folder = dirname(one.path);
  return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(CANARY));
}

test('nothing written can be read from the files, and the same search finds it without encryption', () => {
  const found = [false, true].map((plaintext) => {
    const one = temporary({ unsafe: { plaintext } });
    const storage = one.vault.open(TEST_KEY);
    storage.exec('CREATE TABLE t (v TEXT) STRICT');
    storage.prepare('INSERT INTO t VALUES (?)').run(CANARY);
    const whileOpen = filesContain(one);
    storage.close();
    return [whileOpen, filesContain(one)];
  });
  expect(found).toEqual([
    [false, false],
    [true, true],
  ]);
});

function filled(): TemporaryVault {
  const one = temporary();
  const storage = one.vault.open(TEST_KEY);
  storage.exec('CREATE TABLE t (k INTEGER PRIMARY KEY, v BLOB) STRICT');
  for (let i = 0; i < 200; i++) storage.prepare('INSERT INTO t VALUES (?, ?)').run(i, new Uint8Array(300).fill(i));
  storage.close();
  return one;
}

test('every flipped bit is found at opening and called damage, not a wrong key', () => {
  const one = filled();
  const whole = readFileSync(one.path);
  const outcomes = new Set<string>();
  for (let k = 0; k < 40; k++) {
    const at = k < 4 ? 20 + k * 300 : Math.floor((k / 40) * whole.length);
    const copy = Buffer.from(whole);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    writeFileSync(one.path, copy);
    try {
      one.vault.open(TEST_KEY).close();
      outcomes.add(`opened at ${at}`);
    } catch (error) {
      outcomes.add((error as { type?: string }).type ?? String(error));
    }
  }
  expect([...outcomes]).toEqual(['database-damaged']);
  writeFileSync(one.path, whole);
  one.vault.open(TEST_KEY).close();
});

test('a full disk is called so and what was saved stays', () => {
  const told: (string | undefined)[] = [];
  const { path } = filled();
  const storage = createVault({ path, onDisk: (trouble) => told.push(trouble?.type) }).open(TEST_KEY);
  storage.exec('PRAGMA max_page_count = 1');
  const insert = storage.prepare('INSERT INTO t VALUES (?, ?)');
  expect(() => storage.transaction(() => insert.run(1000, new Uint8Array(100_000)))).toThrow(
    expect.objectContaining({ type: 'disk-full' }),
  );
  expect(storage.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 200 });
  storage.exec('PRAGMA max_page_count = 100000');
  storage.transaction(() => insert.run(1000, new Uint8Array(100_000)));
  storage.transaction(() => insert.run(1001, new Uint8Array(10)));
  expect(told).toEqual(['disk-full', undefined]);
  storage.close();
});

/** Root may write anywhere, so the test steps down for the moment; elsewhere permissions are enough. */
function asOrdinaryUser<T>(fn: () => T): T {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    return fn();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

test('a folder or file that cannot be written to is called so', () => {
  const one = filled();
  chmodSync(one.folder, 0o755);
  chmodSync(dirname(one.path), 0o555);
  chmodSync(one.path, 0o444);
  chmodSync(`${one.path}.key-check`, 0o444);
  const readOnly = expect.objectContaining({ type: 'folder-read-only' }) as Error;
  expect(() => asOrdinaryUser(() => one.vault.open(TEST_KEY))).toThrow(readOnly);
  const fresh = temporary();
  chmodSync(fresh.folder, 0o555);
  expect(() => asOrdinaryUser(() => fresh.vault.open(TEST_KEY))).toThrow(readOnly);
  chmodSync(dirname(one.path), 0o755);
});

test('what is too large to be read at each opening is read after an end that was none, and after damage was met', () => {
  const one = temporary({ checkUpTo: 0 });
  const storage = one.vault.open(TEST_KEY);
  storage.exec('CREATE TABLE t (k INTEGER PRIMARY KEY, v BLOB) STRICT');
  for (let k = 0; k < 50; k += 1) storage.prepare('INSERT INTO t VALUES (?, ?)').run(k, new Uint8Array(4000).fill(k));
  storage.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  storage.prepare('DELETE FROM t WHERE k = 0').run();
  const log = readFileSync(`${one.path}-wal`);
  storage.close();
  const bytes = readFileSync(one.path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  writeFileSync(one.path, bytes);
  const damaged = expect.objectContaining({ type: 'database-damaged' }) as Error;
  one.vault.open(TEST_KEY).close();
  markSuspect(one.path);
  expect(() => one.vault.open(TEST_KEY)).toThrow(damaged);
  rmSync(`${one.path}.suspect`);
  one.vault.open(TEST_KEY).close();
  writeFileSync(`${one.path}-wal`, log);
  expect(() => one.vault.open(TEST_KEY)).toThrow(damaged);
});

test('an opening that finds nothing ends the suspicion', () => {
  const one = temporary({ checkUpTo: 0 });
  one.vault.open(TEST_KEY).close();
  markSuspect(one.path);
  one.vault.open(TEST_KEY).close();
  expect(existsSync(`${one.path}.suspect`)).toBe(false);
});

test('damage that is met after the opening is told, and what is read is an error, never something else', () => {
  const told: unknown[] = [];
  const { path, vault } = temporary({ onDisk: (trouble) => told.push(trouble?.type) });
  const storage = vault.open(TEST_KEY);
  storage.exec('CREATE TABLE t (k INTEGER PRIMARY KEY, v BLOB) STRICT');
  for (let k = 0; k < 200; k += 1) storage.prepare('INSERT INTO t VALUES (?, ?)').run(k, new Uint8Array(4000).fill(k));
  storage.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory');
  const read = () => storage.prepare('SELECT v FROM t ORDER BY k').all().length;
  expect([read(), told], 'control').toEqual([200, []]);
  storage.exec('PRAGMA shrink_memory');
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  writeFileSync(path, bytes, { flag: 'r+' });
  expect(read).toThrow(expect.objectContaining({ type: 'database-damaged' }));
  expect(told).toEqual(['database-damaged']);
  storage.close();
});

test('a database set beside the key of another profile is not opened with it', () => {
  const [mine, theirs] = [filled(), temporary()];
  theirs.vault.open(new Uint8Array(32).fill(9)).close();
  copyFileSync(mine.path, theirs.path);
  expect(() => mine.vault.open(new Uint8Array(32).fill(9))).toThrow(expect.objectContaining({ type: 'wrong-key' }));
});

test('another process is told that the profile is in use until the first is killed', async () => {
  const one = filled();
  const holder = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { createVault } from ${JSON.stringify(new URL('../../native/sqlite/index.ts', import.meta.url).href)};
     createVault({ path: ${JSON.stringify(one.path)} }).open(new Uint8Array(32).fill(7));
     process.stdout.write('open'); setInterval(() => {}, 1000);`,
  ]);
  try {
    const errors: string[] = [];
    holder.stderr.on('data', (data) => errors.push(String(data)));
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve);
      holder.once('exit', () => reject(new Error(errors.join(''))));
    });
    expect(() => one.vault.open(TEST_KEY)).toThrow(expect.objectContaining({ type: 'profile-in-use' }));
  } finally {
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('exit', resolve));
  }
  one.vault.open(TEST_KEY).close();
});

test('statements that nobody asked for in a while are let go, and go on for whoever holds them', () => {
  const temporary = temporaryVault();
  const storage = temporary.vault.open(TEST_KEY);
  const [held, used] = ['SELECT 1 AS held', 'SELECT 1 AS used'].map((text) => storage.prepare(text));
  for (let i = 0; i < MOST_STATEMENTS; i++) {
    storage.prepare(`SELECT ${i} AS n`);
    expect(storage.prepare('SELECT 1 AS used')).toBe(used);
  }
  expect(storage.prepare('SELECT 1 AS held')).not.toBe(held);
  expect(held?.get()).toEqual({ held: 1 });
  expect(held?.rows()).toEqual([[1]]);
  storage.close();
  expect(() => held?.get()).toThrow(expect.objectContaining({ type: 'closed' }) as Error);
  temporary.remove();
});
