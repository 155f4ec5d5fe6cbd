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
  if (deletion) return { kind: 'deleted', by: toHex(deletion.identity) };
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
  const stored = space.store.control().map(({ entry }) => entry);
  return (
    stored.some(({ header }) => toHex(header.hash) === admission) &&
    stored.some(({ payload }) => {
      const control = payload && decodeControl(payload);
      return control !== null && admits(control, deviceId);
    })
  );
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
function admitter({ context, provisional, store }: SpaceLog): Hex {
  let by: Hex = '';
  const look = (payload: Uint8Array | null, author: Hex): void => {
    const control = payload && decodeControl(payload);
    if (control?.[0] === 'MemberAdmit' && equal(control[1].identityId, context.identity.identityId)) by = author;
  };
  for (const { log, entry } of store.control()) look(entry.payload, log.identity);
  for (const { payload, entry } of provisional.checked()) look(payload, toHex(entry.identity));
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
  const found = store.control().find(({ entry }) => toHex(entry.header.hash) === end.entry);
  if (found) return withOpening(space, found);
  // Known from a farewell only: this person's other devices may not have heard of it.
  return equal(fromHex(identity), context.identity.identityId) ? space.farewell() : undefined;
}

/** What proves that logs tell two stories, each behind the LogOpen of who told it. */
export function toldForks(space: SpaceLog): (readonly RawEntry[])[] {
  const told = space.store.control().filter(({ entry: { payload } }) => {
    return payload !== null && decodeControl(payload)?.[0] === 'ForkProof';
  });
  return told.map((each) => withOpening(space, each)).filter((entries) => entries !== undefined);
}

interface Found {
  readonly log: LogState;
  readonly entry: StoredEntry;
}
function withOpening({ store }: SpaceLog, { log, entry }: Found): readonly RawEntry[] | undefined {
  const opening = store.entry(log, 1);
  return opening && [opening, entry].map(({ header, payload }): RawEntry => [header.bytes, payload]);
}
