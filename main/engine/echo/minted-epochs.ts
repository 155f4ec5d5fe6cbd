/**
 * Which epochs of a space are clean, and whom each was minted without (protocol §6.3), from its KeyEpoch entries and what
 * the reducer and the device layer say of everybody else.
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Placed } from './authority.ts';
import { has } from './bits.ts';
import type { Bits } from './bits.ts';
import type { Control } from './control.ts';
import type { Identities } from './identities.ts';
import type { Reducer } from './reducer.ts';
import type { Role } from './replica.ts';
import { mayRead } from './roles.ts';
import type { KeyHolder } from './roles.ts';
import { WrappedKeys } from './wrapped-keys.ts';

export interface Epoch {
  readonly keyId: Hex;
  readonly clean: boolean;
  readonly depth: number;
  readonly hash: Hex;
}
export interface UncoveredEpoch {
  readonly keyId: Hex;
  readonly devices: readonly KeyHolder[];
}
interface Minted {
  readonly entry: Placed;
  readonly index: number;
  readonly keyId: Hex;
  readonly depth: number;
  /** The greatest depth up to this one. */
  readonly deepest: number;
  /** Devices that this entry hands the key to. */
  readonly wrapped: WrappedKeys;
  /** Its key was minted before: this entry only hands it to more devices, and is no epoch of its own. */
  readonly again: boolean;
}
/** Something that took the right to read away. */
interface End {
  /** Entries that say it; one of them is enough. */
  readonly said: readonly number[];
  readonly identity: Hex;
  /** The devices that lost it, where the entries may be of no more weight than their own person's word. */
  readonly ownWord: readonly Hex[];
}
/** What is judged elsewhere. Indices are places among the space's control entries. */
interface Judgement {
  /** `revocations` false: as one judges it who has heard of none. */
  mayMint(entry: Placed, index: number, revocations?: boolean): boolean;
  /** Entries that told the space of a device's revocation. */
  bearers(identity: Hex, device: Hex): readonly number[];
  pastOf(index: number): Bits;
  /** Who wrote it, and the role that it admits to, where it admits a person. */
  authorOf(index: number): { readonly identity: Hex; readonly device: Hex; readonly admits: Role | undefined };
}

export class MintedEpochs {
  readonly #reducer: Reducer;
  readonly #identities: Identities;
  readonly #judgement: Judgement;
  readonly #minted: Minted[] = [];
  readonly #byHash = new Map<Hex, Minted>();
  readonly #byKey = new Map<Hex, Minted[]>();
  #epochs: readonly Epoch[] | undefined;
  #kept: ReadonlySet<Hex> | undefined;
  #uncovered: { readonly gaps: readonly UncoveredEpoch[]; readonly used: number } | undefined;

  constructor(reducer: Reducer, identities: Identities, judgement: Judgement) {
    this.#reducer = reducer;
    this.#identities = identities;
    this.#judgement = judgement;
  }

  add(entry: Placed, index: number, fields: Extract<Control, readonly ['KeyEpoch', unknown]>[1]): void {
    const keyId = toHex(fields.keyId);
    const same = this.#byKey.get(keyId) ?? [];
    const again = same.some((other) => has(entry.past, other.index));
    const depth = 1 + this.#deepestIn(entry.past);
    const deepest = Math.max(depth, this.#minted.at(-1)?.deepest ?? 0);
    const minted = { entry, index, keyId, depth, deepest, wrapped: new WrappedKeys(fields.wraps), again };
    this.#minted.push(minted);
    this.#byHash.set(entry.hash, minted);
    this.#byKey.set(keyId, same);
    same.push(minted);
  }

  #deepestIn(past: Bits): number {
    let found = 0;
    for (let at = this.#minted.length - 1; at >= 0; at--) {
      const { index, depth, deepest } = this.#minted[at] as Minted;
      if (deepest <= found) break;
      if (has(past, index)) found = Math.max(found, depth);
    }
    return found;
  }

  /** Forgets what was derived: something that it rests on has changed. */
  rejudge(): void {
    this.#epochs = this.#uncovered = this.#kept = undefined;
  }

  /** Valid epochs, the one to write under first: clean before unclean, then the greatest (depth, hash). */
  epochs(): readonly Epoch[] {
    this.#epochs ??= this.#judge();
    return this.#epochs;
  }

  /**
   * Keys that entries may be under, those of valid epochs first. Whoever has not heard that a device was revoked takes
   * what it mints for valid and writes under it; that counts, and everybody needs the key to read it. So it is with
   * `used`, the keys of data that counts: what was written under an epoch by somebody who had left without its being
   * known may come to count with his next admission, though the epoch never does.
   */
  keyIds(used: ReadonlySet<Hex>): readonly Hex[] {
    return keysOf(this.#heeded(), used);
  }

  /** `used` only grows. */
  uncovered(used: ReadonlySet<Hex>, devices: () => readonly KeyHolder[]): readonly UncoveredEpoch[] {
    if (this.#uncovered?.used !== used.size) {
      this.#uncovered = { gaps: this.#judgeCoverage(used, devices()), used: used.size };
    }
    return this.#uncovered.gaps;
  }

  /** Whether this person has handed the key to the device, rightly or not. */
  hands(identity: Hex, keyId: Hex, device: Hex): boolean {
    return this.#byKey.get(keyId)?.some(({ entry, wrapped }) => entry.by === identity && wrapped.has(device)) === true;
  }

  #judgeCoverage(used: ReadonlySet<Hex>, devices: readonly KeyHolder[]): readonly UncoveredEpoch[] {
    const heeded = this.#heeded();
    const epochs = new Map(heeded.map(({ keyId, index }) => [keyId, index]));
    const gaps = keysOf(heeded, used).map((keyId) => {
      const mintings = this.#byKey.get(keyId) ?? [];
      const epoch = epochs.get(keyId);
      const has = (one: KeyHolder): boolean => this.#has(mintings, epoch, one.identityId, one.deviceId, one.reads);
      return { keyId, devices: devices.filter((device) => !has(device)) };
    });
    return gaps.filter((gap) => gap.devices.length > 0);
  }

  /**
   * Whether a device has the key of the epoch that entry `epoch` minted, `whole` or at least a keeper's half of it, at
   * present or within a past: it was wrapped for it, or whoever let the device in had it and gave it along. Only the grant that a device first came in with is in every
   * copy of its database that holds the space; what came with a later one is lost when an older copy is put back. No
   * grant is known to bring the key of an epoch that does not count (`epoch` undefined): who gave it may not have had what
   * is under it yet.
   */
  #has(
    mintings: readonly Minted[],
    epoch: number | undefined,
    identity: Hex,
    device: Hex,
    whole: boolean,
    past?: Bits,
  ): boolean {
    const within = (at: number): boolean => !past || has(past, at);
    const isWrapped = (wrapped: WrappedKeys): boolean => (whole ? wrapped.hasWhole(device) : wrapped.has(device));
    if (mintings.some(({ index, wrapped }) => within(index) && isWrapped(wrapped))) return true;
    if (epoch === undefined) return false;
    const { pastOf, authorOf } = this.#judgement;
    const letIn = this.#identities.admissions(identity, device).filter((at) => at >= 0 && within(at));
    const first = letIn.filter((at) => !letIn.some((other) => has(pastOf(at), other)));
    return (
      first.length > 0 &&
      first.every((at) => {
        const host = authorOf(at);
        const gave = !whole || (host.admits === undefined ? !this.#everKept(identity) : mayRead(host.admits));
        return (
          gave && has(pastOf(at), epoch) && this.#has(mintings, epoch, host.identity, host.device, whole, pastOf(at))
        );
      })
    );
  }

  /** Who was a keeper at some time: a device of his may have been let in at that time, and was given halves. */
  #everKept(identity: Hex): boolean {
    this.#kept ??= new Set(
      this.#reducer.operations().flatMap(({ target, role }) => (role === 'keeper' ? [target] : [])),
    );
    return this.#kept.has(identity);
  }

  /** Valid epochs, in their order, and those that were valid to whoever had heard of no revocation. */
  #heeded(): readonly Minted[] {
    const valid = this.epochs().map(({ hash }) => this.#byHash.get(hash) as Minted);
    const others = this.#minted.filter(
      ({ entry, index, again }) => !again && this.#judgement.mayMint(entry, index, false),
    );
    return [...new Set([...valid, ...others])];
  }

  /**
   * Clean(E): everything that took a member, a device or somebody's right to read away lies in E's past, or E was minted
   * without those whom it took it from by somebody who knew them.
   */
  #judge(): readonly Epoch[] {
    const ends = this.#ends();
    return this.#minted
      .filter(({ entry, index, again }) => !again && this.#judgement.mayMint(entry, index))
      .map((minted) => {
        const { entry, keyId, depth } = minted;
        const clean = ends.every((end) => end.said.some((at) => has(entry.past, at)) || this.#leavesOut(minted, end));
        return { keyId, depth, hash: entry.hash, clean };
      })
      .sort((a, b) => Number(b.clean) - Number(a.clean) || b.depth - a.depth || (a.hash > b.hash ? -1 : 1));
  }

  #ends(): readonly End[] {
    const ends = this.#reducer
      .operations()
      .filter((operation) => !mayRead(operation.role) && this.#reducer.isValid(operation)) // no role: gone
      .filter((operation) => operation.kind !== 'leave' || !this.#reducer.isOvertaken(operation.by, operation))
      .map(({ index, kind, target }): End => {
        const devices = this.#identities.state(target)?.devices.keys() ?? [];
        return { said: [index], identity: target, ownWord: kind === 'leave' ? [...devices] : [] };
      });
    for (const identity of this.#identities.all()) {
      if (this.#reducer.roleOf(identity) === undefined) continue;
      for (const device of this.#identities.state(identity)?.devices.keys() ?? []) {
        const said = this.#judgement.bearers(identity, device);
        if (said.length > 0) ends.push({ said, identity, ownWord: [device] });
      }
    }
    return ends;
  }

  /**
   * What somebody says himself may stand in his log behind entries that do not count, where nobody can build on it. So it
   * is enough that an epoch's author knew of his devices and gave none of them the key, and that he had not heard of the
   * epoch when he said it: a later admission may have brought it to him.
   */
  #leavesOut({ entry, index, wrapped }: Minted, { said, identity, ownWord }: End): boolean {
    const isKnown = (device: Hex): boolean =>
      this.#identities.admissions(identity, device).some((at) => at < 0 || has(entry.past, at));
    return (
      ownWord.some(isKnown) &&
      !ownWord.some((device) => wrapped.has(device)) &&
      !said.some((at) => has(this.#judgement.pastOf(at), index))
    );
  }
}

const keysOf = (minted: readonly Minted[], used: ReadonlySet<Hex>): Hex[] => [
  ...new Set([...minted.map(({ keyId }) => keyId), ...used]),
];
