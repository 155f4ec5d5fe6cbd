/** The rows of joins by file, on either side. What a step needs from the one before is in them, and so is the next file. */
import { concat, equal } from '../../bytes.ts';
import type { ErrorType } from '../../errors.ts';
import { LIMIT } from '../../echo/sql.ts';
import { decodeCbor, encodeCbor } from '../../mesh/cbor.ts';
import type { SqlRow, Storage } from '../../ports.ts';
import { LIMITS } from '../limits.ts';
import type { KeptAsked, KeptFirst, KeptMet } from './guest-steps.ts';
import type { KeptAnswered, KeptAsking } from './host-steps.ts';

/** Of each phase, what is kept in it. */
export interface Phases {
  // the guest
  readonly first: KeptFirst;
  readonly met: KeptMet;
  readonly asked: KeptAsked;
  readonly joined: null;
  readonly failed: null;
  // the host
  readonly answered: KeptAnswered;
  readonly asking: KeptAsking;
  readonly granted: null;
  readonly arrived: null;
  readonly refused: null;
}
export type Phase = keyof Phases;
export type Side = 'guest' | 'host';
const SIDES = ['guest', 'host'] as const;

export interface JoinRow {
  readonly id: Uint8Array;
  readonly invId: Uint8Array;
  readonly side: Side;
  readonly phase: Phase;
  readonly error: ErrorType | null;
  /** Once it is known, the guest's device: whom a session or a file of changes shows to be in. */
  readonly deviceId: Uint8Array | null;
  readonly name: string | null;
  readonly created: number;
}
type Change<P extends Phase> = {
  readonly phase: P;
  readonly kept: Phases[P];
  /** What is to be carried now. */
  readonly file?: Uint8Array | null;
  /** The hash of the file that was taken for it. */
  readonly taken?: Uint8Array;
  readonly error?: ErrorType;
  readonly guest?: { readonly deviceId: Uint8Array; readonly name: string };
};

export class JoinStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  transaction<T>(fn: () => T): T {
    return this.#storage.transaction(fn);
  }

  insert<P extends Phase>(row: Pick<JoinRow, 'id' | 'invId' | 'side' | 'created'>, change: Change<P>): void {
    this.#storage.transaction(() => {
      this.#storage
        .prepare('INSERT INTO file_join(id, inv_id, side, phase, created, changed) VALUES (?, ?, ?, ?, ?, ?)')
        .run(row.id, row.invId, SIDES.indexOf(row.side), change.phase, row.created, row.created);
      this.put(row.id, change, row.created);
    });
  }

  put<P extends Phase>(id: Uint8Array, change: Change<P>, at: number): void {
    const { phase, kept, file = null, error = null, guest } = change;
    this.#storage.transaction(() => {
      const taken = concat(this.#taken(id), change.taken ?? new Uint8Array(0));
      this.#storage
        .prepare('UPDATE file_join SET phase = ?, kept = ?, file = ?, error = ?, taken = ?, changed = ? WHERE id = ?')
        .run(phase, kept && encodeCbor(kept), file, error, taken, at, id);
      if (!guest) return;
      this.#storage
        .prepare('UPDATE file_join SET device_id = ?, name = ? WHERE id = ?')
        .run(guest.deviceId, guest.name, id);
    });
  }

  get(id: Uint8Array): JoinRow | undefined {
    const row = this.#storage.prepare(`SELECT ${COLUMNS} FROM file_join WHERE id = ?`).get(id);
    return row && joinRow(row);
  }

  /** Newest first. */
  all(): JoinRow[] {
    return this.#storage
      .prepare(`SELECT ${COLUMNS} FROM file_join ORDER BY created DESC, rowid DESC`)
      .all()
      .map(joinRow);
  }

  /** undefined once it was erased, or in another phase. */
  kept<P extends Phase>(id: Uint8Array, phase: P): Phases[P] | undefined {
    const row = this.#storage.prepare('SELECT kept FROM file_join WHERE id = ? AND phase = ?').get(id, phase);
    const bytes = row?.['kept'] as Uint8Array | null | undefined;
    return bytes ? (decodeCbor(bytes) as Phases[P]) : undefined;
  }

  file(id: Uint8Array): Uint8Array | null {
    return (this.#storage.prepare('SELECT file FROM file_join WHERE id = ?').get(id)?.['file'] ??
      null) as Uint8Array | null;
  }

  /** Whether a file with this hash was taken for it: 'last' when nothing has happened since. */
  took(id: Uint8Array, hash: Uint8Array): 'last' | 'earlier' | undefined {
    const taken = this.#taken(id);
    for (let at = taken.length - 32; at >= 0; at -= 32) {
      if (equal(taken.subarray(at, at + 32), hash)) return at === taken.length - 32 ? 'last' : 'earlier';
    }
    return undefined;
  }

  delete(id: Uint8Array): void {
    this.#storage.prepare('DELETE FROM file_join WHERE id = ?').run(id);
  }

  /** Those that nothing happened to for 30 days go, and of too many the oldest that a host has only answered. */
  sweep(now: number): void {
    this.#storage.transaction(() => {
      this.#storage.prepare('DELETE FROM file_join WHERE changed <= ?').run(now - LIMITS.tombstone);
      this.#storage
        .prepare(
          `DELETE FROM file_join WHERE phase = 'answered' AND id NOT IN
             (SELECT id FROM file_join ORDER BY phase = 'answered', changed DESC ${LIMIT})`,
        )
        .run(LIMITS.joinsByFile);
    });
  }

  #taken(id: Uint8Array): Uint8Array {
    const row = this.#storage.prepare('SELECT taken FROM file_join WHERE id = ?').get(id);
    return (row?.['taken'] as Uint8Array | null | undefined) ?? new Uint8Array(0);
  }
}

const COLUMNS = 'id, inv_id, side, phase, error, device_id, name, created';

function joinRow(row: SqlRow): JoinRow {
  return {
    id: row['id'] as Uint8Array,
    invId: row['inv_id'] as Uint8Array,
    side: SIDES[row['side'] as number] as Side,
    phase: row['phase'] as Phase,
    error: row['error'] as ErrorType | null,
    deviceId: row['device_id'] as Uint8Array | null,
    name: row['name'] as string | null,
    created: row['created'] as number,
  };
}
