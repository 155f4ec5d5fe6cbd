/**
 * A space's authority: its members, their roles and devices, and which epochs are clean, from the set of its
 * control entries (protocol §5.3, §6.3). Membership is judged by reducer.ts, epochs by minted-epochs.ts; this file gives
 * each entry its causal past and adds the device layer beneath.
 */
import { fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CERT_KIND } from '../halo/cert.ts';
import type { Certificate } from '../halo/cert.ts';
import { count, has } from './bits.ts';
import type { Bits } from './bits.ts';
import type { Control, ControlType } from './control.ts';
import { ControlRoom, isEnding, SHARE } from './control-room.ts';
import { DeviceLayer } from './device-layer.ts';
import { Identities } from './identities.ts';
import { ECHO, type EchoLimits } from './limits.ts';
import { Reducer, type Operation } from './reducer.ts';
import { MintedEpochs, type Epoch, type UncoveredEpoch } from './minted-epochs.ts';
import { NamedPoints } from './named-points.ts';
import { Pasts } from './pasts.ts';
import { ROLES } from './replica.ts';
import type { Authority, LogHead, Member, MemberDevice, MembershipEnd, NamedMeetingPoints, Role } from './replica.ts';
import { isWriter, keyHolders } from './roles.ts';

/** A control entry that is ready: everything it depends on came before it. */
export interface ControlEntry {
  readonly hash: Hex;
  readonly log: Hex;
  readonly seq: number;
  /** The author, from the log's LogOpen. */
  readonly device: Hex;
  readonly identity: Uint8Array;
  /** Version vector, own log left out, as `writeDeps` gives it. */
  readonly clock: Uint8Array;
  readonly control: Control;
  /** Of its payload. */
  readonly bytes: number;
}
/** What is kept of one: what it carries is taken in when it comes. */
export interface Placed {
  readonly hash: Hex;
  readonly log: Hex;
  readonly seq: number;
  readonly device: Hex;
  readonly by: Hex;
  readonly past: Bits;
  readonly type: ControlType;
  /** Of one that lets somebody in. */
  readonly admits: Role | undefined;
}
export type Genesis = Extract<Control, readonly ['Genesis', unknown]>;

export class SpaceAuthority implements Authority {
  readonly #entries: Placed[] = [];
  readonly #pasts = new Pasts();
  readonly #room: ControlRoom;
  readonly #hashes = new Map<Hex, number>();
  readonly #heads = new Map<Hex, LogHead>();
  readonly #identities = new Identities();
  readonly #reducer: Reducer;
  readonly #operations = new Map<Hex, Operation>();
  readonly #minted: MintedEpochs;
  /** Whose entry Genesis is: a copy of it in anybody else's log means nothing. */
  readonly #creator: Hex;
  readonly #layer = new DeviceLayer(this.#entries, this.#identities, () => this.#reducer);
  readonly #named = new NamedPoints(this.#entries, this.#layer, () => this.#reducer);
  readonly #owners: ReadonlySet<Hex>;
  /** Devices that opened a log here. */
  readonly #openers = new Set<Hex>();
  #view: ReadonlyMap<Hex, Member> | undefined;
  #devices: ReadonlyMap<Hex, MemberDevice> = new Map();
  readonly #limits: EchoLimits;
  /** Hashes of the proofs that logs tell two stories. */
  readonly forks: Hex[] = [];

  constructor(genesis: Genesis, limits: EchoLimits = ECHO) {
    this.#limits = limits;
    this.#room = new ControlRoom(limits);
    for (const chain of genesis[1].owners) this.#identities.add(-1, chain, null);
    const owners = [...this.#identities.all()];
    this.#creator = owners[0] ?? '';
    this.#owners = new Set(owners);
    const isEligible = ({ index }: Operation): boolean => this.#layer.isEligible(index);
    this.#reducer = new Reducer(owners, isEligible, limits.members);
    this.#minted = new MintedEpochs(this.#reducer, this.#identities, {
      mayMint: (entry, index, revocations) => this.#mayMint(entry, index, revocations),
      bearers: (identity, device) => this.#layer.bearers(identity, device),
      pastOf: (index) => (this.#entries[index] as Placed).past,
      authorOf: (index) => {
        const { by, device, admits } = this.#entries[index] as Placed;
        return { identity: by, device, admits };
      },
    });
  }

  /**
   * Adds an entry. `onWord`: its past is everything added so far, as a grant's host says, instead of what its
   * clock covers. Returns whether members, roles, devices or epochs may have changed.
   */
  add(entry: ControlEntry, onWord = false): boolean {
    if (this.#hashes.has(entry.hash)) return false;
    const index = this.#entries.length;
    const { hash, log, seq, device, control } = entry;
    const [by, past] = [toHex(entry.identity), this.#pasts.add(entry, onWord)];
    const admits = control[0] === 'MemberAdmit' ? control[1].role : undefined;
    const placed: Placed = { hash, log, seq, device, by, past, type: control[0], admits };
    this.#entries.push(placed);
    this.#hashes.set(hash, index);
    this.#room.take(entry);
    this.#layer.rejudge();
    const changed = this.#take(entry, placed, index);
    if (changed) {
      this.#view = undefined;
      this.#minted.rejudge();
    }
    return changed;
  }

  /** Whether there may be no room for another control entry of this person's. */
  isCrowded(identity: Hex): boolean {
    const { logs } = this.#pasts;
    if (this.#reducer.isOwner(identity)) return this.#room.isCrowded(logs, SHARE.owners);
    return this.#entries.length >= this.#limits.controlEntries || this.#room.isCrowded(logs, SHARE.anybody);
  }

  /**
   * Whether there is no room for an entry: the space holds as many as it may, seen from this one's past, a fact that all
   * peers agree on and that owners, by their chains, are exempt from; or what control entries may take of this device is
   * taken. Of that owners have more than all others, or nobody could remove who filled the space.
   */
  isFull(entry: ControlEntry): boolean {
    if (this.#hashes.has(entry.hash)) return false;
    const by = toHex(entry.identity);
    const isOwner = this.#reducer.isOwner(by) && this.#identities.state(by)?.devices.has(entry.device) === true;
    if (!this.#room.has(entry, isOwner && !this.#layer.isRevoked(by, entry.device) ? SHARE.owners : SHARE.anybody)) {
      return !isOwner || !this.#room.has(entry, SHARE.endings) || !isEnding(entry, this);
    }
    if (isOwner || this.#entries.length < this.#limits.controlEntries) return false;
    return count(this.#pasts.of(entry)) >= this.#limits.controlEntries;
  }

  /** What another authority has taken in has its place here, too, whatever comes first. */
  reserve(before: SpaceAuthority): void {
    this.#room.reserve(before.#hashes.keys(), before.#room);
  }

  knows(hash: Hex): boolean {
    return this.#hashes.has(hash);
  }

  headOf(hash: Hex): LogHead | undefined {
    const known = this.#heads.get(hash);
    const entry = known ? undefined : this.#entries[this.#hashes.get(hash) ?? -1];
    if (!entry) return known;
    const head: LogHead = [fromHex(entry.log), entry.seq, fromHex(hash)];
    this.#heads.set(hash, head);
    return head;
  }

  /** Entries that count, in a causal order: what a newcomer needs to see the same members. */
  standing(): readonly Hex[] {
    return this.#entries.filter(({ hash }) => this.isValid(hash)).map(({ hash }) => hash);
  }

  /** The entry that makes an identity a member: a standing admit, Genesis for an owner. */
  admissionOf(identity: Hex): Hex | undefined {
    if (!this.member(identity)) return undefined;
    let latest: Hex | undefined;
    for (const [hash, operation] of this.#operations) {
      if (operation.kind === 'admit' && operation.target === identity && this.isValid(hash)) latest = hash;
    }
    return latest ?? this.#entries[this.#layer.genesis[0] ?? -1]?.hash;
  }

  /** Who let somebody in last, whether that counts or not. */
  admitterOf(identity: Hex): Hex | undefined {
    return this.#reducer.admitterOf(identity);
  }

  /** The owner's entry that deleted the space for everyone. What anybody did after having seen it counts for nothing. */
  deletion(): Placed | undefined {
    return this.#entries[this.#layer.deletion() ?? -1];
  }

  /** Whether an entry at this place, with this version vector, was made after a deletion had been seen. */
  followsDeletion(log: Hex, seq: number, clock: ReadonlyMap<Hex, number>): boolean {
    return this.#layer.followsDeletion(log, seq, clock);
  }

  /** Of several ends that had not seen each other a removal, and then the least hash: the same in every order of arrival. */
  endOf(identity: Hex): MembershipEnd | undefined {
    if (this.member(identity)) return undefined;
    const ends = [...this.#operations].filter(
      ([entry, { kind, target }]) =>
        (kind === 'remove' || kind === 'leave') && target === identity && this.isValid(entry),
    );
    const [last] = ends
      .filter(([, end]) => !ends.some(([, later]) => has(later.past, end.index)))
      .sort(
        ([a, one], [b, other]) => Number(one.kind === 'leave') - Number(other.kind === 'leave') || (a < b ? -1 : 1),
      );
    if (!last) return undefined;
    const [entry, { kind, by }] = last;
    return { kind: kind === 'remove' ? 'removed' : 'left', by, entry };
  }

  namedMeetingPoints(): NamedMeetingPoints | undefined {
    return this.#named.inForce();
  }

  // ---------------------------------------------------------------- members and devices

  get members(): readonly Member[] {
    return [...this.#present().values()];
  }

  member(identityId: Hex): Member | undefined {
    return this.#present().get(identityId);
  }

  device(deviceId: Hex): MemberDevice | undefined {
    this.#present();
    return this.#devices.get(deviceId);
  }

  anyDevice(deviceId: Hex): MemberDevice | undefined {
    return this.#identities.device(deviceId);
  }

  /** Whether the device was ever admitted to this identity as far as the space knows, revoked or not. */
  knowsDevice(identityId: Hex, deviceId: Hex): boolean {
    return this.#identities.admissions(identityId, deviceId).length > 0;
  }

  /**
   * Whether nothing is left to tell of a certificate. A revocation that only others have told of says of nothing that the
   * device did that it stands: so far it is told again.
   */
  isTold(identityId: Hex, cert: Certificate): boolean {
    if (!this.#identities.knows(identityId, toHex(cert.hash))) return false;
    if (cert.kind !== CERT_KIND.revoke) return true;
    const device = toHex(cert.deviceId);
    return this.#layer.bearers(identityId, device).length === 0 || this.#layer.lines(identityId, device).length > 0;
  }

  revocationOf(deviceId: Hex): readonly Uint8Array[] | undefined {
    for (const identity of this.#identities.all()) {
      if (this.#identities.state(identity)?.devices.get(deviceId)?.revoked) return this.#identities.certs(identity);
    }
    return undefined;
  }

  /** All certificates of this identity that the space was told of. */
  certsOf(identityId: Hex): readonly Uint8Array[] {
    return this.#identities.certs(identityId);
  }

  roleOfDevice(deviceId: Hex): Role | undefined {
    const device = this.device(deviceId);
    return device && this.member(device.identityId)?.role;
  }

  /** Whether an operation with this hash counts; for entries that are no membership operations, whether its author may. */
  isValid(hash: Hex): boolean {
    const operation = this.#operations.get(hash);
    if (operation) return this.#reducer.isValid(operation);
    const index = this.#hashes.get(hash);
    const entry = this.#entries[index ?? -1];
    if (!entry || index === undefined) return false;
    switch (entry.type) {
      case 'Genesis':
        return this.#layer.genesis.includes(index);
      case 'LogOpen':
        return true;
      case 'KeyEpoch':
        return this.#mayMint(entry, index);
      case 'SpaceDelete':
        return this.#layer.deletes(index);
      case 'MeetingPoints':
        return this.#named.counts(index);
      default:
        return this.#layer.isEligible(index) && this.#reducer.roleOf(entry.by, entry.past) !== undefined;
    }
  }

  // ---------------------------------------------------------------- epochs and the frontier

  /** Valid epochs, the one to write under first: clean before unclean, then the greatest (depth, hash). */
  epochs(): readonly Epoch[] {
    return this.#minted.epochs();
  }

  /** Keys that entries may be under, those of valid epochs first: see MintedEpochs. */
  keyIds(used: ReadonlySet<Hex>): readonly Hex[] {
    return this.#minted.keyIds(used);
  }

  /**
   * Devices that an epoch was minted without and whose first grant did not bring its key for certain: let in
   * concurrently, or again after a removal.
   */
  uncovered(used: ReadonlySet<Hex>): readonly UncoveredEpoch[] {
    return this.#minted.uncovered(used, () => keyHolders(this.members));
  }

  readonly hands: MintedEpochs['hands'] = (...handing) => this.#minted.hands(...handing);

  /**
   * How far a log of an author who may not write is covered by what ended his right to: rule (a) of §6.2,
   * the entries' own place included. 0 when nothing did.
   */
  coveredByEnds(log: Hex, device: Hex, identity: Hex): number {
    let covered = 0;
    const cover = (index: number) => (covered = Math.max(covered, this.#pasts.seqSeen(index, log)));
    for (const { index } of this.#reducer.endsOfWriting(identity)) cover(index);
    const isMeant = ({ type, hash, past }: Placed, index: number): boolean =>
      (type === 'IdentityUpdate' && this.#reducer.isWriterAt(identity, { index, past })) ||
      (type === 'MemberAdmit' && this.isValid(hash));
    for (const index of this.#layer.lines(identity, device, isMeant)) cover(index);
    return covered;
  }

  // ---------------------------------------------------------------- how an entry is taken in

  #take({ control, identity }: ControlEntry, entry: Placed, index: number): boolean {
    const [type, fields] = control;
    switch (type) {
      case 'Genesis':
        if (entry.by !== this.#creator) return false;
        this.#layer.genesis.push(index);
        for (const chain of fields.owners) this.#identities.add(index, chain, null);
        return true;
      case 'LogOpen':
        this.#openers.add(entry.device);
        return this.#owners.has(entry.by);
      case 'ForkProof':
        this.forks.push(entry.hash);
        return false;
      case 'SpaceDelete':
        this.#layer.deletions.push(index);
        return true;
      case 'MeetingPoints':
        this.#named.add(index, fields.urls);
        return true;
      case 'IdentityUpdate': {
        const changed = this.#identities.add(index, fields.certs, identity);
        if (changed) this.#reducer.rejudge();
        return changed;
      }
      case 'KeyEpoch':
        this.#minted.add(entry, index, fields);
        return true;
      case 'MemberAdmit':
        if (this.#identities.add(index, fields.chain, fields.identityId)) this.#reducer.rejudge();
        return this.#operate(entry, index, 'admit', toHex(fields.identityId), fields.role);
      case 'MemberRole':
        return this.#operate(entry, index, 'role', toHex(fields.identityId), fields.role);
      case 'MemberRemove':
        return this.#operate(entry, index, 'remove', toHex(fields.identityId));
      case 'MemberLeave':
        return this.#operate(entry, index, 'leave', entry.by);
    }
  }

  #operate(entry: Placed, index: number, kind: Operation['kind'], target: Hex, role?: Exclude<Role, 'owner'>): boolean {
    const operation: Operation = { kind, by: entry.by, target, index, past: entry.past, ...(role && { role }) };
    this.#operations.set(entry.hash, operation);
    this.#reducer.add(operation);
    return true;
  }

  // ---------------------------------------------------------------- what is derived from it

  #present(): ReadonlyMap<Hex, Member> {
    if (this.#view) return this.#view;
    const members: Member[] = [];
    const devices = new Map<Hex, MemberDevice>();
    for (const identityId of this.#reducer.identities()) {
      const role = this.#reducer.roleOf(identityId);
      if (!role) continue;
      const state = this.#identities.state(identityId);
      const own = [...(state?.devices ?? [])]
        .filter(([, device]) => !device.revoked)
        .map(([deviceId, { noisePk, boxPk, name }]) => ({ deviceId, identityId, noisePk, boxPk, name }));
      for (const device of own) if (!devices.has(device.deviceId)) devices.set(device.deviceId, device);
      const { name = '', avatar = '' } = state?.profile ?? {};
      const came = role !== 'owner' || [...(state?.devices.keys() ?? [])].some((device) => this.#openers.has(device));
      members.push({ identityId, role, name, avatar, devices: own, ...(!came && { awaited: true as const }) });
    }
    members.sort((a, b) => ROLES.indexOf(b.role) - ROLES.indexOf(a.role) || (a.identityId < b.identityId ? -1 : 1));
    this.#devices = devices;
    this.#view = new Map(members.map((member) => [member.identityId, member]));
    return this.#view;
  }

  #mayMint(entry: Placed, index: number, revocations = true): boolean {
    const eligible = revocations ? this.#layer.isEligible(index) : this.#layer.wasEligible(index);
    return eligible && isWriter(this.#reducer.roleOf(entry.by, entry.past));
  }
}
