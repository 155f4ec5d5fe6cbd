/**
 * One space as the rest of the engine sees it: every operation is one transaction over SpaceLog, and listeners
 * hear of it after the commit.
 *
 * Memory follows the database: when a transaction fails, the SpaceLog that took part is dropped and loaded again.
 * An operation inside somebody else's transaction is only settled once that one has ended, so its listeners wait
 * until then, and a rollback out there is noticed by looking at the database.
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { listenerFailed } from '../listeners.ts';
import type { Cancel } from '../ports.ts';
import { compactPayloads } from './compaction.ts';
import type { Compacted, CompactionOptions } from './compaction.ts';
import { controlOf } from './control-operation.ts';
import { SpaceLog } from './deliver.ts';
import { farewellTo, ownEnd, toldFork } from './ends.ts';
import { readFarewell, readFork } from './farewell.ts';
import { readLog } from './history-log.ts';
import type { LogReader } from './history-log.ts';
import { cleanHead, heldEpochs, listening, missesPresent } from './listening.ts';
import { knowersOf } from './knowers.ts';
import type { SpaceContext, SpaceRecord } from './log-context.ts';
import { OWN } from './log-sql.ts';
import type { LogState } from './log-store.ts';
import { receiveEntries } from './receive.ts';
import type {
  AppliedEntry,
  Authority,
  ControlOperation,
  DataItem,
  EpochKeys,
  HeldEpoch,
  LogHead,
  LogRange,
  MeetingKeys,
  RawEntry,
  ReceiveResult,
  Replica,
  Role,
  SpaceEnd,
} from './replica.ts';
import { wallsOf, type Walls } from './walls.ts';
import {
  appendControl,
  appendData,
  mayWrite,
  missedKeys,
  needsNewLog,
  openOwnLog,
  ownRole,
  renewEpoch,
  shareKeys,
  tellForks,
} from './write.ts';

export class SpaceReplica implements Replica {
  readonly spaceId: Uint8Array;
  readonly key: Hex;
  readonly row: number;
  readonly #context: SpaceContext;
  readonly #space: SpaceRecord;
  readonly #advanceListeners = new Set<(heads: readonly LogHead[]) => void>();
  readonly #authorityListeners = new Set<() => void>();
  #log: SpaceLog;
  #gone = false;
  #forksTold = 0;
  /** Comes before the next transaction. */
  due: (() => void) | undefined;
  /** `total` of the own state when a transaction of somebody else was still open: see `#settle`. */
  #unsettled: number | undefined;

  constructor(context: SpaceContext, space: SpaceRecord) {
    this.spaceId = space.spaceId;
    this.key = toHex(space.spaceId);
    this.row = space.row;
    this.#context = context;
    this.#space = space;
    this.#log = new SpaceLog(context, space);
  }

  get identityId(): Uint8Array {
    return this.#context.identity.identityId;
  }

  get logId(): Uint8Array {
    const { store } = this.#current();
    const log = store.own() ?? [...store.logs()].find(({ own }) => own === OWN.past);
    if (!log) throw new Error('a space without a log of this device');
    return log.logId;
  }

  // ---------------------------------------------------------------- authority and keys

  authority(): Authority {
    return this.#current().authority;
  }

  certsOf(identityId: Hex): readonly Uint8Array[] {
    return this.#current().authority.certsOf(identityId);
  }

  ownRole(): Role | undefined {
    return this.#gone ? undefined : ownRole(this.#current());
  }

  mayWrite(): boolean {
    return !this.#gone && mayWrite(this.#current());
  }

  ended(): SpaceEnd | undefined {
    return this.#gone ? undefined : ownEnd(this.#current());
  }

  epoch(): MeetingKeys {
    const epoch = this.epochs()[0];
    if (!epoch) throw new Error('a space without an epoch');
    return epoch;
  }

  contentEpoch(): EpochKeys {
    const { authority, keys } = this.#current();
    const [epoch] = [...authority.epochs().flatMap(({ keyId }) => keys.get(keyId) ?? []), ...keys.all()];
    if (!epoch) throw new CoveError('not-permitted');
    return epoch;
  }

  epochHead(): LogHead | undefined {
    return cleanHead(this.#current());
  }

  missesEpoch(): boolean {
    return missesPresent(this.#current());
  }

  knowers(head: LogHead): ReadonlySet<Hex> {
    return knowersOf(this.#current().store, head);
  }

  epochs(): readonly MeetingKeys[] {
    return listening(this.#current(), this.#context.limits.listeningEpochs);
  }

  heldEpochs(): readonly HeldEpoch[] {
    return heldEpochs(this.#current());
  }

  // ---------------------------------------------------------------- writing

  append(items: readonly DataItem[], within?: (entry: AppliedEntry) => void): AppliedEntry {
    return this.transact((log) => {
      const entry = appendData(log, items);
      within?.(entry);
      return entry;
    });
  }

  appendControl(operation: ControlOperation, within?: (entry: AppliedEntry) => void): AppliedEntry {
    return this.transact((log) => {
      const entry = appendControl(log, controlOf(operation));
      // The remover makes the next epoch at once, not only with his next edit.
      renewEpoch(log);
      within?.(entry);
      return entry;
    });
  }

  shareKeys(deviceId: Hex, unnamed: readonly Hex[] = []): void {
    const log = this.#current();
    const gaps = missedKeys(log, deviceId, unnamed);
    if (gaps.length === 0 || !mayWrite(log)) return;
    try {
      this.transact((space) => shareKeys(space, gaps));
    } catch (error) {
      // A full disk or a full space: the next edit or the next session tries again.
      if (!(error instanceof CoveError)) throw error;
      this.#context.log('keys-not-shared', { reason: error.type });
    }
  }

  // ---------------------------------------------------------------- replication

  have(): readonly LogHead[] {
    return this.#ends(() => true);
  }

  ownLogs(): readonly LogHead[] {
    return this.#ends(({ own }) => own !== OWN.other);
  }

  frozenAfter(log: Hex): number | undefined {
    return this.#current().store.frozenAfter(log);
  }

  #ends(which: (log: LogState) => boolean): readonly LogHead[] {
    const { store } = this.#current();
    return [...store.logs()]
      .filter(which)
      .map((log) => store.endOf(log))
      .filter(([, seq]) => seq > 0);
  }

  headsAt(lamport: number): readonly LogHead[] {
    const { store } = this.#current();
    return [...store.logs()].flatMap((log): LogHead[] => {
      // Lamports only grow along a log: the place is found by halving.
      let [low, high] = [0, log.ready];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (store.lamportAt(log, middle) <= lamport) low = middle;
        else high = middle - 1;
      }
      const hash = low === 0 ? undefined : store.hashAt(log, low);
      return hash ? [[log.logId, low, hash]] : [];
    });
  }

  walls(deviceId: Hex): Walls | undefined {
    return wallsOf(this.#current().store, deviceId);
  }

  read([logId, from, to]: LogRange, maxBytes: number): readonly RawEntry[] {
    const { store, provisional } = this.#current();
    const log = store.log(toHex(logId));
    const entries: RawEntry[] = [];
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to < from) return entries;
    if (from > (log?.head ?? 0)) return provisional.run([logId, from, to], maxBytes);
    if (!log) return entries;
    let size = 0;
    for (const row of store.iterate(log, from, Math.min(to, store.endOf(log)[1]))) {
      const raw = store.packs.raw(row);
      size += raw[0].length + (raw[1]?.length ?? 0);
      if (entries.length > 0 && size > maxBytes) break;
      entries.push(raw);
    }
    return entries;
  }

  farewell(deviceId: Hex): readonly RawEntry[] | undefined {
    return farewellTo(this.#current(), deviceId);
  }

  toldFork(): readonly RawEntry[] | undefined {
    return toldFork(this.#current(), this.#forksTold++);
  }

  takeFarewell(entries: readonly RawEntry[]): boolean {
    if (this.ownRole() === undefined) return false;
    const fork = readFork(entries, this.spaceId);
    if (!fork && !readFarewell(entries, this.spaceId, this.#context.identity.identityId)) return false;
    try {
      this.transact((log) => {
        if (fork) log.takeFork(fork);
        else log.takeFarewell(entries);
        // Signed by somebody who may not remove me, or nothing that I stand on: not stored.
        if (ownRole(log) !== undefined) throw new CoveError('refused');
      });
      return true;
    } catch (error) {
      if (error instanceof CoveError && error.type === 'refused') return false;
      throw error;
    }
  }

  receive(_fromDevice: Uint8Array, entries: readonly RawEntry[]): ReceiveResult {
    try {
      return this.transact((log) => receiveEntries(log, entries));
    } catch (error) {
      // Nothing was stored. A full disk comes here; so would a broken invariant, which must not end the session loop.
      this.#context.log('receive-failed', { error: String(error) });
      return { stored: 0, missing: [] };
    }
  }

  history(): LogReader {
    return readLog(this.#current(), this.#context.storage);
  }

  compact(options: CompactionOptions): Promise<Compacted> {
    const { storage, clock } = this.#context;
    return compactPayloads(() => this.log(), storage, clock, options);
  }

  setAside(): number {
    return this.#current().store.setAside();
  }

  onAdvance(fn: (heads: readonly LogHead[]) => void): Cancel {
    this.#advanceListeners.add(fn);
    return () => this.#advanceListeners.delete(fn);
  }

  onAuthority(fn: () => void): Cancel {
    this.#authorityListeners.add(fn);
    return () => this.#authorityListeners.delete(fn);
  }

  // ---------------------------------------------------------------- transactions

  /** Runs `fn` on the space's log in one transaction and tells listeners once it is committed. */
  transact<T>(fn: (log: SpaceLog) => T): T {
    if (this.#gone) throw new CoveError('space-not-found');
    this.due?.();
    const log = this.#current();
    const { storage } = this.#context;
    const nested = storage.inTransaction;
    let result: T;
    try {
      result = storage.transaction(() => {
        const value = fn(log);
        log.finish();
        if (needsNewLog(log)) {
          openOwnLog(log);
          log.finish();
        }
        if (log.newForks.length > 0) {
          tellForks(log);
          log.finish();
        }
        return value;
      });
    } catch (error) {
      this.#context.guard.rest();
      this.reload();
      throw error;
    }
    if (nested) this.#defer();
    else this.#tell();
    return result;
  }

  /** The copy was deleted: whoever still holds this writes nothing any more. */
  close(): void {
    this.#gone = true;
  }

  /** Forgets what is in memory: the database is right. */
  reload(): void {
    this.#context.sink.undone?.(this.row);
    this.#log = new SpaceLog(this.#context, this.#space);
    this.#unsettled = undefined;
  }

  /** The log behind it, for replicas.ts. */
  log(): SpaceLog {
    if (this.#gone) throw new CoveError('space-not-found');
    return this.#current();
  }

  record(): SpaceRecord {
    return this.#space;
  }

  #current(): SpaceLog {
    if (this.#unsettled !== undefined && !this.#context.storage.inTransaction) this.#settle();
    return this.#log;
  }

  #defer(): void {
    this.#unsettled = this.#log.store.total();
    // Transactions are synchronous: by the next microtask the outer one has ended, this way or that.
    void Promise.resolve().then(() => {
      try {
        if (this.#unsettled !== undefined) this.#settle();
      } catch (error) {
        // Closed meanwhile, as after a start that failed: there is nobody left to tell.
        this.#context.log('not-settled', { error: String(error) });
      }
    });
  }

  #settle(): void {
    const committed = this.#log.store.storedTotal() === this.#unsettled;
    this.#unsettled = undefined;
    if (committed) this.#tell();
    else this.reload();
  }

  #tell(): void {
    const { advanced, authority, data } = this.#log.takeChanges();
    if (data) this.#call(() => this.#context.sink.committed(this.row));
    if (authority) for (const fn of [...this.#authorityListeners]) this.#call(fn);
    if (advanced.length === 0) return;
    const heads = advanced.map((log) => this.#log.store.endOf(log));
    for (const fn of [...this.#advanceListeners]) this.#call(() => fn(heads));
  }

  /** What is committed stays so, and whoever wrote it must not hear of a listener's fault. */
  #call(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      listenerFailed(this.#context.log, error);
    }
  }
}
