/**
 * The rows of the invitations this device made: every function is one transaction or one read. The failure counter is
 * the row and nothing else, so no connection, restart or crash can give a guess back (protocol §3.2 I3).
 */
import type { Role } from '../echo/replica.ts';
import { LIMIT } from '../echo/sql.ts';
import type { SqlRow, Storage } from '../ports.ts';
import type { InvitationCode } from './code.ts';
import { LIMITS } from './limits.ts';

export const HOST_STATES = ['listening', 'completed', 'locked', 'expired', 'revoked', 'space-too-large'] as const;
const KINDS = ['space', 'device'] as const;
export type HostRowState = (typeof HOST_STATES)[number];
/** What a guest can become. */
export type InvitableRole = Exclude<Role, 'owner'>;

export interface HostRow {
  readonly invId: Uint8Array;
  readonly kind: InvitationCode['kind'];
  /** Primary key in table `space`. */
  readonly space: number;
  /** Of no meaning for a device. */
  readonly role: InvitableRole;
  /** null once the invitation ended and its secrets were erased. */
  readonly secrets: HostSecrets | null;
  readonly hostPk: Uint8Array;
  readonly flags: number;
  /** Meeting point named in the code. */
  readonly url: string | null;
  readonly state: HostRowState;
  readonly maxUses: number;
  readonly fails: number;
  readonly approval: boolean;
  readonly created: number;
  readonly expires: number;
  readonly ended: number | null;
  /** For farewells, a day longer than the secrets; null after that. */
  readonly signal: { readonly topic: string; readonly key: Uint8Array } | null;
}
export interface HostSecrets {
  /** The text to share. */
  readonly code: string;
  /** S. */
  readonly secret: Uint8Array;
  readonly hostSk: Uint8Array;
  readonly authCode: string;
}
export interface UseRow {
  readonly deviceId: Uint8Array;
  readonly identityId: Uint8Array | null;
  readonly name: string | null;
  readonly state: 'authenticated' | 'granted' | 'acknowledged';
  readonly admitEntry: Uint8Array | null;
  readonly at: number;
}

export class HostStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  transaction<T>(fn: () => T): T {
    return this.#storage.transaction(fn);
  }

  insert(row: HostRow & { readonly secrets: HostSecrets; readonly signal: NonNullable<HostRow['signal']> }): void {
    const { secrets, signal } = row;
    this.#storage
      .prepare(
        `INSERT INTO invitation(inv_id, kind, space, role, code, secret, host_pk, host_sk, auth_code, flags, url, state,
           max_uses, fails, approval, created, expires, topic, signal_key)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        ...[
          row.invId,
          KINDS.indexOf(row.kind),
          row.space,
          row.role,
          secrets.code,
          secrets.secret,
          row.hostPk,
          secrets.hostSk,
        ],
        ...[secrets.authCode, row.flags, row.url, row.state, row.maxUses, row.fails, row.approval ? 1 : 0],
        ...[row.created, row.expires, signal.topic, signal.key],
      );
  }

  get(invId: Uint8Array): HostRow | undefined {
    const row = this.#storage.prepare('SELECT * FROM invitation WHERE inv_id = ?').get(invId);
    return row && hostRow(row);
  }

  /** Newest first. */
  all(): HostRow[] {
    return this.#storage.prepare('SELECT * FROM invitation ORDER BY created DESC, inv_id').all().map(hostRow);
  }

  listening(): number {
    return count(this.#storage.prepare(`SELECT count(*) AS n FROM invitation WHERE state = 'listening'`).get());
  }

  /** One failure more, before the comparison. False when none is left or the invitation has ended. */
  countAttempt(invId: Uint8Array): boolean {
    const sql = `UPDATE invitation SET fails = fails + 1 WHERE inv_id = ? AND fails < ${LIMITS.fails} AND state = 'listening'`;
    return this.#storage.transaction(() => this.#storage.prepare(sql).run(invId).changes === 1);
  }

  /** The comparison succeeded: the failure is taken back; the guest is known by the channel's name until it names its device. */
  match(invId: Uint8Array, h: Uint8Array, at: number): void {
    this.#storage.transaction(() => {
      this.#storage.prepare('UPDATE invitation SET fails = fails - 1 WHERE inv_id = ? AND fails > 0').run(invId);
      this.#storage
        .prepare(`INSERT OR IGNORE INTO invitation_use(inv_id, device_id, state, at) VALUES (?, ?, 'authenticated', ?)`)
        .run(invId, h, at);
    });
  }

  /** The guest behind channel `h` got its grant. To be called inside the transaction that admits it. */
  granted(
    invId: Uint8Array,
    h: Uint8Array,
    use: { deviceId: Uint8Array; identityId: Uint8Array; name: string; admitEntry: Uint8Array; at: number },
  ): void {
    this.dropAuthenticated(invId, h);
    this.#storage
      .prepare(
        `INSERT INTO invitation_use(inv_id, device_id, identity_id, name, state, admit_entry, at)
         VALUES (?, ?, ?, ?, 'granted', ?, ?) ON CONFLICT(inv_id, device_id) DO NOTHING`,
      )
      .run(invId, use.deviceId, use.identityId, use.name, use.admitEntry, use.at);
  }

  acknowledge(invId: Uint8Array, deviceId: Uint8Array): boolean {
    const sql = `UPDATE invitation_use SET state = 'acknowledged' WHERE inv_id = ? AND device_id = ? AND state = 'granted'`;
    return this.#storage.prepare(sql).run(invId, deviceId).changes === 1;
  }

  /** Forgets a guest that went away between proving the code and its request; all of them without `h`. */
  dropAuthenticated(invId: Uint8Array, h?: Uint8Array): void {
    const sql = `DELETE FROM invitation_use WHERE inv_id = ? AND state = 'authenticated'`;
    if (h) this.#storage.prepare(`${sql} AND device_id = ?`).run(invId, h);
    else this.#storage.prepare(sql).run(invId);
  }

  uses(invId: Uint8Array): UseRow[] {
    return this.#storage
      .prepare(`SELECT * FROM invitation_use WHERE inv_id = ? AND state <> 'authenticated' ORDER BY at, device_id`)
      .all(invId)
      .map(useRow);
  }

  setAuthCode(invId: Uint8Array, authCode: string): void {
    this.#storage.prepare('UPDATE invitation SET auth_code = ? WHERE inv_id = ?').run(authCode, invId);
  }

  /** Ends a listening invitation; false when it had ended already. */
  end(invId: Uint8Array, state: Exclude<HostRowState, 'listening'>, at: number): boolean {
    const sql = `UPDATE invitation SET state = ?, ended = ? WHERE inv_id = ? AND state = 'listening'`;
    return this.#storage.transaction(() => {
      const ended = this.#storage.prepare(sql).run(state, at, invId).changes === 1;
      if (ended) this.eraseSecrets(invId);
      return ended;
    });
  }

  eraseSecrets(invId: Uint8Array): void {
    this.#storage
      .prepare('UPDATE invitation SET code = NULL, secret = NULL, host_sk = NULL, auth_code = NULL WHERE inv_id = ?')
      .run(invId);
    this.#storage.prepare('UPDATE file_join SET kept = NULL WHERE inv_id = ? AND side = 1').run(invId);
  }

  /** Ended invitations stop saying why after a day (the newest 20 only), and are forgotten after 30 days. */
  sweep(now: number): void {
    this.#storage.transaction(() => {
      this.#storage
        .prepare(
          `UPDATE invitation SET topic = NULL, signal_key = NULL
           WHERE state <> 'listening' AND topic IS NOT NULL AND (ended <= ? OR inv_id NOT IN
             (SELECT inv_id FROM invitation WHERE state <> 'listening' AND topic IS NOT NULL ORDER BY ended DESC ${LIMIT}))`,
        )
        .run(now - LIMITS.farewell, LIMITS.farewells);
      this.#storage
        .prepare(`DELETE FROM invitation WHERE state <> 'listening' AND ended <= ?`)
        .run(now - LIMITS.tombstone);
    });
  }
}

function hostRow(row: SqlRow): HostRow {
  const { code, secret, host_sk: hostSk, auth_code: authCode, topic, signal_key: key } = row;
  const secrets =
    code === null || secret === null || hostSk === null || authCode === null
      ? null
      : ({ code, secret, hostSk, authCode } as HostSecrets);
  return {
    invId: row['inv_id'] as Uint8Array,
    kind: KINDS[row['kind'] as number] ?? 'space',
    space: row['space'] as number,
    role: row['role'] as InvitableRole,
    secrets,
    hostPk: row['host_pk'] as Uint8Array,
    flags: row['flags'] as number,
    url: row['url'] as string | null,
    state: row['state'] as HostRowState,
    maxUses: row['max_uses'] as number,
    fails: row['fails'] as number,
    approval: row['approval'] === 1,
    created: row['created'] as number,
    expires: row['expires'] as number,
    ended: row['ended'] as number | null,
    signal: topic === null || key === null ? null : { topic: topic as string, key: key as Uint8Array },
  };
}

function useRow(row: SqlRow): UseRow {
  return {
    deviceId: row['device_id'] as Uint8Array,
    identityId: row['identity_id'] as Uint8Array | null,
    name: row['name'] as string | null,
    state: row['state'] as UseRow['state'],
    admitEntry: row['admit_entry'] as Uint8Array | null,
    at: row['at'] as number,
  };
}

function count(row: SqlRow | undefined): number {
  return (row?.['n'] as number | undefined) ?? 0;
}
