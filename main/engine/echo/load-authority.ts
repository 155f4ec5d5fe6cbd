/** A space's authority from what is stored: the control entries that are ready, and those taken on somebody's word. */
import { toHex } from '../bytes.ts';
import { SpaceAuthority } from './authority.ts';
import type { ControlEntry, Genesis } from './authority.ts';
import { decodeControl } from './control.ts';
import type { Control } from './control.ts';
import { writeDeps } from './entry.ts';
import type { Farewell } from './farewell.ts';
import type { EchoLimits } from './limits.ts';
import type { SpaceRecord } from './log-context.ts';
import { OWN } from './log-sql.ts';
import { LogStore } from './log-store.ts';
import type { LogState } from './log-store.ts';
import type { StoredEntry } from './stored-entry.ts';
import type { Provisional } from './provisional.ts';

export function loadAuthority(
  space: SpaceRecord,
  limits: EchoLimits,
  store: LogStore,
  provisional: Provisional,
  farewell: Farewell,
): SpaceAuthority {
  const authority = new SpaceAuthority(decodeControl(space.genesis) as Genesis, limits);
  for (const { entry } of provisional.checked()) {
    // Of a forked log nothing counts from the fork on, whoever says so.
    if (entry.seq <= (store.frozenAfter(entry.log) ?? Infinity)) authority.add(entry, true);
  }
  for (const entry of storedControl(store)) {
    authority.add(entry, isOnWord(entry.control, store.log(entry.log) as LogState, provisional));
  }
  const removal = farewell.stored();
  if (removal) {
    const here = new Map([...store.logs()].map(({ log, ready }) => [log, ready]));
    authority.add({ ...removal.entry, clock: writeDeps(LogStore.sorted(here)) }, true);
  }
  return authority;
}

/**
 * A guest's own epoch is made for those who are members as it was told, though its dependencies cannot say so yet: no
 * other one could be clean for it until replication has brought the rest. What it does about members is judged by those.
 */
export function isOnWord(control: Control, { own }: LogState, { active }: Provisional): boolean {
  return active && own === OWN.writing && control[0] === 'KeyEpoch';
}

/** The control entries of a log with their version vectors, in the order in which they became ready here. */
export function* storedControl(store: LogStore): IterableIterator<ControlEntry> {
  for (const { log, entry, clock } of store.controlWithClocks()) {
    const control = entry.payload && decodeControl(entry.payload);
    if (!control) throw new Error('an unreadable control entry was taken in');
    yield controlEntry(log, entry, clock, control);
  }
}

export function controlEntry(
  log: LogState,
  { header }: StoredEntry,
  clock: Uint8Array,
  control: Control,
): ControlEntry {
  const { device, identityId: identity } = log;
  const bytes = header.payloadLength;
  return { hash: toHex(header.hash), log: log.log, seq: header.seq, device, identity, clock, control, bytes };
}
