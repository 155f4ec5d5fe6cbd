/**
 * The seams inside ECHO, as types only:
 *
 *   objects (registers, text, queries)  —Sink/append→  log (entries, authority, epochs)  —Replica→  mesh, invitation
 *
 * The log knows nothing of what an item means; objects know nothing of signatures; the mesh moves
 * bytes it does not open. Every function here is synchronous: it is one transaction or a read.
 */
import type { Hex } from '../bytes.ts';
import type { IdentityState } from '../halo/chain.ts';
import type { Cancel } from '../ports.ts';
import type { Compacted, CompactionOptions } from './compaction.ts';
import type { LogReader } from './history-log.ts';
import type { Walls } from './walls.ts';

// ---------------------------------------------------------------- what peers exchange

/** [logId 16 B, seq ≥ 1, hash 32 B of that entry]: the head of one log. */
export type LogHead = readonly [logId: Uint8Array, seq: number, hash: Uint8Array];
/** [header bytes with signature, payload bytes or null when pruned], exactly as they were signed. */
export type RawEntry = readonly [header: Uint8Array, payload: Uint8Array | null];
/** Entries `from`..`to` (inclusive) of one log. */
export type LogRange = readonly [logId: Uint8Array, from: number, to: number];

export interface ReceiveResult {
  /** How many entries were stored. */
  readonly stored: number;
  /** What is still missing to apply what was stored, to be asked for (dependencies, unproven run ends, gaps). */
  readonly missing: readonly LogRange[];
  /** Set when the peer broke a rule that an honest implementation cannot break: disconnect it. */
  readonly violation?: string;
  /** The space has reached its quota on this device: asking again now is of no use. */
  readonly full?: true;
}

// ---------------------------------------------------------------- authority

export const ROLES = ['keeper', 'reader', 'editor', 'admin', 'owner'] as const;
/** What a member may do, each more than the one before: keeper, reader, editor, admin, owner. */
export type Role = (typeof ROLES)[number];

/** A person in a space. */
export interface Member {
  readonly identityId: Hex;
  readonly role: Role;
  readonly name: string;
  /** Seed of the generated avatar. */
  readonly avatar: string;
  readonly devices: readonly MemberDevice[];
  /** An owner whom Genesis names and who has not come in: no log of theirs is here. */
  readonly awaited?: true;
}
/** A device of a member, with its public keys, 32 bytes each. */
export interface MemberDevice {
  readonly deviceId: Hex;
  readonly identityId: Hex;
  readonly noisePk: Uint8Array;
  readonly boxPk: Uint8Array;
  readonly name: string;
}
/** The reducer's present state: a pure function of the set of control entries. */
export interface Authority {
  /** Current members, owners first. */
  readonly members: readonly Member[];
  member(identityId: Hex): Member | undefined;
  /** A device that is valid now (admitted, not revoked, of a current member). */
  device(deviceId: Hex): MemberDevice | undefined;
  /** A device that is not revoked, of a member or of somebody who is none any more. */
  anyDevice(deviceId: Hex): MemberDevice | undefined;
  roleOfDevice(deviceId: Hex): Role | undefined;
  /** The identity's certificates when the device was one of its and was revoked: they prove it to the device itself. */
  revocationOf(deviceId: Hex): readonly Uint8Array[] | undefined;
  /** What ended this identity's membership last; undefined for a member and for who never was one. */
  endOf(identityId: Hex): MembershipEnd | undefined;
  /** The list that holds; undefined: none was ever named, or who named one manages the space no more. */
  namedMeetingPoints(): NamedMeetingPoints | undefined;
}
/** Meeting points that whoever manages a space names for everybody in it. */
export interface NamedMeetingPoints {
  /** As they were signed: whether one may be dialled, mayBeNamedForAll says. */
  readonly urls: readonly string[];
  /** Identity that named them. */
  readonly by: Hex;
}
export interface MembershipEnd {
  readonly kind: 'removed' | 'left';
  /** Identity that did it. */
  readonly by: Hex;
  /** Hash of the entry that says so. */
  readonly entry: Hex;
}
/** For this device: its membership ended, or an owner deleted the space for everyone. */
export interface SpaceEnd {
  /**
   * `void`: the admission does not count, by whom it was made or behind two stories of one log. `orphaned`: it does, and
   * what was written here rests on an earlier one that nobody has any more, so that others can take none of it.
   */
  readonly kind: MembershipEnd['kind'] | 'deleted' | 'void' | 'orphaned';
  /** Identity that did it; for `void` who let this one in; empty for `orphaned` and where it is not known. */
  readonly by: Hex;
}

// ---------------------------------------------------------------- keys

/** An epoch of which key and entry are here. */
export interface HeldEpoch {
  readonly keys: MeetingKeys;
  /** The entry that made it. */
  readonly head: LogHead;
}

/** What devices find each other and talk under: all that a keeper has of an epoch; see protocol §2. */
export interface MeetingKeys {
  readonly keyId: Uint8Array;
  readonly sessionPsk: Uint8Array;
  readonly discovery: Uint8Array;
  readonly signalKey: Uint8Array;
}

/** Everything derived from one epoch of one space. */
export interface EpochKeys extends MeetingKeys {
  readonly entryKey: Uint8Array;
  /** What the keys of blobs are derived from: see blob/manifest.ts. */
  readonly blobKey: Uint8Array;
}

// ---------------------------------------------------------------- the log, as the mesh and invitations see it

export interface Replica {
  readonly spaceId: Uint8Array;
  /** Hex of spaceId: the key of maps and of the SDK. */
  readonly key: Hex;
  /** Primary key in table `space`. */
  readonly row: number;
  /** This device's own log here; another one after a new incarnation was opened. */
  readonly logId: Uint8Array;
  /** The identity that writes here. */
  readonly identityId: Uint8Array;
  authority(): Authority;
  /** The role of this device's own identity; undefined when it is no member any more. */
  ownRole(): Role | undefined;
  /** Whether this device may write data: its role allows it, and the space goes on. */
  mayWrite(): boolean;
  /** Why nothing can be written here any more; undefined for a space that goes on. */
  ended(): SpaceEnd | undefined;
  /** The clean epoch to announce under. */
  epoch(): MeetingKeys;
  /** The same with its content keys. Throws CoveError('not-permitted') on a device that holds none. */
  contentEpoch(): EpochKeys;
  /** The entry that made the clean epoch: who has stored it can be found there. undefined while it is not here. */
  epochHead(): LogHead | undefined;
  /** A later epoch is the one to announce under, and this device was not given its keys. */
  missesEpoch(): boolean;
  /** Devices that have written something here with this entry in its past. */
  knowers(head: LogHead): ReadonlySet<Hex>;
  /** Epochs on whose topics this device listens, the clean one first. */
  epochs(): readonly MeetingKeys[];
  /** All of which key and entry are here, in the same order. */
  heldEpochs(): readonly HeldEpoch[];

  /** Signs one data entry (≤ 256 KiB payload). `within` runs in the same transaction, after the entry is stored. */
  append(items: readonly DataItem[], within?: (entry: AppliedEntry) => void): AppliedEntry;
  /** Signs one control entry; throws CoveError('not-permitted') when the reducer would refuse it. */
  appendControl(operation: ControlOperation, within?: (entry: AppliedEntry) => void): AppliedEntry;
  /**
   * Hands the keys that this member's device misses to it, those that are held here. `unnamed`: epochs of which it has
   * every entry and shows no key, so that what an entry handed it may have been another.
   */
  shareKeys(deviceId: Hex, unnamed?: readonly Hex[]): void;

  /** Heads of all logs that are stored here; of a forked one, where it still counts. */
  have(): readonly LogHead[];
  /** The last place of a log whose device wrote two entries with the next number: no more of it is taken from anybody. */
  frozenAfter(log: Hex): number | undefined;
  /** Those of them that this device wrote, in this incarnation and earlier ones. */
  ownLogs(): readonly LogHead[];
  /** In each log, the last entry that is not later than this lamport: whoever has all of them has what stood then. */
  headsAt(lamport: number): readonly LogHead[];
  /** What a device's entries say of its clock; undefined: none of them is here. */
  walls(deviceId: Hex): Walls | undefined;
  /**
   * Stored entries of a range, in order, from its start, at most `maxBytes` (at least one entry). Of what is not stored
   * yet the first, where this device was let in with it.
   */
  read(range: LogRange, maxBytes: number): readonly RawEntry[];
  /** Verifies, stores, and applies what has become ready. Never throws for what a peer sent. */
  receive(fromDevice: Uint8Array, entries: readonly RawEntry[]): ReceiveResult;
  /** The log as history reads it; valid until the next transaction. */
  history(): LogReader;
  /** Entries of others that were stored and could not be used: no honest device of this version writes such. */
  setAside(): number;
  /** What proves to a device that its membership was ended by others; undefined while it is a member or left by itself. */
  farewell(deviceId: Hex): readonly RawEntry[] | undefined;
  /**
   * What proves that a log tells two stories, for somebody who may have been let in behind that: of several another one
   * each time. undefined where nothing is known of any.
   */
  toldFork(): readonly RawEntry[] | undefined;
  /** Takes either about this device's own identity. False when it proves nothing against its membership. */
  takeFarewell(entries: readonly RawEntry[]): boolean;
  /** After each commit that moved heads: own writes and received ones. */
  onAdvance(fn: (heads: readonly LogHead[]) => void): Cancel;
  /** After members, roles, devices or epochs changed. */
  onAuthority(fn: () => void): Cancel;
}

/** Control operations this device can author; the payload is `[type, fields]` in CBOR. */
export type ControlOperation =
  | {
      readonly type: 'MemberAdmit';
      readonly chain: readonly Uint8Array[];
      readonly role: Role;
      readonly invId: Uint8Array;
    }
  | { readonly type: 'MemberRole'; readonly identityId: Uint8Array; readonly role: Role }
  | { readonly type: 'MemberRemove'; readonly identityId: Uint8Array }
  | { readonly type: 'MemberLeave' }
  /** Owners and admins: the whole list, in place of the one before; an empty one names none. */
  | { readonly type: 'MeetingPoints'; readonly urls: readonly string[] }
  /** Owners only: closes the space on every device that hears of it. */
  | { readonly type: 'SpaceDelete' }
  | { readonly type: 'IdentityUpdate'; readonly certs: readonly Uint8Array[] };

// ---------------------------------------------------------------- data items

/** RFC 6901 JSON Pointer → operation on a register (protocol §6.1). */
export type RegisterOperation =
  | readonly [0, JsonValue]
  | readonly [1]
  | readonly [2, JsonValue]
  | readonly [3, JsonValue, readonly (readonly [Uint8Array, number])[]];
/** A value as JSON has it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** [objectId 16 B, register operations or null, Yjs V1 update or null]. */
export type DataItem = readonly [
  objectId: Uint8Array,
  registers: Readonly<Record<string, RegisterOperation>> | null,
  text: Uint8Array | null,
];

/** Where an applied entry stands. */
export interface AppliedEntry {
  readonly spaceRow: number;
  readonly logId: Uint8Array;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly lamport: number;
  /** The author's wall clock, ms; for display only. */
  readonly wall: number;
  readonly deviceId: Uint8Array;
  readonly identityId: Uint8Array;
  /** True when this device wrote it. */
  readonly own: boolean;
  /** This device writes it at this moment. */
  readonly justWritten: boolean;
  /** Its version vector, own log left out; valid during the call. */
  readonly past: ReadonlyMap<Hex, number>;
}

/** What the log calls for each data entry that became applied: ECHO's object layer. */
export interface Sink {
  /**
   * Called inside the transaction that marks the entry applied, in causal order. Own entries come here too.
   * Throws `Rejected` for content no honest device writes: the entry is quarantined and the chain goes on.
   */
  apply(entry: AppliedEntry, items: readonly DataItem[]): void;
  /** After the transaction committed: notify subscribers, schedule the text rows. */
  committed(spaceRow: number): void;
  /**
   * Forgets everything derived from the space's entries (never `pending`): which entries count has changed, and
   * `apply` comes again for each that counts, in causal order, in the same transaction. Rare: a removed member's
   * late entries, a forked log, a key that came late.
   */
  reset?(spaceRow: number): void;
  /** A transaction that had `apply` calls in it was undone, or may have been. */
  undone?(spaceRow: number): void;
}

export class Rejected extends Error {
  override readonly name = 'Rejected';
}

// ---------------------------------------------------------------- the set of replicas

/** What a host gives to an admitted guest (invitation message I6) and what `join` checks. */
export interface Grant {
  readonly genesis: RawEntry;
  /** Control entries in the causal past of the admit entry, causal order, Genesis and LogOpen entries included. */
  readonly control: readonly RawEntry[];
  /**
   * Of epochs, the clean one first, then the older ones: their secrets K_e ‖ M_e (64 B each); for a keeper M_e ‖ keyId
   * (48 B each).
   */
  readonly keyRing: readonly Uint8Array[];
  readonly role: Role;
  readonly admitEntryHash: Uint8Array;
}

export interface BroughtBack {
  readonly replica: Replica;
  /** It is a space of this device from now on; a member's device may write, in a log of its own. */
  keep(): void;
  /** Deletes what came of it. */
  drop(): void;
}

/** All spaces of this profile. */
export interface Replicas {
  /** The person's spaces; never those of kind halo. */
  all(): readonly Replica[];
  /**
   * The spaces of kind halo, which only this person's own devices share: one as a rule, the first to be written to.
   * More after a recovery, when a device that began anew found the others again.
   */
  halos(): readonly Replica[];
  /** Of either kind. */
  get(spaceId: Uint8Array): Replica | undefined;
  createHalo(): Replica;
  /**
   * A new space owned by this identity: Genesis, LogOpen, first epoch, all in one transaction. `coOwners` are identities
   * that share a space with this one; they are owners for ever, and come in by an invitation like anybody.
   * Throws CoveError('contact-unknown' | 'too-many-owners').
   */
  create(options?: {
    readonly coOwners?: readonly Uint8Array[];
    readonly within?: (replica: Replica) => void;
  }): Replica;
  /** Who shares a space with this identity now, each once. */
  contacts(): readonly Member[];
  /**
   * What a chain says together with all that these spaces were told of its identity: a device that was taken away shows
   * a chain that does not say so. Undefined for what is no chain.
   */
  stateOf(chain: readonly Uint8Array[]): IdentityState | undefined;
  /** MemberAdmit (or nothing, when the identity is an owner or a member already); returns the entry that admits it. */
  admit(
    space: Replica,
    request: { readonly chain: readonly Uint8Array[]; readonly role: Role; readonly invId: Uint8Array },
    within: (admitEntryHash: Uint8Array) => void,
  ): Uint8Array;
  /** The hash of the entry that makes this identity a member; undefined when it is none. */
  admissionOf(space: Replica): Uint8Array | undefined;
  grant(space: Replica, identityId: Uint8Array, admitEntryHash: Uint8Array): Grant;
  /**
   * Checks a grant (genesis hashes to the space, the host is an owner, an admin or an own device, the admit entry names
   * me and the role) and
   * stores all of it with this device's LogOpen in one transaction. Throws CoveError('refused' | 'already-member').
   */
  join(grant: Grant, host: { readonly deviceId: Uint8Array }, within?: (replica: Replica) => void): Replica;
  /**
   * What an archive begins with: the space's first payload, and every epoch secret that is held here.
   * Throws CoveError('not-permitted') on a keeper's device.
   */
  contents(space: Replica): { readonly genesis: Uint8Array; readonly secrets: readonly Uint8Array[] };
  /**
   * A space out of an archive, to receive its entries; nobody sees it before it is kept, and the next start deletes what
   * was neither kept nor dropped. Throws CoveError('space-here' | 'archive-damaged').
   */
  bringBack(genesis: Uint8Array, secrets: readonly Uint8Array[]): BroughtBack;
  /** Keeps old payloads in a smaller form, which gives them again bit for bit: see compaction.ts. */
  compact(space: Replica, options: CompactionOptions): Promise<Compacted>;
  /** Deletes the copy on this device, without a trace in the database. */
  forget(space: Replica): void;
  onChange(fn: () => void): Cancel;
}
