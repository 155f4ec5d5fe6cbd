/**
 * The logs of one space in SQLite, with their heads and version vectors kept in memory. Nothing here judges:
 * receive.ts says what may be stored, deliver.ts what becomes of it.
 *
 * Changes to a log's row are made in memory and written once, by `flush`, before the transaction ends. When a
 * transaction fails, its owner throws this object away and loads a new one.
 */
import { compare, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { SqlRow, Storage } from '../ports.ts';
import { readHeader } from './entry.ts';
import type { Dep, Header } from './entry.ts';
import type { EchoLimits } from './limits.ts';
import type { SpaceRecord } from './log-context.ts';
import { OWN, STATUS, statements } from './log-sql.ts';
import type { Status } from './log-sql.ts';
import { PackStore } from './pack-store.ts';
import type { LogHead } from './replica.ts';
import { readStored, sizeOf } from './stored-entry.ts';
import type { StoredEntry } from './stored-entry.ts';

/** One log as it stands; see schema.ts for what the numbers mean. */
export interface LogState {
  readonly row: number;
  readonly logId: Uint8Array;
  readonly log: Hex;
  readonly deviceId: Uint8Array;
  readonly device: Hex;
  readonly incarnation: Uint8Array;
  readonly identityId: Uint8Array;
  readonly identity: Hex;
  own: number;
  head: number;
  headHash: Uint8Array;
  ready: number;
  applied: number;
  lamport: number;
  limit: number | null;
  /** The last place before a fork; null: never forked. */
  frozen: number | null;
  /** Of the entry at `ready`, own log left out. */
  readonly clock: Map<Hex, number>;
}

export class LogStore {
  /** Payloads of this space in their smaller form. */
  readonly packs: PackStore;
  readonly #space: number;
  readonly #logs = new Map<Hex, LogState>();
  readonly #dirty = new Set<LogState>();
  readonly #dirtyClocks = new Map<LogState, Set<Hex>>();
  readonly #sql: ReturnType<typeof statements>;
  /** Of forked logs, whether or not they are here: the last place before the fork. */
  readonly #frozen = new Map<Hex, number>();
  /** Of all entries here, and of those that wait for others. */
  #bytes: number;
  #pendingBytes = 0;
  #savedBytes: number;

  /** The one asked for last: all control entries are looked through for another one. */
  #received: { readonly hash: Hex; readonly at: number } | undefined;

  constructor(storage: Storage, space: Pick<SpaceRecord, 'row' | 'spaceId'>) {
    this.#space = space.row;
    this.packs = new PackStore(storage, space);
    this.#sql = statements(storage);
    for (const row of this.#sql.forks.all(space.row)) {
      this.#frozen.set(toHex(row['log_id'] as Uint8Array), (row['seq'] as number) - 1);
    }
    for (const row of this.#sql.logs.all(space.row)) this.#remember(row);
    for (const row of this.#sql.clocks.all(space.row)) {
      const log = this.#logs.get(toHex(row['log_id'] as Uint8Array));
      log?.clock.set(this.#known(toHex(row['dep'] as Uint8Array)), row['seq'] as number);
    }
    this.#bytes = this.#savedBytes = (this.#sql.bytes.get(space.row)?.['bytes'] as number | undefined) ?? 0;
    this.#countPending();
  }

  logs(): IterableIterator<LogState> {
    return this.#logs.values();
  }

  /** Bytes of all entries that are stored. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of entries that are stored and wait for others. */
  get pendingBytes(): number {
    return this.#pendingBytes;
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
    const entry = { id, seq, header, payload, status, lamport: 0 };
    this.#bytes += sizeOf(header);
    if (status === STATUS.pending) this.#pendingBytes += sizeOf(header);
    return entry;
  }

  entry(log: LogState, seq: number): StoredEntry | undefined {
    const row = this.#sql.entry.get(log.row, seq);
    return row && readStored(row, this.packs);
  }

  entries(log: LogState, from: number, to: number): StoredEntry[] {
    return this.#sql.entries.all(log.row, from, to).map((row) => readStored(row, this.packs));
  }

  *iterate(log: LogState, from: number, to: number): IterableIterator<SqlRow> {
    yield* this.#sql.raw.iterate(log.row, from, to);
  }

  hashAt(log: LogState, seq: number, fresh = false): Uint8Array | undefined {
    if (seq === log.head && seq > 0 && !fresh) return log.headHash;
    return this.#sql.hash.get(log.row, seq)?.['hash'] as Uint8Array | undefined;
  }

  /** When a control entry was stored here, ms by the wall clock; undefined: it has not come. */
  controlReceivedAt(hash: Hex): number | undefined {
    if (this.#received?.hash === hash) return this.#received.at;
    const at = this.#sql.controlReceivedAt.get(this.#space, fromHex(hash))?.['recv'] as number | undefined;
    if (at !== undefined) this.#received = { hash, at };
    return at;
  }

  lamportAt(log: LogState, seq: number): number {
    if (seq === log.ready) return log.lamport;
    return (this.#sql.lamport.get(log.row, seq)?.['lamport'] as number | undefined) ?? 0;
  }

  setStatus(entry: StoredEntry, status: Status, lamport: number): void {
    if (entry.status === STATUS.pending) this.#pendingBytes -= sizeOf(entry.header);
    if (entry.status === STATUS.quarantined) this.#sql.acquit.run(this.#space, entry.header.bytes);
    this.#sql.status.run(status, lamport, entry.id);
  }

  hasWaitingForKey(keyId: Uint8Array): boolean {
    return this.#sql.waiting.get(keyId, this.#space) !== undefined;
  }

  /** The first ready data entry beyond a place: what a limit stops at. */
  firstData(log: LogState, after: number): number | undefined {
    return this.#sql.firstData.get(log.row, after, log.ready)?.['seq'] as number | undefined;
  }

  /** Whether a data entry of the space could not be used. */
  hasSetAside(): boolean {
    return this.#sql.setAsideData.get(this.#space) !== undefined;
  }

  /** Every ready entry of the space in one causal order, the same on all devices. */
  *ready(): IterableIterator<{ log: LogState; entry: StoredEntry }> {
    // Ids first: the statements of those who handle an entry must not run inside an open cursor's read.
    for (const { id, log_id } of this.#sql.readyInOrder.all(this.#space)) {
      const log = this.#logs.get(toHex(log_id as Uint8Array));
      const row = this.#sql.byId.get(id as number);
      if (log && row) yield { log, entry: readStored(row, this.packs) };
    }
  }

  /** The entries of a log up to a place, one after the other. */
  *inLog(log: LogState, upTo: number): IterableIterator<{ log: LogState; entry: StoredEntry }> {
    for (let seq = 1; seq <= upTo; seq++) {
      const entry = this.entry(log, seq);
      if (entry) yield { log, entry };
    }
  }

  /** Where a log ends for others: of a forked one, before the fork. */
  endOf(log: LogState): LogHead {
    const { logId, head, headHash, frozen } = log;
    if (frozen === null || head <= frozen) return [logId, head, headHash];
    return [logId, frozen, this.hashAt(log, frozen, true) ?? new Uint8Array(32)];
  }

  /** Nothing is ready any more: all that follows from the entries is to be found anew. */
  restart(): void {
    for (const sql of this.#sql.restart) sql.run(this.#space);
    for (const log of this.#logs.values()) {
      log.ready = log.applied = log.lamport = 0;
      log.limit = null;
      log.clock.clear();
      this.#dirty.add(log);
    }
    this.#dirtyClocks.clear();
    this.#pendingBytes = this.#bytes;
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
      log.clock.set(this.#known(dep.log), dep.seq);
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
    if (this.#bytes !== this.#savedBytes) {
      this.#sql.saveBytes.run(this.#space, this.#bytes);
      this.#savedBytes = this.#bytes;
    }
    for (const log of this.#dirty) {
      const { head, headHash, ready, applied, lamport, limit, frozen, own, row } = log;
      this.#sql.saveLog.run(head, headHash, ready, applied, lamport, limit, frozen === null ? 0 : 1, own, row);
    }
    for (const [log, deps] of this.#dirtyClocks) {
      for (const dep of deps) this.#sql.saveClock.run(log.row, fromHex(dep), log.clock.get(dep) as number);
    }
    this.#dirty.clear();
    this.#dirtyClocks.clear();
  }

  // ---------------------------------------------------------------- control entries that are ready

  /** `clock` as `writeDeps` gives it. */
  addControl(entry: StoredEntry, clock: Uint8Array): void {
    this.#sql.addControl.run(this.#space, entry.id, clock);
  }

  /** In a causal order, whatever order they came in; nothing else may be read before the next one is taken. */
  *control(): IterableIterator<{ log: LogState; entry: StoredEntry }> {
    for (const row of this.#sql.control.iterate(this.#space)) {
      yield { log: this.#logOf(row), entry: readStored(row, this.packs) };
    }
  }

  /** The same with their version vectors, which may take a hundred times as much. */
  *controlWithClocks(): IterableIterator<{ log: LogState; entry: StoredEntry; clock: Uint8Array }> {
    for (const row of this.#sql.controlWithClocks.iterate(this.#space)) {
      yield { log: this.#logOf(row), entry: readStored(row, this.packs), clock: row['clock'] as Uint8Array };
    }
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

  /** Evidence, as far as there is room: `from`'s, and the space's. What is more leaves no trace. */
  quarantine(from: Uint8Array, reason: string, bytes: Uint8Array, at: number, limits: EchoLimits): void {
    const holds = (row: SqlRow | undefined, most: number, mostBytes: number): boolean =>
      (row?.['n'] as number) < most && (row?.['bytes'] as number) + bytes.length <= mostBytes;
    const { quarantine, quarantineBytes, quarantinePerDevice, quarantineBytesPerDevice } = limits;
    if (!holds(this.#sql.quarantinedOf.get(this.#space, from), quarantinePerDevice, quarantineBytesPerDevice)) return;
    if (!holds(this.#sql.quarantined.get(this.#space), quarantine, quarantineBytes)) return;
    // Entries are judged again when what counts has changed: one row each all the same.
    if (this.#sql.isQuarantined.get(this.#space, from, bytes)) return;
    this.#sql.quarantine.run(this.#space, from, reason, bytes, at);
  }

  setAside(): number {
    return this.#sql.quarantined.get(this.#space)?.['n'] as number;
  }

  /** Keeps a proof, also about a log that is not here yet; returns whether it is frozen earlier than it was. */
  freeze(logId: Uint8Array, at: number, a: Uint8Array, b: Uint8Array): boolean {
    this.#sql.forkProof.run(this.#space, logId, at + 1, a, b);
    const id = toHex(logId);
    if ((this.#frozen.get(id) ?? Infinity) <= at) return false;
    this.#frozen.set(id, at);
    const log = this.#logs.get(id);
    if (log) {
      log.frozen = at;
      this.#dirty.add(log);
    }
    return true;
  }

  frozenAfter(log: Hex): number | undefined {
    return this.#frozen.get(log);
  }

  /** What the entry depends on: of a forked log only what came before the fork. */
  depsOf(header: Header): readonly Dep[] {
    if (this.#frozen.size === 0) return header.deps;
    const clip = (dep: Dep): Dep => ({ ...dep, seq: Math.min(dep.seq, this.#frozen.get(dep.log) ?? dep.seq) });
    return header.deps.map(clip).filter(({ seq }) => seq > 0);
  }

  /** A clock as a sorted list. */
  static sorted(clock: ReadonlyMap<Hex, number>): Dep[] {
    return [...clock]
      .map(([log, seq]) => ({ log, logId: fromHex(log), seq }))
      .sort((a, b) => compare(a.logId, b.logId));
  }

  /** Heads in memory are right at any time, those of the rows only after `flush`. */
  #countPending(): void {
    this.#pendingBytes = 0;
    for (const log of this.#logs.values()) {
      if (log.ready === log.head) continue;
      for (const { header } of this.#sql.headersFrom.iterate(log.row, log.ready + 1)) {
        this.#pendingBytes += sizeOf(readHeader(header as Uint8Array) as Header);
      }
    }
  }

  /** One string for a log, however many name it. */
  readonly #known = (log: Hex): Hex => this.#logs.get(log)?.log ?? log;

  #logOf(row: SqlRow): LogState {
    return this.#logs.get(toHex(row['log_id'] as Uint8Array)) as LogState;
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
      incarnation: row['incarnation'] as Uint8Array,
      identityId,
      identity: toHex(identityId),
      own: row['own'] as number,
      head: row['head_seq'] as number,
      headHash: row['head_hash'] as Uint8Array,
      ready: row['ready_seq'] as number,
      applied: row['applied_seq'] as number,
      lamport: row['lamport'] as number,
      limit: row['limit_seq'] as number | null,
      frozen: this.#frozen.get(toHex(logId)) ?? null,
      clock: new Map(),
    };
    this.#logs.set(state.log, state);
    return state;
  }
}
