/**
 * Which entries of a log count (protocol §6.2): all of them while its author may write. Else those up to the
 * frontier F, the greatest place that (a) what ended his right had seen, or (b) somebody who may write has built on.
 * So nothing that an honest member relied on disappears, and a backdated entry that nobody built on does not count.
 */
import type { SpaceAuthority } from './authority.ts';
import type { Dep } from './entry.ts';
import type { LogState, LogStore } from './log-store.ts';
import { isWriter } from './roles.ts';

/** Ready data entries whose standing changed. */
export interface Shift {
  /** Some that counted do not any more. */
  withdrawn: boolean;
  /** Some that did not count do now: after `after`, up to `upTo`. */
  readonly admitted: { readonly log: LogState; readonly after: number; readonly upTo: number }[];
}
const EVERYTHING = Number.MAX_SAFE_INTEGER;

export class Frontier {
  readonly #store: LogStore;

  constructor(store: LogStore) {
    this.#store = store;
  }

  /** Sets the limits of all logs anew; after members, devices, logs or forks changed. */
  refresh(authority: SpaceAuthority): Shift {
    const shift: Shift = { withdrawn: false, admitted: [] };
    const logs = [...this.#store.logs()];
    const writers = new Set(logs.filter((log) => mayWrite(log, authority)));
    for (const log of logs) {
      if (writers.has(log)) {
        this.#setLimit(log, null, shift);
        continue;
      }
      let limit = authority.coveredByEnds(log.log, log.device, log.identity);
      for (const writer of writers) limit = Math.max(limit, writer.clock.get(log.log) ?? 0);
      this.#setLimit(log, limit, shift);
    }
    return shift;
  }

  /** Rule (b) for one more ready entry of `log`. */
  pin(log: LogState, deps: readonly Dep[]): Shift {
    const shift: Shift = { withdrawn: false, admitted: [] };
    if (log.limit !== null) return shift;
    for (const dep of deps) {
      const other = this.#store.log(dep.log);
      if (other && other.limit !== null && other.limit < dep.seq) this.#setLimit(other, dep.seq, shift);
    }
    return shift;
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
