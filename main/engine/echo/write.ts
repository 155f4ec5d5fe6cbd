/**
 * Writing to the own log (protocol §6.8): dependencies on what was applied since the last entry, a clean epoch
 * (minted first when there is none), seal, chain, sign, and the same path into the state as everybody's entries.
 * All functions run inside the caller's transaction.
 */
import { sha256 } from '../crypto/hash.ts';
import { logId } from '../crypto/keys.ts';
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { readCert } from '../halo/cert.ts';
import { admits } from './admits.ts';
import { encodeControl } from './control.ts';
import type { Control } from './control.ts';
import type { SpaceLog } from './deliver.ts';
import { isOrphaned, ownEnd } from './ends.ts';
import { ENTRY_KIND, NO_KEY, NO_PREV, sealPayload, signEntry } from './entry.ts';
import type { Dep } from './entry.ts';
import { encodeItems } from './items.ts';
import { OWN, STATUS } from './log-sql.ts';
import { LogStore } from './log-store.ts';
import type { LogState } from './log-store.ts';
import { PAYLOAD_LIMIT } from './padding.ts';
import type { UncoveredEpoch } from './minted-epochs.ts';
import type { CheckedControl } from './provisional.ts';
import type { AppliedEntry, DataItem, EpochKeys, Role } from './replica.ts';
import { isWriter, keyHolders } from './roles.ts';

/** Starts a log of this device, after all that is known here. */
export function openOwnLog(space: SpaceLog): AppliedEntry {
  const { identityId, deviceId } = space.context.identity;
  const before = space.store.own();
  if (before) space.store.retire(before);
  const incarnation = space.context.random.bytes(16);
  const id = logId(space.space.spaceId, deviceId, incarnation);
  const log = space.openLog({ logId: id, deviceId, incarnation, identityId, own: OWN.writing });
  return writeControl(space, log, ['LogOpen', { deviceId, incarnation, identityId }], knownHeads(space, log));
}

/** All that is applied; and what lets this device in, where that is known from a grant only. */
function knownHeads(space: SpaceLog, log: LogState): readonly Dep[] {
  const heads = new Map(movedHeads(space, log).map((dep) => [dep.log, dep.seq]));
  for (const { header } of entrances(space)) heads.set(header.log, Math.max(heads.get(header.log) ?? 0, header.seq));
  return LogStore.sorted(heads);
}

/**
 * Of a grant's entries, what makes the person a member, and the first that told the space of this device: where he was
 * one before, another of his devices did that later. Without both in its past nothing that this device does counts.
 */
function entrances(space: SpaceLog): readonly CheckedControl[] {
  const granted = space.provisional.checked();
  if (granted.length === 0) return [];
  const { identityId, deviceId } = space.context.identity;
  const admission = space.authority.admissionOf(toHex(identityId));
  const found = [
    granted.find(({ entry }) => entry.hash === admission),
    granted.find(({ entry }) => admits(entry.control, deviceId)),
  ];
  return found.filter((granted) => granted !== undefined);
}

export function appendControl(space: SpaceLog, control: Control): AppliedEntry {
  if (space.authority.deletion()) throw new CoveError('not-permitted');
  const applied = writeControl(space, writableLog(space), control);
  // The reducer is asked rather than second-guessed: the transaction is undone when it says no.
  const hash = toHex(applied.hash);
  if (!space.authority.knows(hash)) throw new CoveError('space-full');
  if (!space.authority.isValid(hash)) throw new CoveError('not-permitted');
  return applied;
}

export function appendData(space: SpaceLog, items: readonly DataItem[]): AppliedEntry {
  if (!mayWrite(space)) throw new CoveError('not-permitted');
  const log = writableLog(space);
  shareKeys(space);
  const { keyId, entryKey } = youngEpoch(space) ?? mintEpoch(space);
  const seq = log.head + 1;
  const prev = seq === 1 ? NO_PREV : log.headHash;
  const place = { space: space.space.spaceId, logId: log.logId, seq, prev, keyId };
  const payload = sealPayload(entryKey, space.context.random.bytes(24), place, encodeItems(items));
  if (!payload) throw new CoveError('too-large');
  return write(space, log, ENTRY_KIND.data, keyId, payload, movedHeads(space, log), items);
}

/** Copies what the space has not heard of its own identity: a new name, a device more or less. True when there was any. */
export function copyIdentity(space: SpaceLog): boolean {
  const { identity } = space.context;
  const id = toHex(identity.identityId);
  if (ownEnd(space)) return false;
  const certs = identity.chain().filter((bytes) => {
    const cert = readCert(bytes);
    return cert && !space.authority.isTold(id, cert);
  });
  if (certs.length === 0) return false;
  appendControl(space, ['IdentityUpdate', { certs }]);
  return true;
}

/** A removal or a revocation leaves no clean epoch: whoever may write makes the next one. */
export function renewEpoch(space: SpaceLog): void {
  if (isWriter(ownRole(space)) && !writingEpoch(space)) mintEpoch(space);
}

/** The clean epoch to write under; undefined when there is none whose key is held. */
export function writingEpoch(space: SpaceLog): EpochKeys | undefined {
  return cleanEpoch(space)?.keys;
}

/** The same, unless a new one is due: what leaks later opens a month and not a life. By the own clock alone (§6.3). */
function youngEpoch(space: SpaceLog): EpochKeys | undefined {
  const epoch = cleanEpoch(space);
  const since = epoch && space.store.controlReceivedAt(epoch.hash);
  const { clock, limits } = space.context;
  if (isCrowded(space)) return epoch?.keys; // better the old one than none
  return since !== undefined && clock.now() - since >= limits.epochLife ? undefined : epoch?.keys;
}

function cleanEpoch(space: SpaceLog): { readonly keys: EpochKeys; readonly hash: Hex } | undefined {
  for (const { keyId, clean, hash } of space.authority.epochs()) {
    const keys = clean ? space.keys.get(keyId) : undefined;
    if (keys) return { keys, hash };
  }
  return undefined;
}

/** A new epoch for everybody who is a member now; its past has every removal, so it is clean. */
export function mintEpoch(space: SpaceLog): EpochKeys {
  const devices = keyHolders(space.authority.members);
  const { secret, fields } = space.keys.mint(devices, space.context.random);
  space.addKey(secret);
  appendControl(space, ['KeyEpoch', fields]);
  const keys = writingEpoch(space);
  if (!keys) throw new Error('a new epoch is not clean');
  return keys;
}

/**
 * Tells the members of forks that were found here; a proof speaks for itself, so anybody may, also who is none any more by
 * that very fork. One that cannot be told (too large, or the space is full) holds here all the same, and others who see
 * both branches find it too.
 */
export function tellForks(space: SpaceLog): void {
  const proofs = space.newForks.splice(0);
  const log = space.store.own();
  if (!log || space.authority.deletion()) return;
  if (isCrowded(space)) return;
  for (const proof of proofs) {
    const control: Control = ['ForkProof', proof];
    if (encodeControl(control).length <= PAYLOAD_LIMIT) writeControl(space, log, control);
  }
}

/**
 * Hands epochs' keys to members who came in while those were minted elsewhere, or who may have lost what an invitation
 * brought. The next writer who holds a key does it, so that a missing wrap is a delay and not a loss.
 */
export function shareKeys(space: SpaceLog, gaps = space.authority.uncovered(space.keys.used)): void {
  // A guest whose admission is not in its past yet can mint nothing that counts; in a full space an owner may.
  if (gaps.length === 0 || space.provisional.active || isCrowded(space)) return;
  for (const { keyId, devices } of gaps) {
    const fields = space.keys.wrapAgain(keyId, devices, space.context.random);
    if (fields) appendControl(space, ['KeyEpoch', fields]);
  }
}

/**
 * What a device misses, and everybody else then. Which keys an entry handed it nobody but it can see; so of those that it
 * shows no key of each person hands it one, and no second: what was handed may be right, and not shown on purpose.
 */
export function missedKeys(space: SpaceLog, deviceId: Hex, unnamed: readonly Hex[]): readonly UncoveredEpoch[] {
  const { authority, keys, context } = space;
  const gaps = authority.uncovered(keys.used);
  const missed = gaps.filter(({ devices }) => devices.some((one) => one.deviceId === deviceId));
  const reader = keyHolders(authority.members).find((one) => one.deviceId === deviceId && one.reads);
  const own = toHex(context.identity.identityId);
  const given = new Set(authority.keyIds(keys.used));
  for (const { keyId } of missed) given.delete(keyId);
  const again = unnamed.filter((id) => given.has(id) && !authority.hands(own, id, deviceId));
  return [...(missed.length > 0 ? gaps : []), ...(reader ? again.map((keyId) => ({ keyId, devices: [reader] })) : [])];
}

const isCrowded = ({ authority, context }: SpaceLog): boolean =>
  authority.isCrowded(toHex(context.identity.identityId));

export function ownRole(space: SpaceLog): Role | undefined {
  const { identity } = space.context;
  // A revoked device may know of its revocation before the space does.
  if (identity.revoked?.() || isOrphaned(space)) return undefined;
  return space.authority.roleOfDevice(toHex(identity.deviceId));
}

/** Data: as long as the own role allows it and the space goes on. */
export function mayWrite(space: SpaceLog): boolean {
  return isWriter(ownRole(space)) && space.authority.deletion() === undefined;
}

/**
 * A new incarnation is due when the own log forked, was found longer elsewhere or ends in entries that do not
 * count. It is opened at once, so that whoever binds something to the log's id never writes to another one.
 */
export function needsNewLog(space: SpaceLog): boolean {
  const log = space.store.own();
  if (log && log.frozen === null && log.applied === log.head) return false;
  return ownRole(space) !== undefined;
}

function writableLog(space: SpaceLog): LogState {
  const log = space.store.own();
  if (!log) throw new CoveError('not-permitted');
  return log;
}

function writeControl(space: SpaceLog, log: LogState, control: Control, deps?: readonly Dep[]): AppliedEntry {
  const payload = encodeControl(control);
  if (payload.length > PAYLOAD_LIMIT) throw new CoveError('too-large');
  return write(space, log, ENTRY_KIND.control, NO_KEY, payload, deps ?? movedHeads(space, log));
}

function write(
  space: SpaceLog,
  log: LogState,
  kind: number,
  keyId: Uint8Array,
  payload: Uint8Array,
  deps: readonly Dep[],
  items?: readonly DataItem[],
): AppliedEntry {
  const { clock, identity } = space.context;
  const seq = log.head + 1;
  const wall = clock.now();
  const prev = seq === 1 ? NO_PREV : log.headHash;
  const payloadHash = sha256(payload);
  const header = signEntry(
    { kind, logId: log.logId, seq, prev, wall, keyId, deps, payloadLength: payload.length, payloadHash },
    space.space.spaceId,
    identity.keys.sign.sk,
  );
  const entry = space.store.insert(log, header, payload, wall, STATUS.ready);
  return space.makeReady(log, entry, items);
}

/** Logs whose applied head moved since my previous entry: the delta that version vectors are made of. */
function movedHeads(space: SpaceLog, own: LogState): readonly Dep[] {
  const moved = new Map<string, number>();
  for (const log of space.store.logs()) {
    if (log !== own && log.applied > (own.clock.get(log.log) ?? 0)) moved.set(log.log, log.applied);
  }
  return moved.size === 0 ? [] : LogStore.sorted(moved);
}
