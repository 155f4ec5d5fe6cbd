/**
 * What becomes of stored entries: causal delivery, exactly once (protocol §6.1–6.3).
 *
 *   stored → ready (chain and dependencies are here; lamport known) → control: to the authority
 *                                                                   → data: counted? key? opens? → the sink
 *
 * Everything runs inside one transaction of the caller, who calls `finish` at its end, and throws this object
 * away when the transaction fails. Which data entries count is a fact of the set of entries, so it can change
 * after the fact; then everything is applied again from the start (`#rebuild`), the one way that serves all cases.
 */
import { encode } from 'cborg';
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import type { SpaceAuthority } from './authority.ts';
import { decodeControl } from './control.ts';
import type { Control, Fields } from './control.ts';
import { ENTRY_KIND, openPayload, writeDeps } from './entry.ts';
import type { Dep } from './entry.ts';
import { KeyRing } from './epochs.ts';
import { Farewell } from './farewell.ts';
import { heedProof } from './forks.ts';
import { Frontier } from './frontier.ts';
import type { Shift } from './frontier.ts';
import { decodeItems } from './items.ts';
import { controlEntry, isOnWord, loadAuthority } from './load-authority.ts';
import { OWN, STATUS } from './log-sql.ts';
import { LogStore } from './log-store.ts';
import type { SpaceContext, SpaceRecord } from './log-context.ts';
import type { Status } from './log-sql.ts';
import type { LogState } from './log-store.ts';
import { OwnOpenings } from './own-openings.ts';
import type { StoredEntry } from './stored-entry.ts';
import { admittedEntries, placed } from './placed-entries.ts';
import type { PlacedEntry } from './placed-entries.ts';
import { Provisional } from './provisional.ts';
import { Rejected } from './replica.ts';
import type { AppliedEntry, DataItem, RawEntry } from './replica.ts';
import { Waits, firstMissing } from './waits.ts';

export class SpaceLog {
  readonly context: SpaceContext;
  readonly space: SpaceRecord;
  readonly store: LogStore;
  readonly keys: KeyRing;
  /** Forks that were found here and not told yet. */
  readonly newForks: Fields<'ForkProof'>[] = [];
  #authority: SpaceAuthority;
  /** A grant's entries while they are taken on its host's word. */
  readonly provisional: Provisional;
  readonly #farewell: Farewell;
  readonly #frontier: Frontier;
  readonly #waits: Waits;
  readonly #openings: OwnOpenings;
  #limitsDue = false;
  #rebuildDue = false;
  #replayDue = false;
  /** What happened since `takeChanges`. */
  readonly #advanced = new Set<LogState>();
  #authorityChanged = false;
  #dataChanged = false;

  constructor(context: SpaceContext, space: SpaceRecord) {
    this.context = context;
    this.space = space;
    this.keys = new KeyRing(context.storage, space.row, space.spaceId);
    this.store = new LogStore(context.storage, space);
    this.#frontier = new Frontier(this.store);
    this.provisional = new Provisional(context.storage, space.row);
    this.#farewell = new Farewell(context.storage, space.row);
    this.#authority = this.#loadAuthority();
    this.#waits = new Waits(this.store);
    this.#openings = new OwnOpenings(this.store);
  }

  get authority(): SpaceAuthority {
    return this.#authority;
  }

  /** The entries of a removal that was taken on its bearer's word. */
  farewell(): readonly RawEntry[] | undefined {
    return this.#farewell.entries();
  }

  /** Takes a removal of this device's own identity on its bearer's word. */
  takeFarewell(entries: readonly RawEntry[]): void {
    this.#farewell.store(entries);
    this.#authority = this.#loadAuthority();
    this.#authorityChanged = this.#limitsDue = true;
  }

  /** Takes a fork that somebody shows outside of the logs, with all that follows from it. */
  takeFork(proof: Control): void {
    heedProof(proof, this);
    while (this.#replayDue) this.#replay();
  }

  // ---------------------------------------------------------------- delivery

  /** Makes ready whatever can be, starting from these logs; `fresh` are runs of entries that were just stored. */
  deliver(logs: Iterable<LogState>, fresh: ReadonlyMap<LogState, readonly StoredEntry[]> = new Map()): void {
    const work = [...logs];
    for (let log = work.pop(); log; log = work.pop()) {
      this.#advanced.add(log);
      while (log.ready < Math.min(log.head, log.frozen ?? log.head)) {
        const entry = this.#next(log, fresh);
        const missing = firstMissing(this.store, entry);
        if (missing && !(log.own === OWN.writing && this.#openings.hanging)) {
          this.#waits.add(entry, log, missing);
          break;
        }
        this.makeReady(log, entry);
        // At once: what comes next may depend on own entries, and its lamport on theirs.
        if (this.#openings.hanging && this.#openings.settle()) this.#rebuildDue = true;
        work.push(...this.#waits.wake(log));
      }
    }
  }

  /** Takes in one entry whose past is ready. Own entries come with their `items`: they need no opening. */
  makeReady(log: LogState, entry: StoredEntry, items?: readonly DataItem[]): AppliedEntry {
    const { header } = entry;
    const deps = this.store.depsOf(header);
    if (header.kind !== ENTRY_KIND.control) this.#refreshLimits();
    if (firstMissing(this.store, entry)) this.#openings.hang();
    const lamport = this.#lamport(log, deps);
    this.store.advanceClock(log, deps);
    log.ready = entry.seq;
    log.lamport = lamport;
    if (this.#openings.advanced()) this.#authorityChanged = true;
    this.store.touch(log);
    this.#advanced.add(log);
    const applied = this.#applied({ log, entry, past: log.clock }, lamport, items !== undefined);
    let status: Status;
    if (header.kind === ENTRY_KIND.control) {
      status = this.#takeControl(log, entry);
      if (!this.#limitsDue) this.#shift(this.#frontier.pin(log, deps));
    } else {
      this.#shift(this.#frontier.pin(log, deps));
      status = this.#judge(log, entry, applied, items);
    }
    this.store.setStatus(entry, status, lamport);
    if (log.applied === entry.seq - 1 && status !== STATUS.excluded) log.applied = entry.seq;
    return applied;
  }

  /** Starts a log whose LogOpen is about to be stored. */
  openLog(log: Parameters<LogStore['openLog']>[0]): LogState {
    this.#limitsDue = true;
    this.#openings.begun();
    return this.store.openLog(log);
  }

  /** Ends the transaction's work; must be its last call. */
  finish(): void {
    // Own entries may be what others have waited for.
    const own = this.store.own();
    if (own && this.#advanced.has(own)) this.deliver(this.#waits.wake(own));
    while (this.#replayDue) this.#replay();
    this.#settleWords();
    this.#refreshLimits();
    if (this.#rebuildDue) this.#rebuild();
    this.store.flush();
    this.context.guard.rest();
  }

  /** What was taken on somebody's word is forgotten once replication has brought it: it is judged on what it says. */
  #settleWords(): void {
    const granted = this.provisional.active && this.provisional.isConfirmed();
    const told = this.#farewell.active && this.#farewell.isConfirmed();
    if (!granted && !told) return;
    if (granted) this.provisional.clear();
    if (told) this.#farewell.forget();
    this.#authority = this.#loadAuthority();
    this.#authorityChanged = this.#limitsDue = true;
  }

  /** What listeners are to be told after the commit. */
  takeChanges(): { advanced: readonly LogState[]; authority: boolean; data: boolean } {
    const changes = { advanced: [...this.#advanced], authority: this.#authorityChanged, data: this.#dataChanged };
    this.#advanced.clear();
    this.#authorityChanged = this.#dataChanged = false;
    return changes;
  }

  /** What this device's own logs that are in use were begun after and is not here: known from a grant only. */
  hangsOn(): readonly Dep[] {
    return this.#openings.hangsOn();
  }

  /** Dependencies that entries here wait for and that are not stored here. */
  missing(): Map<Hex, number> {
    const missing = new Map<Hex, number>();
    const need = (dep: { log: Hex; seq: number }): void => {
      if ((this.store.log(dep.log)?.head ?? 0) >= dep.seq) return;
      missing.set(dep.log, Math.max(missing.get(dep.log) ?? 0, dep.seq));
    };
    for (const dep of this.#waits.all()) need(dep);
    for (const dep of this.#openings.awaited()) need(dep);
    return missing;
  }

  /** A log forked after place `at`: nothing from there on counts. Returns whether that is news. */
  freeze(proof: Fields<'ForkProof'>, at: number): boolean {
    const news = this.store.freeze(proof.logId, at, encode(proof.a), encode(proof.b));
    if (news) this.#replayDue = true;
    return news;
  }

  /** Everything from the start: who counts, and with it every judgement, may be different. */
  #replay(): void {
    this.#replayDue = this.#rebuildDue = false;
    this.store.restart();
    this.#waits.clear();
    this.#resetSink();
    const before = this.#authority;
    this.#authority = this.#loadAuthority();
    this.#authority.reserve(before);
    this.#limitsDue = this.#authorityChanged = true;
    this.deliver([...this.store.logs()].reverse());
  }

  // ---------------------------------------------------------------- readiness

  #next(log: LogState, fresh: ReadonlyMap<LogState, readonly StoredEntry[]>): StoredEntry {
    const seq = log.ready + 1;
    const run = fresh.get(log);
    const entry = run?.[seq - (run[0]?.seq ?? 0)] ?? this.store.entry(log, seq);
    if (!entry) throw new Error('a log has a gap before its head');
    return entry;
  }

  #lamport(log: LogState, deps: readonly Dep[]): number {
    let before = log.lamport;
    for (const dep of deps) {
      const other = this.store.log(dep.log);
      if (other && other.ready >= dep.seq) before = Math.max(before, this.store.lamportAt(other, dep.seq));
    }
    return before + 1;
  }

  #applied({ log, entry, past }: PlacedEntry, lamport: number, justWritten = false): AppliedEntry {
    const { logId, seq, hash, wall } = entry.header;
    const { deviceId, identityId } = log;
    const stored = { spaceRow: this.space.row, logId, seq, hash, wall, deviceId, identityId, lamport, past };
    return { ...stored, own: log.own !== OWN.other, justWritten };
  }

  // ---------------------------------------------------------------- control

  #loadAuthority(): SpaceAuthority {
    return loadAuthority(this.space, this.context.limits, this.store, this.provisional, this.#farewell);
  }

  #takeControl(log: LogState, entry: StoredEntry): Status {
    const control = entry.payload && decodeControl(entry.payload);
    const misplaced =
      control?.[0] === 'Genesis'
        ? !equal(entry.payload as Uint8Array, this.space.genesis)
        : (control?.[0] === 'LogOpen') !== (entry.seq === 1);
    if (!control || misplaced) {
      this.#quarantine(log, entry, control ? 'control entry out of place' : 'unreadable control entry');
      return STATUS.quarantined;
    }
    const clock = writeDeps(LogStore.sorted(log.clock));
    const placed = controlEntry(log, entry, clock, control);
    if (this.authority.isFull(placed)) {
      this.#quarantine(log, entry, 'too many control entries');
      return STATUS.quarantined;
    }
    this.store.addControl(entry, clock);
    const onWord = isOnWord(control, log, this.provisional);
    if (this.authority.add(placed, onWord)) {
      this.#authorityChanged = this.#limitsDue = true;
    }
    if (control[0] === 'KeyEpoch') {
      const { deviceId, keys } = this.context.identity;
      const secret = this.keys.open(control[1], deviceId, keys.box);
      if (secret) this.addKey(secret);
    }
    heedProof(control, this);
    return STATUS.applied;
  }

  /** Keeps an epoch's secret, or a keeper's half of one; entries that waited for it are opened at the end of the transaction. */
  addKey(secret: Uint8Array): void {
    const keyId = this.keys.add(secret);
    const keys = keyId === null ? undefined : this.keys.get(keyId);
    if (keys && this.store.hasWaitingForKey(keys.keyId)) this.#rebuildDue = true;
    this.#authorityChanged = true;
  }

  // ---------------------------------------------------------------- data

  #judge(log: LogState, entry: StoredEntry, applied: AppliedEntry, own?: readonly DataItem[]): Status {
    if (log.limit !== null && entry.seq > log.limit) return STATUS.excluded;
    if (this.authority.followsDeletion(log.log, entry.seq, applied.past)) {
      this.#quarantine(log, entry, 'written after the space was deleted');
      return STATUS.quarantined;
    }
    const { guard, sink, storage } = this.context;
    if (!own && !guard.begin(entry.header.hash)) {
      this.#quarantine(log, entry, 'Cove ended twice while applying it');
      return STATUS.quarantined;
    }
    const items = own ?? this.#open(log, entry);
    if (typeof items === 'number') return items;
    try {
      // Own items too: what the object layer refuses must not become an entry.
      if (own) sink.apply(applied, items);
      else storage.transaction(() => sink.apply(applied, items));
    } catch (error) {
      // A full disk or a closing engine is nobody's fault: the whole batch is undone and comes again.
      if (own || error instanceof CoveError) throw error;
      const reason = error instanceof Rejected ? error.message : 'could not be applied';
      if (!(error instanceof Rejected)) this.context.log('entry-apply-failed', { reason: String(error) });
      this.#quarantine(log, entry, reason);
      return STATUS.quarantined;
    }
    guard.passed(entry.header.hash);
    this.keys.use(toHex(entry.header.keyId), entry.id);
    this.#dataChanged = true;
    return STATUS.applied;
  }

  #open(log: LogState, entry: StoredEntry): readonly DataItem[] | Status {
    const { header, payload } = entry;
    const keys = this.keys.get(toHex(header.keyId));
    if (!keys) return STATUS.noKey;
    const content = payload && openPayload(keys.entryKey, { space: this.space.spaceId, ...header }, payload);
    const items = content && header.kind === ENTRY_KIND.data ? decodeItems(content) : null;
    if (items) return items;
    this.#quarantine(log, entry, content ? 'unreadable items' : 'payload does not open');
    return STATUS.quarantined;
  }

  #quarantine(log: LogState, entry: StoredEntry, reason: string): void {
    const { clock, limits } = this.context;
    this.store.quarantine(log.deviceId, reason, entry.header.bytes, clock.now(), limits);
  }

  // ---------------------------------------------------------------- which entries count (§6.2)

  #refreshLimits(): void {
    if (!this.#limitsDue) return;
    this.#limitsDue = false;
    const me = toHex(this.context.identity.identityId);
    const keepsOwn = !this.authority.member(me) && !this.authority.endOf(me);
    this.#shift(this.#frontier.refresh(this.#authority, { onWord: this.provisional.active, keepsOwn }));
  }

  #shift({ withdrawn, admitted }: Shift): void {
    if (withdrawn) this.#rebuildDue = true;
    if (this.#rebuildDue || admitted.length === 0) return;
    // What was set aside for want of them may count now, and then what its author wrote after it.
    if (this.store.hasSetAside()) return this.applyAgain();
    for (const one of admittedEntries(this.store, admitted)) this.#judgeAgain(one);
  }

  /** Applies all that counts from the start, in an order that is causal and the same everywhere. */
  #rebuild(): void {
    this.#rebuildDue = false;
    this.store.flush(); // `ready` reads the logs' rows
    this.#resetSink();
    for (const one of placed(this.store, this.store.ready())) this.#judgeAgain(one);
  }

  /** Applies everything again at the end of this transaction: what counts is found in another way than it was. */
  applyAgain(): void {
    this.#rebuildDue = true;
  }

  #resetSink(): void {
    const { sink } = this.context;
    if (!sink.reset) throw new Error('the sink cannot start again');
    sink.reset(this.space.row);
    this.#dataChanged = true;
  }

  #judgeAgain(one: PlacedEntry): void {
    const { log, entry } = one;
    const status = this.#judge(log, entry, this.#applied(one, entry.lamport));
    if (status !== entry.status) this.store.setStatus(entry, status, entry.lamport);
  }
}
