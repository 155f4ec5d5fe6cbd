/**
 * The passwords of the person's own servers. They are kept in the encrypted database, so that the list of addresses,
 * which a file holds and windows show, needs none: an address that comes back without its password is given it again.
 */
import { withoutPassword } from '../../native/mqtt/addresses.ts';
import { readMeta, writeMeta } from '../engine/halo/meta.ts';
import type { Storage } from '../engine/ports.ts';

/** How one kind of servers is written, and under which name its passwords are kept. */
export interface Spelling {
  /** Of a row of meta: JSON of [address without password, password as the address spelt it][], in UTF-8. */
  readonly kept: string;
  /** The address without its password, however it is spelt. */
  readonly place: (given: string) => string;
  /** Empty: there is none. */
  readonly passwordOf: (given: string) => string;
  readonly withPassword: (given: string, password: string) => string;
}

export const BROKERS: Spelling = {
  kept: 'mesh.broker-passwords',
  place: (given) => (URL.canParse(given) ? withoutPassword(new URL(given).href) : given),
  passwordOf: (given) => (URL.canParse(given) ? new URL(given).password : ''),
  withPassword(given, password) {
    const url = new URL(given);
    url.password = password;
    return url.href;
  },
};

export class ServerPasswords {
  readonly #spelling: Spelling;
  readonly #storage: () => Storage | undefined;
  /** Given while there was no database yet. */
  #early: ReadonlyMap<string, string> | undefined;

  constructor(spelling: Spelling, storage: () => Storage | undefined) {
    this.#spelling = spelling;
    this.#storage = storage;
  }

  /** There is a database from now on. */
  started(): void {
    if (this.#early !== undefined) this.#write(this.#early);
    this.#early = undefined;
  }

  /** The addresses, each with the password that is kept for it unless it has one of its own. */
  filled(urls: readonly string[]): string[] {
    const { place, passwordOf, withPassword } = this.#spelling;
    const kept = this.#read();
    return urls.map((given) => {
      const password = kept.get(place(given));
      return password === undefined || passwordOf(given) !== '' ? given : withPassword(given, password);
    });
  }

  /** Keeps the passwords of these addresses and forgets all others. Throws CoveError: disk-full and its like. */
  keep(urls: readonly string[]): void {
    const { place, passwordOf } = this.#spelling;
    const withOne = urls.filter((url) => passwordOf(url) !== '');
    const passwords = new Map(withOne.map((url) => [place(url), passwordOf(url)]));
    if (this.#storage() === undefined) this.#early = passwords;
    else this.#write(passwords);
  }

  #read(): ReadonlyMap<string, string> {
    const storage = this.#storage();
    const bytes = storage === undefined ? null : readMeta(storage, this.#spelling.kept);
    if (bytes === null) return this.#early ?? new Map();
    return new Map(JSON.parse(new TextDecoder().decode(bytes)) as [string, string][]);
  }

  #write(passwords: ReadonlyMap<string, string>): void {
    const storage = this.#storage() as Storage;
    const bytes = new TextEncoder().encode(JSON.stringify([...passwords]));
    storage.transaction(() => writeMeta(storage, this.#spelling.kept, bytes));
  }
}
