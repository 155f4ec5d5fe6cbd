/**
 * The passwords of the person's own brokers. They are kept in the encrypted database, so that the list of addresses,
 * which a file holds and windows show, needs none: an address that comes back without its password is given it again.
 */
import { withoutPassword } from '../../native/mqtt/addresses.ts';
import { readMeta, writeMeta } from '../engine/halo/meta.ts';
import type { Storage } from '../engine/ports.ts';

/** JSON of [address without password, password as the address spelt it][], in UTF-8. */
export const PASSWORDS = 'mesh.broker-passwords';

export class BrokerPasswords {
  readonly #storage: () => Storage | undefined;
  /** Given while there was no database yet. */
  #early: ReadonlyMap<string, string> | undefined;

  constructor(storage: () => Storage | undefined) {
    this.#storage = storage;
  }

  /** There is a database from now on. */
  started(): void {
    if (this.#early !== undefined) this.#write(this.#early);
    this.#early = undefined;
  }

  /** The addresses, each with the password that is kept for it unless it has one of its own. */
  filled(urls: readonly string[]): string[] {
    const kept = this.#read();
    return urls.map((given) => {
      const password = kept.get(place(given));
      if (password === undefined || passwordOf(given) !== '') return given;
      const url = new URL(given);
      url.password = password;
      return url.href;
    });
  }

  /** Keeps the passwords of these addresses and forgets all others. Throws CoveError: disk-full and its like. */
  keep(urls: readonly string[]): void {
    const withOne = urls.filter((url) => passwordOf(url) !== '');
    const passwords = new Map(withOne.map((url) => [place(url), passwordOf(url)]));
    if (this.#storage() === undefined) this.#early = passwords;
    else this.#write(passwords);
  }

  #read(): ReadonlyMap<string, string> {
    const storage = this.#storage();
    const bytes = storage === undefined ? null : readMeta(storage, PASSWORDS);
    if (bytes === null) return this.#early ?? new Map();
    return new Map(JSON.parse(new TextDecoder().decode(bytes)) as [string, string][]);
  }

  #write(passwords: ReadonlyMap<string, string>): void {
    const storage = this.#storage() as Storage;
    const bytes = new TextEncoder().encode(JSON.stringify([...passwords]));
    storage.transaction(() => writeMeta(storage, PASSWORDS, bytes));
  }
}

const passwordOf = (url: string): string => (URL.canParse(url) ? new URL(url).password : '');

/** However the address is spelt. */
function place(url: string): string {
  return URL.canParse(url) ? withoutPassword(new URL(url).href) : url;
}
