/** A keychain with one item, whatever it is asked for: a profile may be opened by the engine alone and by a client. */
import type { Keychain } from '../../main/engine/ports.ts';

export interface OneItemKeychain extends Keychain {
  secret(): string | null;
}

export function createOneItemKeychain(item: string | null = null): OneItemKeychain {
  return {
    get: async () => item,
    set: async (_, secret) => void (item = secret),
    delete: async () => void (item = null),
    secret: () => item,
  };
}
