/** The rows of the invitations this device accepted. The authentication code is never in them. */
import { CoveError } from '../errors.ts';
import type { ErrorType } from '../errors.ts';
import type { Log, SqlRow, Storage } from '../ports.ts';
import { LIMITS } from './limits.ts';

export const GUEST_STATES = [
  'decoded',
  'locating',
  'connecting',
  'ready-for-code',
  'authenticating',
  'admitting',
  'joined',
  'failed',
  'cancelled',
] as const;
export type GuestState = (typeof GUEST_STATES)[number];

export interface GuestRow {
  readonly invId: Uint8Array;
  /** The invitation code; null in a terminal state. */
  readonly code: string | null;
  readonly state: GuestState;
  readonly error: ErrorType | null;
  /** By this device's own count. */
  readonly attemptsLeft: number;
  /** Once joined. */
  readonly spaceId: Uint8Array | null;
  readonly created: number;
  readonly expires: number;
}

export const isOver = (state: GuestState): boolean => state === 'joined' || state === 'failed' || state === 'cancelled';

export class GuestStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** A new row, or an ended one begun again: with the attempts it had left. */
  begin(row: Pick<GuestRow, 'invId' | 'created' | 'expires'> & { readonly code: string }): void {
    this.#storage.transaction(() => {
      this.#storage
        .prepare(
          `INSERT INTO guest_invitation(inv_id, code, state, created, expires) VALUES (?, ?, 'decoded', ?, ?)
           ON CONFLICT(inv_id) DO UPDATE SET code = excluded.code, state = 'decoded', error = NULL, space_id = NULL,
             created = excluded.created, ended = NULL`,
        )
        .run(row.invId, row.code, row.created, row.expires);
    });
  }

  get(invId: Uint8Array): GuestRow | undefined {
    const row = this.#storage.prepare('SELECT * FROM guest_invitation WHERE inv_id = ?').get(invId);
    return row && guestRow(row);
  }

  all(): GuestRow[] {
    return this.#storage.prepare('SELECT * FROM guest_invitation ORDER BY created DESC, inv_id').all().map(guestRow);
  }

  /** An arrow between two states that are not terminal. */
  move(invId: Uint8Array, state: GuestState): void {
    this.#storage.transaction(() =>
      this.#storage
        .prepare('UPDATE guest_invitation SET state = ? WHERE inv_id = ? AND ended IS NULL')
        .run(state, invId),
    );
  }

  /** Takes an attempt before its proof is sent; false when none is left. */
  spend(invId: Uint8Array): boolean {
    const sql = 'UPDATE guest_invitation SET attempts_left = attempts_left - 1 WHERE inv_id = ? AND attempts_left > 0';
    return this.#storage.transaction(() => this.#storage.prepare(sql).run(invId).changes === 1);
  }

  /** The host proved the code: the attempt is given back. */
  refund(invId: Uint8Array): void {
    const sql = `UPDATE guest_invitation SET attempts_left = min(attempts_left + 1, ${LIMITS.fails}) WHERE inv_id = ?`;
    this.#storage.transaction(() => this.#storage.prepare(sql).run(invId));
  }

  /** A terminal state: the code goes with it. */
  end(
    invId: Uint8Array,
    end: { state: 'joined' | 'failed' | 'cancelled'; error?: ErrorType; spaceId?: Uint8Array; at: number },
  ): void {
    this.#storage.transaction(() =>
      this.#storage
        .prepare(
          `UPDATE guest_invitation SET state = ?, error = ?, space_id = ?, ended = ?, code = NULL
           WHERE inv_id = ? AND ended IS NULL`,
        )
        .run(end.state, end.error ?? null, end.spaceId ?? null, end.at, invId),
    );
  }

  /** A code that is still good keeps its row: the attempts are counted in it. */
  sweep(now: number): void {
    this.#storage
      .prepare('DELETE FROM guest_invitation WHERE ended <= ? AND expires <= ?')
      .run(now - LIMITS.tombstone, now);
  }
}

function guestRow(row: SqlRow): GuestRow {
  return {
    invId: row['inv_id'] as Uint8Array,
    code: row['code'] as string | null,
    state: row['state'] as GuestState,
    error: row['error'] as ErrorType | null,
    attemptsLeft: row['attempts_left'] as number,
    spaceId: row['space_id'] as Uint8Array | null,
    created: row['created'] as number,
    expires: row['expires'] as number,
  };
}

/** A full disk must not end the conversation: all that a lost state costs is that a restart looks for the host again. */
export function persist(log: Log, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof CoveError)) throw error;
    log('invitation-state-not-stored', { error: error.type });
  }
}
