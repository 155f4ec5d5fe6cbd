/** Why this device's own membership is over, and what proves to others that theirs is. */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { admits } from './admits.ts';
import { decodeControl } from './control.ts';
import type { SpaceLog } from './deliver.ts';
import type { Dep } from './entry.ts';
import type { LogState, LogStore } from './log-store.ts';
import type { StoredEntry } from './stored-entry.ts';
import type { RawEntry, SpaceEnd } from './replica.ts';

/** undefined for a member. */
export function ownEnd(space: SpaceLog): SpaceEnd | undefined {
  const { authority, context } = space;
  const deletion = authority.deletion();
  if (deletion) return { kind: 'deleted', by: deletion.by };
  const me = toHex(context.identity.identityId);
  if (authority.member(me)) return isOrphaned(space) ? { kind: 'orphaned', by: '' } : undefined;
  const end = authority.endOf(me);
  return end ? { kind: end.kind, by: end.by } : { kind: 'void', by: admitter(space) };
}

/**
 * Whether the copy is one that others can take nothing of: what its logs rest on is on nobody's disk any more whom it has
 * met since, and others know this device all the same. Its person was let in anew, or its identity told of it again. Only
 * a copy without those logs helps (decision 38).
 */
export function isOrphaned(space: SpaceLog): boolean {
  const lacking = space.hangsOn();
  if (lacking.length === 0) return false;
  const { identityId, deviceId } = space.context.identity;
  const admission = space.authority.admissionOf(toHex(identityId));
  if (admission === undefined) return false;
  if (!space.provisional.has(admission)) return true;
  if (!lacking.some((dep) => isTurnedBack(space.store, dep))) return false;
  return found(space, admission) !== undefined && isTold(space.store, deviceId);
}

/** Whether an entry here admits the device to its person. */
function isTold(store: LogStore, deviceId: Uint8Array): boolean {
  for (const { entry } of store.control()) {
    const control = entry.payload && decodeControl(entry.payload);
    if (control && admits(control, deviceId)) return true;
  }
  return false;
}

/** Whether the device that wrote it has begun another log without having it: an older copy of its disk was put back. */
function isTurnedBack(store: LogStore, { log, seq }: Dep): boolean {
  const writer = store.log(log)?.device;
  return [...store.logs()].some((other) => {
    const had = other.device === writer ? other.clock.get(log) : undefined;
    return had !== undefined && had < seq;
  });
}

/** Who let this one in, by the latest admission that is here, whether it counts or not. */
function admitter({ authority, context, provisional }: SpaceLog): Hex {
  const { identityId } = context.identity;
  let by = authority.admitterOf(toHex(identityId)) ?? '';
  for (const { entry } of provisional.checked()) {
    const { control, identity } = entry;
    if (control[0] === 'MemberAdmit' && equal(control[1].identityId, identityId)) by = toHex(identity);
  }
  return by;
}

/** The removal of whoever this device is of, behind the LogOpen of who signed it. */
export function farewellTo(space: SpaceLog, deviceId: Hex): readonly RawEntry[] | undefined {
  const { authority, context, store } = space;
  if (authority.device(deviceId)) return undefined;
  const writer = [...store.logs()].find(({ device }) => device === deviceId);
  // Of one that has written nothing here the certificates say whose it is.
  const identity = writer?.identity ?? authority.anyDevice(deviceId)?.identityId;
  const end = identity === undefined ? undefined : authority.endOf(identity);
  if (identity === undefined || end?.kind !== 'removed') return undefined;
  const removal = found(space, end.entry);
  if (removal) return withOpening(space, removal);
  // Known from a farewell only: this person's other devices may not have heard of it.
  return equal(fromHex(identity), context.identity.identityId) ? space.farewell() : undefined;
}

/** What proves that a log tells two stories, behind the LogOpen of who told it: each of them in turn. */
export function toldFork(space: SpaceLog, turn: number): readonly RawEntry[] | undefined {
  const { forks } = space.authority;
  for (let i = 0; i < forks.length; i++) {
    const proof = found(space, forks[(turn + i) % forks.length] as Hex);
    const entries = proof && withOpening(space, proof);
    if (entries) return entries;
  }
  return undefined;
}

interface Found {
  readonly log: LogState;
  readonly entry: StoredEntry;
}

/** A control entry that is ready here. */
function found({ authority, store }: SpaceLog, hash: Hex): Found | undefined {
  const [logId, seq] = authority.headOf(hash) ?? [];
  const log = logId && store.log(toHex(logId));
  const entry = log && seq !== undefined && seq <= log.ready ? store.entry(log, seq) : undefined;
  return log && entry && toHex(entry.header.hash) === hash ? { log, entry } : undefined;
}

function withOpening({ store }: SpaceLog, { log, entry }: Found): readonly RawEntry[] | undefined {
  const opening = store.entry(log, 1);
  return opening && [opening, entry].map(({ header, payload }): RawEntry => [header.bytes, payload]);
}
