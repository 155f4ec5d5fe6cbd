/**
 * What a peer sent, checked and stored (protocol §6.1, §6.8). A run of entries is verified by its hash links and
 * its last signature: the chain commits to all before. It is stored up to its last valid signature; what follows
 * is not proven to be anyone's and is asked for again.
 *
 * Two authentic entries with one place in a log are a fork: see forks.ts.
 */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { logId } from '../crypto/keys.ts';
import { decodeControl } from './control.ts';
import type { SpaceLog } from './deliver.ts';
import { ENTRY_KIND, hasPayload, isSigned, NO_PREV, readHeader } from './entry.ts';
import type { Header } from './entry.ts';
import { heedProof } from './forks.ts';
import { ECHO } from './limits.ts';
import type { EchoLimits } from './limits.ts';
import { OWN, STATUS } from './log-sql.ts';
import type { LogState } from './log-store.ts';
import type { StoredEntry } from './stored-entry.ts';
import type { LogRange, RawEntry, ReceiveResult } from './replica.ts';

interface Received {
  readonly header: Header;
  readonly payload: Uint8Array;
}

/** Runs inside the caller's transaction; the caller calls `space.finish` after it. */
export function receiveEntries(space: SpaceLog, entries: readonly RawEntry[]): ReceiveResult {
  return new Receiving(space).run(entries);
}

class Receiving {
  readonly #space: SpaceLog;
  readonly #missing = new Map<Hex, [from: number, to: number, logId: Uint8Array]>();
  readonly #fresh = new Map<LogState, StoredEntry[]>();
  readonly #touched = new Set<LogState>();
  readonly #limits: EchoLimits;
  #stored = 0;
  #full = false;
  #violation: string | undefined;

  constructor(space: SpaceLog) {
    this.#space = space;
    this.#limits = space.context.limits;
  }

  run(entries: readonly RawEntry[]): ReceiveResult {
    for (const [log, received] of this.#byLog(entries)) this.#takeLog(log, received);
    this.#space.deliver(this.#touched, this.#fresh);
    for (const [log, to] of this.#space.missing()) this.#want(log, (this.#space.store.log(log)?.head ?? 0) + 1, to);
    const missing = [...this.#missing.values()]
      .slice(0, ECHO.missing)
      .map(([from, to, id]): LogRange => [id, from, to]);
    if (this.#full) this.#space.context.log('space-full', { bytes: this.#space.store.bytes });
    const full = this.#full && ({ full: true } as const);
    return {
      stored: this.#stored,
      missing,
      ...full,
      ...(this.#violation !== undefined && { violation: this.#violation }),
    };
  }

  /** Readable entries by log, in order of seq. */
  #byLog(entries: readonly RawEntry[]): Map<Hex, Received[]> {
    const logs = new Map<Hex, Received[]>();
    for (const raw of entries) {
      const [bytes, payload] = Array.isArray(raw) ? (raw as unknown[]) : [];
      const header = bytes instanceof Uint8Array ? readHeader(bytes) : null;
      if (!header) {
        this.#violation ??= 'malformed header';
        continue;
      }
      // Pruned payloads come with snapshots, which this version does not have.
      if (!(payload instanceof Uint8Array)) continue;
      if (!hasPayload(header, payload)) {
        this.#violation ??= 'payload is not the one signed';
        continue;
      }
      const list = logs.get(header.log);
      if (list) list.push({ header, payload });
      else logs.set(header.log, [{ header, payload }]);
    }
    for (const list of logs.values()) list.sort((a, b) => a.header.seq - b.header.seq);
    return logs;
  }

  #takeLog(key: Hex, all: readonly Received[]): void {
    const { store } = this.#space;
    const known = store.log(key);
    // What comes after a fork counts for nobody, and is neither kept nor asked for.
    const end = store.frozenAfter(key) ?? Infinity;
    const received = end === Infinity ? all : all.filter(({ header }) => header.seq <= end);
    const head = known?.head ?? 0;
    const conflicting = known ? received.filter(({ header }) => this.#isConflict(known, header)) : [];
    if (known && conflicting.length > 0) {
      const first = (conflicting[0] as Received).header.seq;
      this.#takeFork(
        known,
        received.filter(({ header }) => header.seq >= first),
      );
      return;
    }
    const later = received.filter(({ header }) => header.seq > head);
    const first = later[0];
    if (!first) return;
    if (first.header.seq > head + 1) {
      this.#want(key, head + 1, first.header.seq - 1, first.header.logId);
      return;
    }
    const fitting = this.#fitting(later);
    if (fitting.length === 0 || !this.#hasRoom(known, first, fitting)) return;
    const run = chained(fitting, head + 1, known?.headHash ?? NO_PREV);
    if (run.length === 0) {
      // Another branch than ours continues here: find where it leaves ours.
      this.#want(key, Math.max(1, head - ECHO.forkSearch + 1), head + 1, first.header.logId);
      return;
    }
    const author = known ?? this.#author(run);
    if (!author) return;
    const proven = this.#proven(run, author.deviceId);
    const last = fitting.at(-1) as Received;
    if (proven.length < fitting.length) this.#want(key, head + proven.length + 1, last.header.seq, first.header.logId);
    if (proven.length === 0) return;
    const log = known ?? this.#open(author as Opening);
    this.#insert(log, proven);
    // Somebody has more of my own log than I: this profile was restored. It is written no more.
    if (log.own === OWN.writing) this.#space.store.retire(log);
  }

  /** What of a run the space may hold. */
  #fitting(run: readonly Received[]): readonly Received[] {
    let left = this.#limits.quota - this.#space.store.bytes;
    const over = run.findIndex((entry) => (left -= sizeOf(entry)) < 0);
    if (over < 0) return run;
    this.#full = true;
    return run.slice(0, over);
  }

  /**
   * Whether more of a log may wait. What is refused comes again when it is asked for: what can be taken in at once
   * always may, or a queue that is full would never empty.
   */
  #hasRoom(known: LogState | undefined, { header }: Received, run: readonly Received[]): boolean {
    const { store } = this.#space;
    const { pendingEntries, pendingBytes } = this.#limits;
    const waits =
      (known && known.ready < known.head) ||
      store.depsOf(header).some((dep) => (store.log(dep.log)?.ready ?? 0) < dep.seq);
    if (!waits) return true;
    if (known && known.head - known.ready >= pendingEntries) return false;
    return store.pendingBytes + run.reduce((sum, entry) => sum + sizeOf(entry), 0) <= pendingBytes;
  }

  /** The run up to its last valid signature. */
  #proven(run: readonly Received[], deviceId: Uint8Array): readonly Received[] {
    let proven = 0;
    for (let start = 0; start < run.length; start += ECHO.run) {
      const end = Math.min(start + ECHO.run, run.length);
      let last = end - 1;
      while (last >= start && !this.#isSigned(run[last] as Received, deviceId)) last--;
      if (last >= start) proven = last + 1;
    }
    return run.slice(0, proven);
  }

  #isSigned({ header }: Received, deviceId: Uint8Array): boolean {
    return isSigned(header, this.#space.space.spaceId, deviceId);
  }

  #insert(log: LogState, run: readonly Received[]): void {
    const now = this.#space.context.clock.now();
    const fresh: StoredEntry[] = [];
    this.#fresh.set(log, fresh);
    for (const { header, payload } of run) {
      const entry = this.#space.store.insert(log, header, payload, now, STATUS.pending);
      fresh.push(entry);
      if (header.kind === ENTRY_KIND.control) heedProof(decodeControl(payload), this.#space);
    }
    this.#stored += run.length;
    this.#touched.add(log);
  }

  // ---------------------------------------------------------------- new logs

  #author(run: readonly Received[]): Opening | undefined {
    const { header, payload } = run[0] as Received;
    const control = header.kind === ENTRY_KIND.control ? decodeControl(payload) : null;
    if (control?.[0] !== 'LogOpen') {
      this.#violation ??= 'a log without LogOpen';
      return undefined;
    }
    const { deviceId, incarnation, identityId } = control[1];
    if (!equal(header.logId, logId(this.#space.space.spaceId, deviceId, incarnation))) {
      this.#violation ??= 'a log of another space';
      return undefined;
    }
    const opening = { logId: header.logId, deviceId, incarnation, identityId };
    const reason = this.#refusal(opening);
    if (reason === null) return opening;
    // A member's own is kept as evidence; a stranger's may come again, once somebody has admitted it.
    if (reason && this.#proven(run, deviceId).length > 0) {
      this.#space.store.quarantine(deviceId, reason, header.bytes, this.#space.context.clock.now(), this.#limits);
    }
    return undefined;
  }

  /** Why one log more would be too many: null when it is not, empty for a stranger's. */
  #refusal({ deviceId, identityId }: Opening): string | null {
    const { authority, store } = this.#space;
    const [device, identity] = [toHex(deviceId), toHex(identityId)];
    const logs = [...store.logs()];
    if (logs.filter((log) => log.device === device).length >= this.#limits.logsPerDevice)
      return 'too many logs of one device';
    const admitted = logs.filter((log) => authority.knowsDevice(log.identity, log.device));
    if (!authority.knowsDevice(identity, device)) {
      return logs.length - admitted.length >= this.#limits.strangersLogs ? '' : null;
    }
    const devices = new Set(admitted.map((log) => log.device)).add(device);
    return devices.size > this.#limits.devices ? 'too many devices' : null;
  }

  #open(opening: Opening): LogState {
    // A log of this very device that it does not know: written before a restore.
    const own = equal(opening.deviceId, this.#space.context.identity.deviceId) ? OWN.past : OWN.other;
    return this.#space.openLog({ ...opening, own });
  }

  // ---------------------------------------------------------------- forks

  #isConflict(log: LogState, header: Header): boolean {
    const stored = header.seq <= log.head ? this.#space.store.hashAt(log, header.seq) : undefined;
    return stored !== undefined && !equal(stored, header.hash);
  }

  #takeFork(log: LogState, branch: readonly Received[]): void {
    const { store } = this.#space;
    const first = branch.find(({ header }) => this.#isConflict(log, header)) as Received;
    const at = first.header.seq;
    const before = at === 1 ? NO_PREV : store.hashAt(log, at - 1);
    if (!before || !equal(first.header.prev, before)) {
      if (at > 1) this.#want(log.log, Math.max(1, at - ECHO.forkSearch), at - 1, log.logId);
      return;
    }
    // Only a branch that leads to a signature is anybody's: whoever made both broke the rules, not who shows them.
    const run = chained(
      branch.filter(({ header }) => header.seq > log.head || this.#isConflict(log, header)),
      at,
      before,
    );
    const proven = this.#proven(run, log.deviceId);
    // Up to its first signature, as ours: a proof is one control entry, and more would not make it truer.
    const theirs = proven.slice(0, 1 + proven.findIndex((one) => this.#isSigned(one, log.deviceId)));
    if (theirs.length === 0) return;
    const ours = this.#oursFrom(log, at);
    const { deviceId, incarnation } = log;
    const [a, b] = [ours.map(({ bytes }) => bytes), theirs.map(({ header }) => header.bytes)];
    const proof = { logId: log.logId, deviceId, incarnation, a, b };
    // Neither branch counts, so ours may stay: nobody gets it any more.
    if (this.#space.freeze(proof, at - 1)) this.#space.newForks.push(proof);
    this.#touched.add(log);
    if (log.own === OWN.writing) store.retire(log);
  }

  /** Our branch up to its next signature. */
  #oursFrom(log: LogState, at: number): Header[] {
    const headers: Header[] = [];
    for (const { header } of this.#space.store.entries(log, at, log.head)) {
      headers.push(header);
      if (isSigned(header, this.#space.space.spaceId, log.deviceId)) break;
    }
    return headers;
  }

  #want(log: Hex, from: number, end: number, id?: Uint8Array): void {
    const to = Math.min(end, this.#space.store.frozenAfter(log) ?? end);
    if (from > to) return;
    const before = this.#missing.get(log);
    const bytes = id ?? before?.[2] ?? fromHex(log);
    this.#missing.set(log, [Math.min(from, before?.[0] ?? from), Math.max(to, before?.[1] ?? to), bytes]);
  }
}

interface Opening {
  readonly logId: Uint8Array;
  readonly deviceId: Uint8Array;
  readonly incarnation: Uint8Array;
  readonly identityId: Uint8Array;
}

/** The entries that follow one another by number and hash, from `seq` after `prev`. */
function chained(received: readonly Received[], seq: number, prev: Uint8Array): Received[] {
  const run: Received[] = [];
  let before = prev;
  for (const entry of received) {
    if (entry.header.seq < seq + run.length) continue;
    if (entry.header.seq > seq + run.length) break;
    if (!equal(entry.header.prev, before)) continue;
    run.push(entry);
    before = entry.header.hash;
  }
  return run;
}

const sizeOf = ({ header, payload }: Received): number => header.bytes.length + payload.length;
