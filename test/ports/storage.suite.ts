/** What every Storage must do, whatever it stores on. Runs against the real one and any stand-in. */
import { describe, expect, test } from 'vitest';
import type { Storage, StorageVault } from '../../main/engine/ports.ts';

export interface VaultUnderTest {
  readonly vault: StorageVault;
  remove(): void;
}

const KEY = new Uint8Array(32).fill(1);
const OTHER_KEY = new Uint8Array(32).fill(2);

/** An open storage with a table `t (k, v)`. */
interface World {
  readonly vault: StorageVault;
  /** The one that is open now: a check may close it and open it again. */
  storage: Storage;
}

const rows = ({ storage }: World) => storage.prepare('SELECT k, v FROM t ORDER BY k').all();
const insert = ({ storage }: World, key: number, value: string | number | Uint8Array | null) =>
  storage.prepare('INSERT INTO t VALUES (?, ?)').run(key, value);

/** By the sentence that each of them holds a storage to. */
export const storageChecks: Readonly<Record<string, (it: World) => void>> = {
  'every kind of value comes back as it was given, blobs as plain byte arrays'(it) {
    const blob = Uint8Array.of(0, 255, 3).subarray(1);
    for (const [i, value] of [null, 'ä\u{1f33f}', '', 1_790_000_000_000, -2, 0.5, blob].entries()) insert(it, i, value);
    expect(rows(it).map((row) => row['v'])).toEqual([
      null,
      'ä\u{1f33f}',
      '',
      1_790_000_000_000,
      -2,
      0.5,
      Uint8Array.of(255, 3),
    ]);
    const got = it.storage.prepare('SELECT v FROM t WHERE k = 6').get()?.['v'] as Uint8Array;
    expect(Object.getPrototypeOf(got)).toBe(Uint8Array.prototype);
  },
  'a statement tells how many rows it changed and the row it made'(it) {
    expect(insert(it, 41, 'x')).toEqual({ changes: 1, lastInsertRowid: 41 });
    expect(it.storage.prepare('UPDATE t SET v = ?').run('y').changes).toBe(1);
    expect(it.storage.prepare('SELECT v FROM t WHERE k = 7').get()).toBeUndefined();
    expect([...it.storage.prepare('SELECT v FROM t').iterate()]).toEqual([{ v: 'y' }]);
  },
  'after closing, every call says so as a failure that callers know'(it) {
    const select = it.storage.prepare('SELECT v FROM t');
    it.storage.close();
    const calls = [
      () => select.all(),
      () => select.get(),
      () => select.run(),
      () => [...select.iterate()],
      () => it.storage.prepare('SELECT 1').get(),
      () => it.storage.exec('DELETE FROM t'),
      () => it.storage.transaction(() => undefined),
    ];
    for (const call of calls) expect(call).toThrow(expect.objectContaining({ type: 'closed' }));
    expect(() => it.storage.close()).not.toThrow();
  },
  'rows come as lists too, in the order of their columns, two of one name included'(it) {
    insert(it, 1, Uint8Array.of(7));
    insert(it, 2, null);
    const select = it.storage.prepare('SELECT v, k, k FROM t ORDER BY k');
    const lists = select.rows();
    expect(lists).toEqual([
      [Uint8Array.of(7), 1, 1],
      [null, 2, 2],
    ]);
    expect(Object.getPrototypeOf(lists[0]?.[0])).toBe(Uint8Array.prototype);
    expect(select.all()[1]).toEqual({ v: null, k: 2 });
    expect(it.storage.prepare('SELECT k FROM t WHERE k > ?').rows(1)).toEqual([[2]]);
  },
  'a statement is prepared once per text'(it) {
    expect(it.storage.prepare('SELECT 1')).toBe(it.storage.prepare('SELECT 1'));
  },
  'a transaction that throws leaves nothing behind, and the error is the one thrown'(it) {
    const reason = new Error('no');
    expect(() =>
      it.storage.transaction(() => {
        insert(it, 1, 'x');
        expect(it.storage.inTransaction).toBe(true);
        throw reason;
      }),
    ).toThrow(reason);
    expect([rows(it), it.storage.inTransaction]).toEqual([[], false]);
  },
  'a nested transaction that throws undoes itself alone'(it) {
    it.storage.transaction(() => {
      insert(it, 1, 'outer');
      expect(() =>
        it.storage.transaction(() => {
          insert(it, 2, 'inner');
          throw new Error('no');
        }),
      ).toThrow('no');
      it.storage.transaction(() => insert(it, 3, 'kept'));
    });
    expect(rows(it)).toEqual([
      { k: 1, v: 'outer' },
      { k: 3, v: 'kept' },
    ]);
  },
  'what was committed is there after closing and opening again'(it) {
    it.storage.transaction(() => insert(it, 1, 'kept'));
    it.storage.close();
    it.storage = it.vault.open(KEY);
    expect(rows(it)).toEqual([{ k: 1, v: 'kept' }]);
  },
  'the crash note is empty at first, keeps the last thing written, and outlives closing and rolling back'(it) {
    expect(it.storage.crashNote.read()).toEqual(new Uint8Array(0));
    it.storage.crashNote.write(new Uint8Array(32).fill(1));
    expect(() =>
      it.storage.transaction(() => {
        it.storage.crashNote.write(new Uint8Array(32).fill(2));
        throw new Error('no');
      }),
    ).toThrow('no');
    it.storage.close();
    it.storage = it.vault.open(KEY);
    expect(it.storage.crashNote.read()).toEqual(new Uint8Array(32).fill(2));
    expect(() => it.storage.crashNote.write(new Uint8Array(31))).toThrow(RangeError);
  },
  'foreign keys are enforced'(it) {
    it.storage.exec('CREATE TABLE child (t INTEGER REFERENCES t ON DELETE CASCADE) STRICT');
    expect(() => it.storage.prepare('INSERT INTO child VALUES (9)').run()).toThrow();
  },
  'another key does not open it, and changes nothing'(it) {
    it.storage.close();
    expect(() => it.vault.open(OTHER_KEY)).toThrow(expect.objectContaining({ type: 'wrong-key' }));
    it.storage = it.vault.open(KEY);
    expect(rows(it)).toEqual([]);
  },
  'a second opening while it is open is told that the profile is in use'(it) {
    expect(() => it.vault.open(KEY)).toThrow(expect.objectContaining({ type: 'profile-in-use' }));
  },
  'discard removes it'(it) {
    it.storage.close();
    expect(it.vault.exists()).toBe(true);
    it.vault.discard();
    expect(it.vault.exists()).toBe(false);
    it.storage = it.vault.open(OTHER_KEY);
    expect(() => rows(it)).toThrow(/no such table/);
  },
};

/** Throws what the check throws. */
export function checkStorage({ vault, remove }: VaultUnderTest, check: (it: World) => void): void {
  const it: World = { vault, storage: vault.open(KEY) };
  try {
    it.storage.exec('CREATE TABLE t (k INTEGER PRIMARY KEY, v ANY) STRICT');
    check(it);
  } finally {
    it.storage.close();
    remove();
  }
}

export function storageSuite(name: string, make: () => VaultUnderTest): void {
  describe(`storage: ${name}`, () => {
    for (const [sentence, check] of Object.entries(storageChecks)) test(sentence, () => checkStorage(make(), check));
  });
}
