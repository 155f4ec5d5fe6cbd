/**
 * The device layer beneath a space's authority (protocol §5.3, rule 2): whether the device that wrote an entry had been
 * admitted, and how far it counts once its person has taken it away. A function of the set of entries, like the reducer.
 */
import type { Hex } from '../bytes.ts';
import type { Placed } from './authority.ts';
import { has } from './bits.ts';
import type { Identities } from './identities.ts';
import type { Reducer } from './reducer.ts';

export class DeviceLayer {
  readonly #entries: readonly Placed[];
  readonly #identities: Identities;
  readonly #reducer: () => Reducer;
  /** Until Genesis itself is among the entries nothing is valid. */
  readonly genesis: number[] = [];
  readonly deletions: number[] = [];
  /** What was found so far: going from line to line again for each entry could take for ever. */
  readonly #eligible = new Map<number, boolean>();
  readonly #counting = new Map<number, boolean>();
  /** Device → the entries that told of its revocation, log by log, each log's in its order. */
  readonly #told = new Map<string, readonly (readonly number[])[]>();

  constructor(entries: readonly Placed[], identities: Identities, reducer: () => Reducer) {
    this.#entries = entries;
    this.#identities = identities;
    this.#reducer = reducer;
  }

  /** Forgets what was found: there is one entry more. */
  rejudge(): void {
    this.#eligible.clear();
    this.#counting.clear();
    this.#told.clear();
  }

  /** After Genesis, by a device admitted in its past, and not struck by a revocation. */
  isEligible(index: number): boolean {
    let eligible = this.#eligible.get(index);
    if (eligible === undefined) {
      eligible = this.wasEligible(index) && this.#stands(index);
      this.#eligible.set(index, eligible);
    }
    return eligible;
  }

  /** As one judges it who has heard of no revocation. */
  wasEligible(index: number): boolean {
    const { past } = this.#at(index);
    return this.#wasAdmitted(index) && !this.deletions.some((at) => has(past, at) && this.deletes(at));
  }

  #wasAdmitted(index: number): boolean {
    const { past, by, device } = this.#at(index);
    if (!this.genesis.some((at) => has(past, at))) return false;
    const admitted = this.#identities.admissions(by, device);
    if (!admitted.some((at) => at === index || (at >= 0 && has(past, at)))) return false;
    return this.#identities.state(by)?.devices.has(device) === true;
  }

  deletes(index: number): boolean {
    return this.#reducer().isOwner(this.#at(index).by) && this.isEligible(index);
  }

  /** The first deletion of the space that counts. */
  deletion(): number | undefined {
    return this.deletions.find((at) => this.deletes(at));
  }

  /** Whether an entry at this place, with this version vector, was made after one had been seen. */
  followsDeletion(log: Hex, seq: number, clock: ReadonlyMap<Hex, number>): boolean {
    return this.deletions.some((at) => {
      const deletion = this.#at(at);
      const seen = deletion.log === log ? seq - 1 : (clock.get(deletion.log) ?? 0);
      return seen >= deletion.seq && this.deletes(at);
    });
  }

  /**
   * Entries that say how far a revoked device counts: what it did before one of them stands. Of each log the last for which
   * `isMeant`: it has seen all that those before it have.
   */
  lines(identity: Hex, device: Hex, isMeant: (at: Placed, index: number) => boolean = () => true): readonly number[] {
    if (!this.isRevoked(identity, device)) return [];
    const lastOf = (log: readonly number[]): number | undefined =>
      log.findLast((index) => this.#isLine(index, identity) && isMeant(this.#at(index), index));
    return this.#tellings(identity, device)
      .map(lastOf)
      .filter((index) => index !== undefined);
  }

  /**
   * All entries that told the space of a device's revocation, whoever wrote them: it is true in any mouth. Empty while the
   * device is not revoked, or where it came revoked with Genesis.
   */
  bearers(identity: Hex, device: Hex): readonly number[] {
    const told = this.isRevoked(identity, device) ? this.#identities.revocations(identity, device) : [];
    return told.includes(-1) ? [] : told;
  }

  #stands(index: number): boolean {
    const { by, device } = this.#at(index);
    if (!this.isRevoked(by, device)) return true;
    const isBefore = (at: number): boolean => has(this.#at(at).past, index);
    // A log's entry has seen what those before it have, and stands only if they do. So of those that have seen this one the
    // first that may draw a line answers for the log.
    return this.#tellings(by, device).some((log) => {
      const line = log.slice(firstWhere(log, isBefore)).find((at) => this.#mayDraw(at, by));
      return line !== undefined && this.#counts(line);
    });
  }

  /** The latest is judged first: each leads to later ones, and two devices that tell of each other by turns make it deep. */
  #tellings(identity: Hex, device: Hex): readonly (readonly number[])[] {
    const key = `${identity} ${device}`;
    const known = this.#told.get(key);
    if (known) return known;
    const told = this.#identities.revocations(identity, device).filter((index) => index >= 0);
    const byLog = new Map<Hex, number[]>(told.map((index) => [this.#at(index).log, []]));
    for (const index of told) byLog.get(this.#at(index).log)?.push(index);
    const logs = [...byLog.values()];
    this.#told.set(key, logs);
    for (const index of told.toReversed()) this.#counts(index);
    return logs;
  }

  /**
   * Only the identity's own devices can set that line, or whoever admits it with the right to; nobody admits an owner. A
   * revoked device can where its own line comes later still, so each question leads to later entries and comes to an end.
   * Whether the space had been deleted by then is not asked: a deletion counts as far as such a line lets it.
   */
  #isLine(index: number, identity: Hex): boolean {
    return this.#mayDraw(index, identity) && this.#counts(index);
  }

  #mayDraw(index: number, identity: Hex): boolean {
    const { type, by, past } = this.#at(index);
    if (by === identity) return this.#wasAdmitted(index);
    const backed = type === 'MemberAdmit' && this.#reducer().isBackedByOwners(by, identity, { index, past });
    return backed && this.#wasAdmitted(index);
  }

  #counts(index: number): boolean {
    let counts = this.#counting.get(index);
    if (counts === undefined) {
      counts = this.#wasAdmitted(index) && this.#stands(index);
      this.#counting.set(index, counts);
    }
    return counts;
  }

  isRevoked(identity: Hex, device: Hex): boolean {
    return this.#identities.state(identity)?.devices.get(device)?.revoked === true;
  }

  #at(index: number): Placed {
    return this.#entries[index] as Placed;
  }
}

/** The first place from which on it holds: it holds for all that come after one for which it does. */
function firstWhere(sorted: readonly number[], holds: (index: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
