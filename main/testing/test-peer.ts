/** One person of a test, who can be away for a while. */
import { CoveError } from '../engine/errors.ts';
import type { Keychain } from '../engine/ports.ts';
import { Client, type ClientOptions } from '../client/index.ts';

/** One person of a test with one device, who can be away for a while. */
export class TestPeer {
  readonly name: string;
  readonly #options: ClientOptions;
  #client: Client | undefined;

  constructor(name: string, options: ClientOptions) {
    this.name = name;
    this.#options = { keychain: memoryKeychain(), deviceName: `${name}’s computer`, ...options };
  }

  /** Another one after each start. Throws CoveError('closed') while the peer is stopped. */
  get client(): Client {
    if (this.#client === undefined) throw new CoveError('closed');
    return this.#client;
  }

  get stopped(): boolean {
    return this.#client === undefined;
  }

  /** Ends the client, as closing the app does; what it has stored stays. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.destroy();
  }

  /** Opens the same profile again. */
  async start(): Promise<void> {
    if (this.#client !== undefined) return;
    const client = new Client(this.#options);
    await client.initialize();
    if (client.halo.profile === undefined) await client.halo.createProfile({ displayName: this.name });
    this.#client = client;
  }
}

function memoryKeychain(): Keychain {
  const items = new Map<string, string>();
  return {
    get: async (account) => items.get(account) ?? null,
    set: async (account, secret) => void items.set(account, secret),
    delete: async (account) => void items.delete(account),
  };
}
