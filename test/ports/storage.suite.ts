/** What every Storage must do, whatever it stores on. Runs against the real one and any stand-in. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Storage, StorageVault } from '../../main/engine/ports.ts';

export interface VaultUnderTest {
  readonly vault: StorageVault;
  remove(): void;
}

const KEY = new Uint8Array(32).fill(1);
const OTHER_KEY = new Uint8Array(32).fill(2);

export function storageSuite(name: string, make: () => VaultUnderTest): void {
  describe(`storage: ${name}`, () => {
    let under: VaultUnderTest;
    let storage: Storage;

    beforeEach(() => {
      under = make();
      storage = under.vault.open(KEY);
      storage.exec('CREATE TABLE t (k INTEGER PRIMARY KEY, v ANY) STRICT');
    });
    afterEach(() => {
      storage.close();
      under.remove();
    });
    const rows = () => storage.prepare('SELECT k, v FROM t ORDER BY k').all();
    const insert = (key: number, value: string | number | Uint8Array | null) =>
      storage.prepare('INSERT INTO t VALUES (?, ?)').run(key, value);

    test('every kind of value comes back as it was given, blobs as plain byte arrays', () => {
      const blob = Uint8Array.of(0, 255, 3).subarray(1);
      for (const [i, value] of [null, 'ä\u{1f33f}', '', 1_790_000_000_000, -2, 0.5, blob].entries()) insert(i, value);
      expect(rows().map((row) => row['v'])).toEqual([
        null,
        'ä\u{1f33f}',
        '',
        1_790_000_000_000,
        -2,
        0.5,
        Uint8Array.of(255, 3),
      ]);
      const got = storage.prepare('SELECT v FROM t WHERE k = 6').get()?.['v'] as Uint8Array;
      expect(Object.getPrototypeOf(got)).toBe(Uint8Array.prototype);
    });

    test('a statement tells how many rows it changed and the row it made', () => {
      expect(insert(41, 'x')).toEqual({ changes: 1, lastInsertRowid: 41 });
      expect(storage.prepare('UPDATE t SET v = ?').run('y').changes).toBe(1);
      expect(storage.prepare('SELECT v FROM t WHERE k = 7').get()).toBeUndefined();
      expect([...storage.prepare('SELECT v FROM t').iterate()]).toEqual([{ v: 'y' }]);
    });

    test('after closing, every call says so as a failure that callers know', () => {
      const select = storage.prepare('SELECT v FROM t');
      storage.close();
      const calls = [
        () => select.all(),
        () => select.get(),
        () => select.run(),
        () => [...select.iterate()],
        () => storage.prepare('SELECT 1').get(),
        () => storage.exec('DELETE FROM t'),
        () => storage.transaction(() => undefined),
      ];
      for (const call of calls) expect(call).toThrow(expect.objectContaining({ type: 'closed' }));
      expect(() => storage.close()).not.toThrow();
    });

    test('a statement is prepared once per text', () => {
      expect(storage.prepare('SELECT 1')).toBe(storage.prepare('SELECT 1'));
    });

    test('a transaction that throws leaves nothing behind, and the error is the one thrown', () => {
      const reason = new Error('no');
      expect(() =>
        storage.transaction(() => {
          insert(1, 'x');
          expect(storage.inTransaction).toBe(true);
          throw reason;
        }),
      ).toThrow(reason);
      expect([rows(), storage.inTransaction]).toEqual([[], false]);
    });

    test('a nested transaction that throws undoes itself alone', () => {
      storage.transaction(() => {
        insert(1, 'outer');
        expect(() =>
          storage.transaction(() => {
            insert(2, 'inner');
            throw new Error('no');
          }),
        ).toThrow('no');
        storage.transaction(() => insert(3, 'kept'));
      });
      expect(rows()).toEqual([
        { k: 1, v: 'outer' },
        { k: 3, v: 'kept' },
      ]);
    });

    test('what was committed is there after closing and opening again', () => {
      storage.transaction(() => insert(1, 'kept'));
      storage.close();
      storage = under.vault.open(KEY);
      expect(rows()).toEqual([{ k: 1, v: 'kept' }]);
    });

    test('the crash note is empty at first, keeps the last thing written, and outlives closing and rolling back', () => {
      expect(storage.crashNote.read()).toEqual(new Uint8Array(0));
      storage.crashNote.write(new Uint8Array(32).fill(1));
      expect(() =>
        storage.transaction(() => {
          storage.crashNote.write(new Uint8Array(32).fill(2));
          throw new Error('no');
        }),
      ).toThrow('no');
      storage.close();
      storage = under.vault.open(KEY);
      expect(storage.crashNote.read()).toEqual(new Uint8Array(32).fill(2));
      expect(() => storage.crashNote.write(new Uint8Array(31))).toThrow(RangeError);
    });

    test('foreign keys are enforced', () => {
      storage.exec('CREATE TABLE child (t INTEGER REFERENCES t ON DELETE CASCADE) STRICT');
      expect(() => storage.prepare('INSERT INTO child VALUES (9)').run()).toThrow();
    });

    test('another key does not open it, and changes nothing', () => {
      storage.close();
      expect(() => under.vault.open(OTHER_KEY)).toThrow(expect.objectContaining({ type: 'wrong-key' }));
      storage = under.vault.open(KEY);
      expect(rows()).toEqual([]);
    });

    test('a second opening while it is open is told that the profile is in use', () => {
      expect(() => under.vault.open(KEY)).toThrow(expect.objectContaining({ type: 'profile-in-use' }));
    });

    test('discard removes it', () => {
      storage.close();
      expect(under.vault.exists()).toBe(true);
      under.vault.discard();
      expect(under.vault.exists()).toBe(false);
      storage = under.vault.open(OTHER_KEY);
      expect(() => rows()).toThrow(/no such table/);
    });
  });
}
