/**
 * Who may do what: a pure function of the set of membership operations (protocol §5.3). It gives the same answer
 * in whatever order the operations arrived, because each judgement uses only what lies in the operation's causal
 * past or what owners did, and owners are fixed for ever by Genesis.
 *
 * An operation holds in its `past` the indices of all that precede it, as bits. `add` wants a causal order; which
 * one makes no difference to the result.
 */
import type { Hex } from '../bytes.ts';
import { has } from './bits.ts';
import type { Bits } from './bits.ts';
import { ECHO } from './limits.ts';
import type { Role } from './replica.ts';
import { isWriter, RANK } from './roles.ts';

export type Grantable = Exclude<Role, 'owner'>;

export interface Operation {
  readonly kind: 'admit' | 'role' | 'remove' | 'leave';
  /** Identities. */
  readonly by: Hex;
  readonly target: Hex;
  /** Of 'admit' and 'role'. */
  readonly role?: Grantable;
  /** Its own place among everything that has a past: see `past`. */
  readonly index: number;
  /** Everything before it, transitively. */
  readonly past: Bits;
}

/** Where something stands among everything that has a past. */
type Place = Pick<Operation, 'index' | 'past'>;

export class Reducer {
  readonly #owners: ReadonlySet<Hex>;
  /** Rule 2, decided by the layer below: the author's device was admitted in the past and is not struck. */
  readonly #eligible: (operation: Operation) => boolean;
  readonly #membersLimit: number;
  readonly #operations: Operation[] = [];
  readonly #byTarget = new Map<Hex, Operation[]>();
  readonly #valid = new Set<Operation>();
  /** Operations that were not judged yet: all after an owner's, which can change the standing of any. */
  #stale = false;

  constructor(owners: Iterable<Hex>, eligible: (operation: Operation) => boolean, membersLimit: number = ECHO.members) {
    this.#owners = new Set(owners);
    this.#eligible = eligible;
    this.#membersLimit = membersLimit;
  }

  /** Adds an operation whose past has been added, and judges it; an owner's changes the standing of others. */
  add(operation: Operation): void {
    this.#operations.push(operation);
    const same = this.#byTarget.get(operation.target);
    if (same) same.push(operation);
    else this.#byTarget.set(operation.target, [operation]);
    if (this.#owners.has(operation.by)) this.#stale = true;
    else if (!this.#stale && this.#judge(operation)) this.#valid.add(operation);
  }

  /** Everything is to be judged again: needed when devices were struck. Done when somebody next asks. */
  rejudge(): void {
    this.#stale = true;
  }

  #refresh(): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#valid.clear();
    // Owners' first: they depend on no other judgement and others depend on them.
    for (const owners of [true, false]) {
      for (const operation of this.#operations) {
        if (this.#owners.has(operation.by) === owners && this.#judge(operation)) this.#valid.add(operation);
      }
    }
  }

  isOwner(identity: Hex): boolean {
    return this.#owners.has(identity);
  }

  /**
   * Whether an owner stands behind it that `by` lets somebody in there: he is one, or one made him an admin before it, he
   * has not left since, and nobody else is to touch whom he lets in. Found without a word of those that it is about, so
   * that the device layer may ask: by what owners did, and by leaves whether they count or not.
   */
  isBackedByOwners(by: Hex, target: Hex, at: Place): boolean {
    this.#refresh();
    if (this.#owners.has(target)) return false;
    if (this.#owners.has(by)) return true;
    const ups = this.#byOwners(by).filter((up) => isUp(up) && precedes(up, at));
    const leaves = (this.#byTarget.get(by) ?? []).filter(({ kind }) => kind === 'leave');
    const stays = ups.some((up) => leaves.every((leave) => !precedes(leave, at) || precedes(leave, up)));
    return stays && !this.#isStruck(by, at) && !this.#isProtected(target, at, []);
  }

  isValid(operation: Operation): boolean {
    this.#refresh();
    return this.#valid.has(operation);
  }

  operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Of a member, at present or within a past; undefined for who is none. */
  roleOf(identity: Hex, past?: Bits): Role | undefined {
    if (this.#owners.has(identity)) return 'owner';
    this.#refresh();
    const about = (this.#byTarget.get(identity) ?? []).filter(
      (operation) => this.#valid.has(operation) && (!past || has(past, operation.index)),
    );
    const ends = about.filter((operation) => operation.kind === 'remove' || operation.kind === 'leave');
    // From the last one back: that has mostly seen all others, of which there may be thousands.
    const stands = about.findLast(
      (operation) => operation.kind === 'admit' && !ends.findLast((end) => !precedes(end, operation)),
    );
    if (!stands) return undefined;
    const grants = about.filter((operation) => operation.role !== undefined);
    const latest = grants.filter((grant) => !grants.findLast((other) => precedes(grant, other)));
    return latest.reduce<Role>((lowest, { role }) => (role && RANK[role] < RANK[lowest] ? role : lowest), 'admin');
  }

  /** What ended somebody's right to write, or never gave it. */
  endsOfWriting(identity: Hex): readonly Operation[] {
    return (this.#byTarget.get(identity) ?? []).filter((operation) => {
      const { kind, role } = operation;
      const ends = kind === 'leave' ? this.isWriterAt(identity, operation) : !isWriter(role); // no role: removed
      return ends && this.isValid(operation);
    });
  }

  /**
   * Whether somebody is gone by a removal that had not seen this entry, and was not let in since. What he then does to
   * end things himself, pretending to have done it before, changes nothing and vouches for nothing.
   */
  isOvertaken(identity: Hex, at: Place): boolean {
    const about = (this.#byTarget.get(identity) ?? []).filter((operation) => this.isValid(operation));
    const admits = about.filter(({ kind }) => kind === 'admit');
    return about.some(
      (end) => end.kind === 'remove' && !precedes(at, end) && admits.every((admit) => precedes(admit, end)),
    );
  }

  /**
   * Whether what somebody does there to end things himself vouches for what he wrote before: he might write as far as he
   * knew, and nothing took that from him that had not seen it, unless it was given back since.
   */
  isWriterAt(identity: Hex, at: Place): boolean {
    if (!isWriter(this.roleOf(identity, at.past)) || this.isOvertaken(identity, at)) return false;
    const grants = (this.#byTarget.get(identity) ?? []).filter(
      (operation) => operation.role !== undefined && this.isValid(operation),
    );
    const isGivenBack = (demotion: Operation): boolean =>
      grants.some((grant) => isWriter(grant.role) && precedes(demotion, grant));
    return !grants.some((grant) => !isWriter(grant.role) && !precedes(at, grant) && !isGivenBack(grant));
  }

  /**
   * Whether what somebody who manages the space decided there for everybody holds: he managed it as far as he knew, and
   * nothing that he had not seen took that from him. Who is made a manager again has to decide again.
   */
  isManagerAt(identity: Hex, at: Place): boolean {
    if (this.#owners.has(identity)) return true;
    if (this.roleOf(identity, at.past) !== 'admin') return false;
    return (this.#byTarget.get(identity) ?? []).every(
      (operation) => isUp(operation) || precedes(operation, at) || !this.#valid.has(operation),
    );
  }

  /** Who let somebody in last, whether that counts or not. */
  admitterOf(identity: Hex): Hex | undefined {
    return this.#byTarget.get(identity)?.findLast(({ kind }) => kind === 'admit')?.by;
  }

  /** Everybody any operation names, owners included; most are members. */
  identities(): ReadonlySet<Hex> {
    return new Set([...this.#owners, ...this.#byTarget.keys()]);
  }

  #judge(operation: Operation): boolean {
    const { by, target, kind, role } = operation;
    if (!this.#eligible(operation)) return false;
    if (this.#owners.has(by)) return this.#ownersMay(operation);
    if (kind === 'leave') return target === by && this.roleOf(by, operation.past) !== undefined;
    if (this.#owners.has(target) || target === by) return false;
    if (this.roleOf(by, operation.past) !== 'admin' || this.#isStruck(by, operation)) return false;
    if (this.#isProtected(target, operation, this.#leavesOf(target)) || this.#isCrowded(operation)) return false;
    return kind === 'remove' || (role !== undefined && RANK[role] < RANK.admin);
  }

  /** An admin lets nobody in beyond the limit, as far as his own past knows; owners' acts depend on nobody's. */
  #isCrowded({ kind, target, past }: Operation): boolean {
    if (kind !== 'admit') return false;
    if (this.#owners.size + this.#byTarget.size <= this.#membersLimit) return false;
    if (this.roleOf(target, past) !== undefined) return false;
    let members = 0;
    for (const identity of this.identities()) if (this.roleOf(identity, past) !== undefined) members++;
    return members >= this.#membersLimit;
  }

  #ownersMay({ kind, target }: Operation): boolean {
    return !this.#owners.has(target) && kind !== 'leave';
  }

  /** What owners validly did about somebody. */
  #byOwners(target: Hex): Operation[] {
    return (this.#byTarget.get(target) ?? []).filter(
      (operation) => this.#owners.has(operation.by) && this.#valid.has(operation),
    );
  }

  /** Rule 4, strong removal: an owner took the author's power and no owner gave it back before this. */
  #isStruck(author: Hex, at: Place): boolean {
    const about = this.#byOwners(author);
    return about.filter(isDown).some((down) => {
      if (precedes(at, down)) return false;
      return !about.some((up) => isUp(up) && precedes(down, up) && precedes(up, at));
    });
  }

  /**
   * Rule 5: whom an owner made an admin, no other admin touches, unless that grant had already ended. What the owner had
   * seen stands: it may be how somebody came in whom he then made an admin.
   */
  #isProtected(target: Hex, at: Place, leaves: readonly Operation[]): boolean {
    const about = this.#byOwners(target);
    const ends = [...about.filter(isDown), ...leaves];
    return about.some(
      (up) => isUp(up) && !precedes(at, up) && !ends.some((end) => precedes(end, at) && !precedes(end, up)),
    );
  }

  #leavesOf(target: Hex): Operation[] {
    return (this.#byTarget.get(target) ?? []).filter((leave) => leave.kind === 'leave' && this.#valid.has(leave));
  }
}

const precedes = (a: Place, b: Place): boolean => has(b.past, a.index);
const isUp = ({ role }: Operation): boolean => role === 'admin';
const isDown = ({ kind, role }: Operation): boolean => kind === 'remove' || (role !== undefined && role !== 'admin');
