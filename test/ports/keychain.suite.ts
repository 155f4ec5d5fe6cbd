/** What every Keychain must do. Runs against the system's, the passphrase file and the stand-in. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Keychain } from '../../main/engine/ports.ts';

/** By the sentence that each of them holds a keychain to; `account` is one that nobody else uses. */
export const keychainChecks: Readonly<Record<string, (keychain: Keychain, account: string) => Promise<void>>> = {
  async 'an item that was never set is null'(keychain, account) {
    expect(await keychain.get(account)).toBeNull();
  },
  async 'an item comes back as it was set, the last one set'(keychain, account) {
    await keychain.set(account, 'first');
    const secret = JSON.stringify({ v: 1, dms: 'a'.repeat(64), text: 'ä\u{1f33f}"\\' });
    await keychain.set(account, secret);
    expect(await keychain.get(account)).toBe(secret);
  },
  async 'accounts are apart'(keychain, account) {
    await keychain.set(account, 'mine');
    expect(await keychain.get(`${account}-other`)).toBeNull();
  },
  async 'a deleted item is null, and deleting what is not there is no failure'(keychain, account) {
    await keychain.set(account, 'x');
    await keychain.delete(account);
    await keychain.delete(account);
    expect(await keychain.get(account)).toBeNull();
  },
};

export function keychainSuite(name: string, make: () => Keychain): void {
  describe(`keychain: ${name}`, () => {
    const keychain = make();
    const account = `test-${crypto.randomUUID()}`;
    afterEach(async () => {
      await keychain.delete(account);
    });
    for (const [sentence, check] of Object.entries(keychainChecks)) test(sentence, () => check(keychain, account));
  });
}
