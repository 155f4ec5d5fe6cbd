/**
 * The logs of one space in SQLite, with their heads and version vectors kept in memory. Nothing here judges:
 * receive.ts says what may be stored, deliver.ts what becomes of it.
 *
 * Changes to a log's row are made in memory and written once, by `flush`, before the transaction ends. When a
 * transaction fails, its owner throws this object away and loads a new one.
 */
import { compare, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Storage, SqlRow, Statement } from '../ports.ts';
import { ENTRY_KIND, readHeader, writeDeps } from './entry.ts';
import type { Dep, Header } from './entry.ts';

export const STATUS = { pending: 0, ready: 1, applied: 2, excluded: 3, noKey: 4, quarantined: 5 } as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

export const OWN = { other: 0, writing: 1, past: 2 } as const;

/** One log as it stands; see schema.ts for what the numbers mean. */
export interface LogState {
  readonly row: number;
  readonly logId: Uint8Array;
  readonly log: Hex;
  readonly deviceId: Uint8Array;
  readonly device: Hex;
  readonly identityId: Uint8Array;
  readonly identity: Hex;
  own: number;
  head: number;
  headHash: Uint8Array;
  ready: number;
  applied: number;
  lamport: number;
  limit: number | null;
  forked: boolean;
  /** Of the entry at `ready`, own log left out. */
  readonly clock: Map<Hex, number>;
}

/** An entry as it is stored. */
export interface StoredEntry {
  readonly id: number;
  readonly seq: number;
  readonly header: Header;
  readonly payload: Uint8Array | null;
  readonly status: Status;
  readonly lamport: number;
}

export class LogStore {
  readonly #space: number;
  readonly #logs = new Map<Hex, LogState>();
  readonly #dirty = new Set<LogState>();
  readonly #dirtyClocks = new Map<LogState, Set<Hex>>();
  readonly #sql: ReturnType<typeof statements>;

  constructor(storage: Storage, space: number) {
    this.#space = space;
    this.#sql = statements(storage);
    for (const row of this.#sql.logs.all(space)) this.#remember(row);
    for (const row of this.#sql.clocks.all(space)) {
      const log = this.#logs.get(toHex(row['log_id'] as Uint8Array));
      log?.clock.set(toHex(row['dep'] as Uint8Array), row['seq'] as number);
    }
  }

  logs(): IterableIterator<LogState> {
    return this.#logs.values();
  }

  get count(): number {
    return this.#logs.size;
  }

  log(log: Hex): LogState | undefined {
    return this.#logs.get(log);
  }

  /** The log this device writes. */
  own(): LogState | undefined {
    for (const log of this.#logs.values()) if (log.own === OWN.writing) return log;
    return undefined;
  }

  openLog(log: {
    readonly logId: Uint8Array;
    readonly deviceId: Uint8Array;
    readonly incarnation: Uint8Array;
    readonly identityId: Uint8Array;
    readonly own: number;
  }): LogState {
    const { logId, deviceId, incarnation, identityId, own } = log;
    this.#sql.openLog.run(this.#space, logId, deviceId, incarnation, identityId, own, new Uint8Array(32));
    return this.#remember(this.#sql.log.get(this.#space, logId) as SqlRow);
  }

  /** Stores an entry at the head of its log. */
  insert(log: LogState, header: Header, payload: Uint8Array | null, at: number, status: Status): StoredEntry {
    const { seq, hash, kind, keyId, bytes } = header;
    if (seq !== log.head + 1) throw new Error('an entry was stored out of its place');
    const id = this.#sql.insert.run(log.row, seq, hash, kind, keyId, bytes, payload, at, status).lastInsertRowid;
    log.head = seq;
    log.headHash = hash;
    this.#dirty.add(log);
    return { id, seq, header, payload, status, lamport: 0 };
  }

  entry(log: LogState, seq: number): StoredEntry | undefined {
    const row = this.#sql.entry.get(log.row, seq);
    return row && stored(row);
  }

  entries(log: LogState, from: number, to: number): StoredEntry[] {
    return this.#sql.entries.all(log.row, from, to).map(stored);
  }

  *iterate(log: LogState, from: number, to: number): IterableIterator<SqlRow> {
    yield* this.#sql.raw.iterate(log.row, from, to);
  }

  idAt(log: LogState, seq: number): number | undefined {
    return this.#sql.id.get(log.row, seq)?.['id'] as number | undefined;
  }

  hashAt(log: LogState, seq: number): Uint8Array | undefined {
    if (seq === log.head && seq > 0) return log.headHash;
    return this.#sql.hash.get(log.row, seq)?.['hash'] as Uint8Array | undefined;
  }

  lamportAt(log: LogState, seq: number): number {
    if (seq === log.ready) return log.lamport;
    return (this.#sql.lamport.get(log.row, seq)?.['lamport'] as number | undefined) ?? 0;
  }

  setStatus(entry: StoredEntry, status: Status, lamport: number): void {
    this.#sql.status.run(status, lamport, entry.id);
  }

  hasWaitingForKey(keyId: Uint8Array): boolean {
    return this.#sql.waiting.get(keyId, this.#space) !== undefined;
  }

  /** The first ready data entry beyond a place: what a limit stops at. */
  firstData(log: LogState, after: number): number | undefined {
    return this.#sql.firstData.get(log.row, after, log.ready)?.['seq'] as number | undefined;
  }

  /** Every ready data entry of the space in one causal order, the same on all devices. */
  *readyData(): IterableIterator<{ log: LogState; entry: StoredEntry }> {
    // Ids first: the statements of those who handle an entry must not run inside an open cursor's read.
    for (const { id, log_id } of this.#sql.readyData.all(this.#space)) {
      const log = this.#logs.get(toHex(log_id as Uint8Array));
      const row = this.#sql.byId.get(id as number);
      if (log && row) yield { log, entry: stored(row) };
    }
  }

  /** Forgets everything of a log from a place on: another branch takes it. */
  truncate(log: LogState, from: number): void {
    this.#sql.forgetWaits.run(log.row, from);
    this.#sql.forgetControl.run(log.row, from);
    this.#sql.forgetEntries.run(log.row, from);
    this.#sql.forgetClock.run(log.row);
    log.clock.clear();
    for (const entry of this.entries(log, 1, Math.min(log.ready, from - 1))) this.advanceClock(log, entry.header.deps);
    log.head = from - 1;
    log.headHash = from === 1 ? new Uint8Array(32) : (this.#sql.hash.get(log.row, from - 1)?.['hash'] as Uint8Array);
    log.ready = Math.min(log.ready, log.head);
    log.applied = Math.min(log.applied, log.head);
    log.lamport = log.ready === 0 ? 0 : ((this.#sql.lamport.get(log.row, log.ready)?.['lamport'] as number) ?? 0);
    this.#dirty.add(log);
  }

  /** An own log that is written no more. */
  retire(log: LogState): void {
    log.own = OWN.past;
    this.#dirty.add(log);
  }

  touch(log: LogState): void {
    this.#dirty.add(log);
  }

  /** Merges dependencies into the log's version vector. */
  advanceClock(log: LogState, deps: readonly Dep[]): void {
    for (const dep of deps) {
      if ((log.clock.get(dep.log) ?? 0) >= dep.seq) continue;
      log.clock.set(dep.log, dep.seq);
      let dirty = this.#dirtyClocks.get(log);
      if (!dirty) this.#dirtyClocks.set(log, (dirty = new Set()));
      dirty.add(dep.log);
    }
  }

  /** Entries of all logs, in memory and in the database: they differ when a transaction was undone. */
  total(): number {
    let total = 0;
    for (const log of this.#logs.values()) total += log.head;
    return total;
  }

  storedTotal(): number {
    return (this.#sql.total.get(this.#space)?.['total'] as number | null) ?? 0;
  }

  flush(): void {
    for (const log of this.#dirty) {
      const { head, headHash, ready, applied, lamport, limit, forked, own, row } = log;
      this.#sql.saveLog.run(head, headHash, ready, applied, lamport, limit, forked ? 1 : 0, own, row);
    }
    for (const [log, deps] of this.#dirtyClocks) {
      for (const dep of deps) this.#sql.saveClock.run(log.row, fromHex(dep), log.clock.get(dep) as number);
    }
    this.#dirty.clear();
    this.#dirtyClocks.clear();
  }

  // ---------------------------------------------------------------- control entries that are ready

  addControl(entry: StoredEntry, clock: readonly Dep[]): void {
    this.#sql.addControl.run(this.#space, entry.id, writeDeps(clock));
  }

  /** In a causal order, whatever order they came in. */
  control(): { log: LogState; entry: StoredEntry; clock: Uint8Array }[] {
    return this.#sql.control.all(this.#space).map((row) => ({
      log: this.#logs.get(toHex(row['log_id'] as Uint8Array)) as LogState,
      entry: stored(row),
      clock: row['clock'] as Uint8Array,
    }));
  }

  // ---------------------------------------------------------------- who waits for what

  waits(): { log: Hex; seq: number; waiting: Hex }[] {
    return this.#sql.waits.all(this.#space).map((row) => ({
      log: toHex(row['dep'] as Uint8Array),
      seq: row['seq'] as number,
      waiting: toHex(row['waiting'] as Uint8Array),
    }));
  }

  wait(entry: StoredEntry, dep: Dep): void {
    this.#sql.wait.run(entry.id, dep.logId, dep.seq);
  }

  stopWaiting(log: LogState, seq: number): void {
    this.#sql.stopWaiting.run(log.logId, seq, this.#space);
  }

  // ---------------------------------------------------------------- evidence

  quarantine(from: Uint8Array, reason: string, bytes: Uint8Array, at: number): void {
    this.#sql.quarantine.run(this.#space, from, reason, bytes, at);
  }

  addForkProof(log: LogState, seq: number, a: Uint8Array, b: Uint8Array): void {
    this.#sql.forkProof.run(this.#space, log.logId, seq, a, b);
  }

  /** Where the log was first seen to fork. */
  forkAt(log: LogState): number | undefined {
    return (this.#sql.forkAt.get(this.#space, log.logId)?.['seq'] as number | null) ?? undefined;
  }

  /** A clock as a sorted list. */
  static sorted(clock: ReadonlyMap<Hex, number>): Dep[] {
    return [...clock]
      .map(([log, seq]) => ({ log, logId: fromHex(log), seq }))
      .sort((a, b) => compare(a.logId, b.logId));
  }

  #remember(row: SqlRow): LogState {
    const logId = row['log_id'] as Uint8Array;
    const deviceId = row['device_id'] as Uint8Array;
    const identityId = row['identity_id'] as Uint8Array;
    const state: LogState = {
      row: row['id'] as number,
      logId,
      log: toHex(logId),
      deviceId,
      device: toHex(deviceId),
      identityId,
      identity: toHex(identityId),
      own: row['own'] as number,
      head: row['head_seq'] as number,
      headHash: row['head_hash'] as Uint8Array,
      ready: row['ready_seq'] as number,
      applied: row['applied_seq'] as number,
      lamport: row['lamport'] as number,
      limit: row['limit_seq'] as number | null,
      forked: row['state'] === 1,
      clock: new Map(),
    };
    this.#logs.set(state.log, state);
    return state;
  }
}

function stored(row: SqlRow): StoredEntry {
  const header = readHeader(row['header'] as Uint8Array);
  if (!header) throw new Error('a malformed header is in the database');
  return {
    id: row['id'] as number,
    seq: row['seq'] as number,
    header,
    payload: row['payload'] as Uint8Array | null,
    status: row['status'] as Status,
    lamport: row['lamport'] as number,
  };
}

function statements(storage: Storage) {
  const sql = (text: string): Statement => storage.prepare(text);
  const columns = 'e.id, e.seq, e.header, e.payload, e.status, e.lamport';
  return {
    logs: sql('SELECT * FROM log WHERE space = ? ORDER BY id'),
    log: sql('SELECT * FROM log WHERE space = ? AND log_id = ?'),
    clocks: sql('SELECT l.log_id, c.dep, c.seq FROM log_clock c JOIN log l ON l.id = c.log WHERE l.space = ?'),
    openLog: sql(
      'INSERT INTO log (space, log_id, device_id, incarnation, identity_id, own, head_seq, head_hash) VALUES (?, ?, ?, ?, ?, ?, 0, ?)',
    ),
    saveLog: sql(
      'UPDATE log SET head_seq = ?, head_hash = ?, ready_seq = ?, applied_seq = ?, lamport = ?, limit_seq = ?, state = ?, own = ? WHERE id = ?',
    ),
    total: sql('SELECT sum(head_seq) AS total FROM log WHERE space = ?'),
    saveClock: sql(
      'INSERT INTO log_clock (log, dep, seq) VALUES (?, ?, ?) ON CONFLICT (log, dep) DO UPDATE SET seq = excluded.seq',
    ),
    insert: sql(
      'INSERT INTO entry (log, seq, hash, kind, key_id, header, payload, recv, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    entry: sql(`SELECT ${columns} FROM entry e WHERE log = ? AND seq = ?`),
    entries: sql(`SELECT ${columns} FROM entry e WHERE log = ? AND seq BETWEEN ? AND ? ORDER BY seq`),
    byId: sql(`SELECT ${columns} FROM entry e WHERE id = ?`),
    raw: sql('SELECT seq, header, payload FROM entry WHERE log = ? AND seq BETWEEN ? AND ? ORDER BY seq'),
    id: sql('SELECT id FROM entry WHERE log = ? AND seq = ?'),
    hash: sql('SELECT hash FROM entry WHERE log = ? AND seq = ?'),
    lamport: sql('SELECT lamport FROM entry WHERE log = ? AND seq = ?'),
    status: sql('UPDATE entry SET status = ?, lamport = ? WHERE id = ?'),
    waiting: sql(
      `SELECT 1 FROM entry e JOIN log l ON l.id = e.log WHERE e.status = ${STATUS.noKey} AND e.key_id = ? AND l.space = ? LIMIT 1`,
    ),
    firstData: sql(
      `SELECT seq FROM entry WHERE log = ? AND seq > ? AND seq <= ? AND kind <> ${ENTRY_KIND.control} ORDER BY seq LIMIT 1`,
    ),
    readyData: sql(
      `SELECT e.id, l.log_id FROM entry e JOIN log l ON l.id = e.log
       WHERE l.space = ? AND e.seq <= l.ready_seq AND e.kind <> ${ENTRY_KIND.control} ORDER BY e.lamport, l.log_id, e.seq`,
    ),
    forgetControl: sql('DELETE FROM control_entry WHERE entry IN (SELECT id FROM entry WHERE log = ? AND seq >= ?)'),
    forgetWaits: sql('DELETE FROM dep_wait WHERE entry IN (SELECT id FROM entry WHERE log = ? AND seq >= ?)'),
    forgetClock: sql('DELETE FROM log_clock WHERE log = ?'),
    forgetEntries: sql('DELETE FROM entry WHERE log = ? AND seq >= ?'),
    addControl: sql('INSERT INTO control_entry (space, entry, clock) VALUES (?, ?, ?)'),
    control: sql(
      `SELECT ${columns}, c.clock, l.log_id FROM control_entry c JOIN entry e ON e.id = c.entry JOIN log l ON l.id = e.log
       WHERE c.space = ? ORDER BY e.lamport, l.log_id, e.seq`,
    ),
    waits: sql(
      `SELECT w.log_id AS dep, w.seq, l.log_id AS waiting FROM dep_wait w JOIN entry e ON e.id = w.entry
       JOIN log l ON l.id = e.log WHERE l.space = ?`,
    ),
    wait: sql('INSERT INTO dep_wait (entry, log_id, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    stopWaiting: sql(
      `DELETE FROM dep_wait WHERE log_id = ? AND seq <= ? AND entry IN
       (SELECT e.id FROM entry e JOIN log l ON l.id = e.log WHERE l.space = ?)`,
    ),
    quarantine: sql('INSERT INTO quarantine (space, from_device, reason, bytes, at) VALUES (?, ?, ?, ?, ?)'),
    forkProof: sql('INSERT INTO fork_proof (space, log_id, seq, a, b) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    forkAt: sql('SELECT min(seq) AS seq FROM fork_proof WHERE space = ? AND log_id = ?'),
  };
}
