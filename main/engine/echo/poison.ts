/**
 * The poison guard (protocol §6.5, R4): an entry that ends the process while it is applied must not end every later
 * start as well. Which entry is being applied is noted outside the transaction, because the transaction goes with
 * the process; found unfinished at two starts, the entry is quarantined and everything else goes on.
 *
 * The note is not a row: a row would cost a commit per entry. See docs/decisions/0007.
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Clock, CrashNote, Log, Storage } from '../ports.ts';

/** Starts that an entry may cost. */
const TRIES = 2;
const HASH_BYTES = 32;
const NOTHING = new Uint8Array(HASH_BYTES);

export class PoisonGuard {
  readonly #storage: Storage;
  readonly #note: CrashNote;
  /** How often each entry was found unfinished; as a rule empty. */
  readonly #tries = new Map<Hex, number>();
  #noted = false;

  /** Reads what the last run left: once per start, before anything is applied. */
  constructor(storage: Storage, clock: Clock, log: Log) {
    this.#storage = storage;
    this.#note = storage.crashNote;
    const left = this.#note.read().subarray(0, HASH_BYTES);
    if (left.length === HASH_BYTES && left.some((byte) => byte !== 0)) {
      storage
        .prepare(
          'INSERT INTO apply_journal (hash, started, tries) VALUES (?, ?, 1) ON CONFLICT (hash) DO UPDATE SET tries = tries + 1',
        )
        .run(left, clock.now());
      log('entry-unfinished', { entry: toHex(left).slice(0, 8) });
      this.#note.write(NOTHING);
    }
    for (const row of storage.prepare('SELECT hash, tries FROM apply_journal').all()) {
      this.#tries.set(toHex(row['hash'] as Uint8Array), row['tries'] as number);
    }
  }

  /** Call before an entry is opened and applied; false: it has cost too many starts, leave it. */
  begin(hash: Uint8Array): boolean {
    if (this.#tries.size > 0 && (this.#tries.get(toHex(hash)) ?? 0) >= TRIES) return false;
    this.#note.write(hash);
    this.#noted = true;
    return true;
  }

  /** Call after an entry was applied: the end of another run was not its doing. */
  passed(hash: Uint8Array): void {
    if (this.#tries.size === 0 || !this.#tries.delete(toHex(hash))) return;
    this.#storage.prepare('DELETE FROM apply_journal WHERE hash = ?').run(hash);
  }

  /** Call before the commit, which takes long and is no entry's fault, and when the transaction is undone. */
  rest(): void {
    if (!this.#noted) return;
    this.#note.write(NOTHING);
    this.#noted = false;
  }
}
