/**
 * What one device keeps: a real SQLite in memory with the engine's whole schema, and a keychain. Its grain is the
 * transaction: a crash loses nothing that was committed and everything that was not; what happens below a transaction
 * is the matter of the power-cut checker.
 */
import Database from 'better-sqlite3';
import type { Keychain, Statement, Storage, StorageVault } from '../../main/engine/ports.ts';
import { createStorage } from '../../native/sqlite/storage.ts';
import { ProcessDied } from '../engine/net/sim-net.ts';

/** How a disk or what stands on it is broken on purpose, to show that the simulator notices. */
export interface DiskFaults {
  /** A crash takes the last committed transaction along. */
  readonly losesLastCommit?: boolean;
  /** Failed guesses at an invitation's code are not kept. */
  readonly forgetsGuesses?: boolean;
}

export interface DiskCopy {
  readonly database: Buffer;
  readonly keys: ReadonlyMap<string, string>;
}

export class SimDisk {
  /** Wrong guesses that were compared, by invitation: counted here, beside the engine's own counter. */
  readonly guesses = new Map<string, number>();
  readonly #faults: DiskFaults;
  #database: Database.Database | undefined;
  #keys = new Map<string, string>();
  /** Lies beside the database: survives a crash, is in no copy. */
  #crashNote = new Uint8Array(0);
  #beforeLast: Buffer | undefined;
  /** The life of the process that may use the disk now. */
  #life = 0;
  /** The life that a commit has just ended: what is on the stack still reads, and ends at the next thing that it writes. */
  #dying: number | undefined;
  #fuse = Infinity;
  #onDeath: () => void = () => undefined;

  constructor(faults: DiskFaults = {}) {
    this.#faults = faults;
  }

  /** The ports of a new process, and whether it still lives; those of an earlier one are dead from now on. */
  ports(): { readonly keychain: Keychain; readonly vault: StorageVault; readonly alive: () => boolean } {
    const life = ++this.#life;
    this.#fuse = Infinity;
    const alive = (): void => {
      if (life !== this.#life) throw new ProcessDied();
    };
    const reading = (): void => {
      if (life !== this.#dying) alive();
    };
    return {
      alive: () => life === this.#life,
      keychain: {
        get: (account) => Promise.resolve(this.#keys.get(account) ?? null),
        set: async (account, secret) => (alive(), void this.#keys.set(account, secret)),
        delete: async (account) => (alive(), void this.#keys.delete(account)),
      },
      vault: {
        exists: () => this.#database !== undefined,
        open: () => this.#storage(alive, reading, (this.#database ??= opened())),
        discard: () => void (this.#database = undefined),
      },
    };
  }

  /** Kills the process when it has committed so many more transactions, wherever it then is. */
  burn(commits: number, onDeath: () => void): void {
    this.#fuse = commits;
    this.#onDeath = onDeath;
  }

  /** Reads as the harness does: what that commits (a text index, say) burns nothing. */
  quietly<T>(read: () => T): T {
    const fuse = this.#fuse;
    this.#fuse = Infinity;
    try {
      return read();
    } finally {
      this.#fuse = fuse;
    }
  }

  /** The process has died, however. */
  crash(): void {
    this.#life++;
    this.#dying = undefined;
    this.#fuse = Infinity;
    if (this.#database === undefined) return;
    const bytes = (this.#faults.losesLastCommit && this.#beforeLast) || this.#database.serialize();
    this.#database.close();
    this.#database = opened(bytes);
  }

  /** The process has ended by itself. */
  close(): void {
    this.#life++;
  }

  copy(): DiskCopy {
    if (this.#database === undefined) throw new Error('nothing is there to copy');
    return { database: this.#database.serialize(), keys: new Map(this.#keys) };
  }

  /** Whether the keychain has changed since: an older copy of the database alone is then known for one. */
  movedOn({ keys }: DiskCopy): boolean {
    return [...this.#keys].some(([account, secret]) => keys.get(account) !== secret);
  }

  /** Puts an older copy of the database back; the keychain stays, unless the whole machine is turned back. */
  turnBack(copy: DiskCopy, { keychain = false } = {}): void {
    this.#life++;
    this.#database?.close();
    this.#database = opened(copy.database);
    if (keychain) this.#keys = new Map(copy.keys);
  }

  remove(): void {
    this.#life++;
    this.#database?.close();
    this.#database = undefined;
  }

  #storage(alive: () => void, reading: () => void, database: Database.Database): Storage {
    const inner = createStorage(database);
    const statements = new Map<string, Statement>();
    const outer = <T>(fn: () => T): T => {
      if (inner.inTransaction) return fn();
      if (this.#faults.losesLastCommit) this.#beforeLast = database.serialize();
      const result = fn();
      if (--this.#fuse <= 0) {
        this.#dying = this.#life++;
        this.#onDeath();
      }
      return result;
    };
    return {
      prepare: (sql) => {
        reading();
        let statement = statements.get(sql);
        if (statement === undefined) {
          statement = this.#statement(alive, reading, outer, sql, inner.prepare(sql));
          statements.set(sql, statement);
        }
        return statement;
      },
      exec: (sql) => (alive(), outer(() => inner.exec(sql))),
      transaction: (fn) => {
        alive();
        return outer(() =>
          inner.transaction(() => {
            const result = fn();
            alive(); // whoever caught the end of the process must not commit
            return result;
          }),
        );
      },
      get inTransaction() {
        return inner.inTransaction;
      },
      crashNote: {
        read: () => this.#crashNote.slice(),
        write: (bytes) => (alive(), void (this.#crashNote = bytes.slice())),
      },
      copyTo: inner.copyTo,
      close: () => undefined,
    };
  }

  #statement(
    alive: () => void,
    reading: () => void,
    outer: <T>(fn: () => T) => T,
    sql: string,
    statement: Statement,
  ): Statement {
    const step = /UPDATE invitation SET fails = fails ([+-]) 1/.exec(sql)?.[1];
    return {
      run: (...values) => {
        alive();
        const result = outer(() => statement.run(...values));
        if (step !== undefined && result.changes === 1) this.#compared(values[0] as Uint8Array, step === '+' ? 1 : -1);
        return result;
      },
      get: (...values) => (reading(), statement.get(...values)),
      all: (...values) => (reading(), statement.all(...values)),
      rows: (...values) => (reading(), statement.rows(...values)),
      iterate: (...values) => (reading(), statement.iterate(...values)),
    };
  }

  #compared(invitation: Uint8Array, by: number): void {
    const id = Buffer.from(invitation).toString('hex');
    this.guesses.set(id, (this.guesses.get(id) ?? 0) + by);
    if (this.#faults.forgetsGuesses) this.#database?.exec('UPDATE invitation SET fails = 0');
  }
}

function opened(bytes?: Buffer): Database.Database {
  const database = bytes === undefined ? new Database(':memory:') : new Database(bytes);
  database.pragma('foreign_keys = ON');
  return database;
}
