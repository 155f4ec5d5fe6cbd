/**
 * Which entries of a log count (protocol §6.2): all of them while its author may write. Else those up to the
 * frontier F, the greatest place that (a) what ended his right had seen, or (b) an entry that counts was built on.
 * So nothing that an honest member relied on disappears, and a backdated entry that nobody built on does not count.
 *
 * By (b) an entry counts together with its past, whether or not its author may still write: what was written beside
 * text that does not count could not be shown. The limits are the least that satisfy this, so they are a fact of the
 * set; they grow from (a) and from those who may write, so entries of others never count for one another's sake alone.
 */
import type { Hex } from '../bytes.ts';
import type { SpaceAuthority } from './authority.ts';
import { ENTRY_KIND, readHeader } from './entry.ts';
import type { Dep, Header } from './entry.ts';
import { OWN } from './log-sql.ts';
import type { LogState, LogStore } from './log-store.ts';
import { isWriter } from './roles.ts';

/** Ready data entries whose standing changed. */
export interface Shift {
  /** Some that counted do not any more. */
  withdrawn: boolean;
  /** Some that did not count do now: after `after`, up to `upTo`. */
  readonly admitted: { readonly log: LogState; readonly after: number; readonly upTo: number }[];
}
/** What the data of a log up to a place was built on, and what the control entries after the last of it name. */
interface Past {
  upTo: number;
  readonly clock: Map<Hex, number>;
  readonly since: Dep[];
}
const EVERYTHING = Number.MAX_SAFE_INTEGER;

export class Frontier {
  readonly #store: LogStore;
  /** Found by going through logs that count in part. Of a forked log only what is ready matters, so none is outdated. */
  readonly #pasts = new Map<LogState, Past>();

  constructor(store: LogStore) {
    this.#store = store;
  }

  /**
   * Sets the limits of all logs anew; after members, devices, logs or forks changed. `onWord`: some of what ended
   * somebody's right is known from a grant only, so what it had seen is not. Until it is, nothing that counted here is
   * taken back, and of this device's own logs nothing at all. `keepsOwn`: nor is it where this device was never let in by
   * anything that counts; what it wrote is shown to nobody else.
   */
  refresh(authority: SpaceAuthority, { onWord, keepsOwn }: { onWord: boolean; keepsOwn: boolean }): Shift {
    const limits = new Map<LogState, number>();
    const writers: LogState[] = [];
    for (const log of this.#store.logs()) {
      if (mayWrite(log, authority)) writers.push(log);
      else {
        const covered = authority.coveredByEnds(log.log, log.device, log.identity);
        const kept = log.own !== OWN.other && (onWord || keepsOwn) ? log.head : onWord ? log.applied : 0;
        limits.set(log, Math.max(covered, kept));
      }
    }
    const work = [...limits.keys()];
    const raise = (past: ReadonlyMap<Hex, number>): void => {
      for (const [id, seq] of past) {
        const log = this.#store.log(id);
        if (!log || (limits.get(log) ?? EVERYTHING) >= seq) continue;
        limits.set(log, seq);
        work.push(log);
      }
    };
    for (const { clock } of writers) raise(clock);
    for (let log = work.pop(); log; log = work.pop()) raise(this.#pastAt(log, limits.get(log) as number));

    const shift: Shift = { withdrawn: false, admitted: [] };
    for (const log of writers) this.#setLimit(log, null, shift);
    for (const [log, limit] of limits) this.#setLimit(log, limit, shift);
    return shift;
  }

  /** Rule (b) for one more entry of `log`, which has just become ready. */
  pin(log: LogState, deps: readonly Dep[]): Shift {
    const shift: Shift = { withdrawn: false, admitted: [] };
    if (log.ready > (log.limit ?? EVERYTHING)) return shift;
    const work: (readonly [Hex, number])[] =
      log.limit === null ? deps.map((dep) => [dep.log, dep.seq]) : [...this.#pastAt(log, log.ready)];
    for (let next = work.pop(); next; next = work.pop()) {
      const [id, seq] = next;
      const other = this.#store.log(id);
      if (!other || (other.limit ?? EVERYTHING) >= seq) continue;
      this.#setLimit(other, seq, shift);
      work.push(...this.#pastAt(other, seq));
    }
    return shift;
  }

  /**
   * The version vector of the last data entry up to there; valid until it is asked for again. That of a control entry
   * is no matter: it is taken from anybody at any time, so what others write comes to depend on it without relying on it.
   */
  #pastAt(log: LogState, limit: number): ReadonlyMap<Hex, number> {
    const upTo = Math.min(limit, log.ready);
    if (upTo === log.ready && this.#store.firstData(log, upTo - 1) === upTo) return log.clock;
    let past = this.#pasts.get(log);
    if (!past || past.upTo > upTo) this.#pasts.set(log, (past = { upTo: 0, clock: new Map(), since: [] }));
    for (const row of this.#store.iterate(log, past.upTo + 1, upTo)) {
      const header = readHeader(row['header'] as Uint8Array) as Header;
      past.since.push(...this.#store.depsOf(header));
      if (header.kind === ENTRY_KIND.control) continue;
      for (const dep of past.since) past.clock.set(dep.log, Math.max(past.clock.get(dep.log) ?? 0, dep.seq));
      past.since.length = 0;
    }
    past.upTo = upTo;
    return past.clock;
  }

  #setLimit(log: LogState, limit: number | null, shift: Shift): void {
    const before = log.limit ?? EVERYTHING;
    const after = limit ?? EVERYTHING;
    if (before === after) return;
    log.limit = limit;
    const firstExcluded = this.#store.firstData(log, Math.min(after, log.ready));
    log.applied = firstExcluded === undefined ? log.ready : firstExcluded - 1;
    this.#store.touch(log);
    const [low, high] = [Math.min(before, after, log.ready), Math.min(Math.max(before, after), log.ready)];
    const first = this.#store.firstData(log, low);
    if (first === undefined || first > high) return;
    if (after < before) shift.withdrawn = true;
    else shift.admitted.push({ log, after: low, upTo: high });
  }
}

function mayWrite(log: LogState, authority: SpaceAuthority): boolean {
  const identity = authority.device(log.device)?.identityId;
  return identity === log.identity && isWriter(authority.roleOfDevice(log.device));
}
