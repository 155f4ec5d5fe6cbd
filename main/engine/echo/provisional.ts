/**
 * The control entries of a grant, kept until replication has brought their logs (protocol §3.2, I6). A guest can
 * check their signatures but not their causal pasts, which lie in entries it does not have yet. So their order is
 * taken on the host's word for as long as that lasts; then the authority judges them again on what they say.
 */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { logId } from '../crypto/keys.ts';
import type { Storage } from '../ports.ts';
import type { ControlEntry } from './authority.ts';
import { decodeControl } from './control.ts';
import { hasPayload, isSigned, readHeader, writeDeps } from './entry.ts';
import type { Header } from './entry.ts';
import type { LogRange, RawEntry } from './replica.ts';

export class Provisional {
  readonly #storage: Storage;
  readonly #space: number;
  /** Whether there are any. */
  active: boolean;

  constructor(storage: Storage, space: number) {
    this.#storage = storage;
    this.#space = space;
    this.active = storage.prepare('SELECT 1 FROM provisional_control WHERE space = ? LIMIT 1').get(space) !== undefined;
  }

  /** True when replication has brought all of them. */
  isConfirmed(): boolean {
    const open = this.#storage
      .prepare(
        `SELECT 1 FROM provisional_control p WHERE space = ? AND NOT EXISTS (
           SELECT 1 FROM entry e JOIN control_entry c ON c.entry = e.id WHERE e.hash = p.hash) LIMIT 1`,
      )
      .get(this.#space);
    return open === undefined;
  }

  /** Whether an entry with this hash is among them. */
  has(hash: Hex): boolean {
    const found = this.#storage.prepare('SELECT 1 FROM provisional_control WHERE space = ? AND hash = ?');
    return found.get(this.#space, fromHex(hash)) !== undefined;
  }

  /** In the grant's order. */
  checked(): readonly CheckedControl[] {
    const rows = this.#storage
      .prepare('SELECT header, payload FROM provisional_control WHERE space = ? ORDER BY ordinal')
      .all(this.#space);
    const raw = rows.map((row): RawEntry => [row['header'] as Uint8Array, row['payload'] as Uint8Array]);
    return readControl(raw) ?? [];
  }

  /** Those of a log from one place on, for others: whoever made them may have lost them since, or be gone. */
  run([logId, from, to]: LogRange, maxBytes: number): readonly RawEntry[] {
    if (!this.active) return [];
    const rows = this.#storage
      .prepare('SELECT header, payload FROM provisional_control WHERE space = ? AND substr(header, 5, 16) = ?')
      .all(this.#space, logId);
    const raw = rows.map((row): RawEntry => [row['header'] as Uint8Array, row['payload'] as Uint8Array]);
    const bySeq = new Map(raw.map((entry) => [readHeader(entry[0])?.seq, entry]));
    const run: RawEntry[] = [];
    let size = 0;
    for (let seq = from; seq <= to; seq++) {
      const entry = bySeq.get(seq);
      size += entry ? entry[0].length + (entry[1]?.length ?? 0) : 0;
      if (!entry || (run.length > 0 && size > maxBytes)) break;
      run.push(entry);
    }
    return run;
  }

  /** Takes the entries of a checked grant. */
  store(entries: readonly CheckedControl[]): void {
    this.clear();
    this.active = true;
    const insert = this.#storage.prepare(
      'INSERT INTO provisional_control (space, ordinal, hash, header, payload) VALUES (?, ?, ?, ?, ?)',
    );
    for (const [ordinal, { header, payload }] of entries.entries()) {
      insert.run(this.#space, ordinal, header.hash, header.bytes, payload);
    }
  }

  clear(): void {
    this.active = false;
    this.#storage.prepare('DELETE FROM provisional_control WHERE space = ?').run(this.#space);
  }
}

export interface CheckedControl {
  readonly header: Header;
  readonly payload: Uint8Array;
  readonly entry: ControlEntry;
}

/**
 * Control entries in causal order, each with its author: a log's LogOpen must come before what else it wrote. With
 * `space`, signatures and log ids are checked as well. null when anything is not as it should be.
 */
export function readControl(raw: readonly RawEntry[], space?: Uint8Array): CheckedControl[] | null {
  const authors = new Map<Hex, { deviceId: Uint8Array; identityId: Uint8Array }>();
  const checked: CheckedControl[] = [];
  for (const [bytes, payload] of raw) {
    const header = readHeader(bytes);
    const control = payload && decodeControl(payload);
    if (!header || !payload || !control) return null;
    if (control[0] === 'LogOpen') authors.set(header.log, control[1]);
    const author = authors.get(header.log);
    if (!author) return null;
    if (space && !(hasPayload(header, payload) && isSigned(header, space, author.deviceId))) return null;
    if (space && control[0] === 'LogOpen') {
      const { deviceId, incarnation } = control[1];
      if (header.seq !== 1 || !equal(header.logId, logId(space, deviceId, incarnation))) return null;
    }
    const entry: ControlEntry = {
      hash: toHex(header.hash),
      log: header.log,
      seq: header.seq,
      device: toHex(author.deviceId),
      identity: author.identityId,
      clock: writeDeps(header.deps),
      control,
      bytes: payload.length,
    };
    checked.push({ header, payload, entry });
  }
  return checked;
}
