/** What every Keychain must do. Runs against the system's, the passphrase file and the stand-in. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Keychain } from '../../main/engine/ports.ts';

export function keychainSuite(name: string, make: () => Keychain): void {
  describe(`keychain: ${name}`, () => {
    const keychain = make();
    const account = `test-${crypto.randomUUID()}`;
    afterEach(async () => {
      await keychain.delete(account);
    });

    test('an item that was never set is null', async () => {
      expect(await keychain.get(account)).toBeNull();
    });

    test('an item comes back as it was set, the last one set', async () => {
      await keychain.set(account, 'first');
      const secret = JSON.stringify({ v: 1, dms: 'a'.repeat(64), text: 'ä\u{1f33f}"\\' });
      await keychain.set(account, secret);
      expect(await keychain.get(account)).toBe(secret);
    });

    test('accounts are apart', async () => {
      await keychain.set(account, 'mine');
      expect(await keychain.get(`${account}-other`)).toBeNull();
    });

    test('a deleted item is null, and deleting what is not there is no failure', async () => {
      await keychain.set(account, 'x');
      await keychain.delete(account);
      await keychain.delete(account);
      expect(await keychain.get(account)).toBeNull();
    });
  });
}
