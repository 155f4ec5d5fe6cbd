/** The Keychain port's stand-in: in memory, with the states a real one can be in. */
import { CoveError } from '../../main/engine/errors.ts';
import type { Keychain } from '../../main/engine/ports.ts';

export interface MemoryKeychain extends Keychain {
  readonly items: Map<string, string>;
  /** 'silent' answers null, as some systems do after sleep. */
  state: 'open' | 'locked' | 'missing' | 'silent';
}

export function createMemoryKeychain(): MemoryKeychain {
  const items = new Map<string, string>();
  const keychain: MemoryKeychain = {
    items,
    state: 'open',
    async get(account) {
      check();
      return keychain.state === 'silent' ? null : (items.get(account) ?? null);
    },
    async set(account, secret) {
      check();
      items.set(account, secret);
    },
    async delete(account) {
      check();
      items.delete(account);
    },
  };
  const check = (): void => {
    if (keychain.state === 'locked') throw new CoveError('keychain-locked');
    if (keychain.state === 'missing') throw new CoveError('keychain-missing');
  };
  return keychain;
}
