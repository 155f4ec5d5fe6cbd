/**
 * Devices that think otherwise than all others about their own place in a space, for good, because what says so is on no
 * other disk any more: whoever wrote it was turned back before anybody else heard of it. Only letting them in again helps.
 */
import { toHex } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import { readHeader, type Dep } from '../../main/engine/echo/entry.ts';
import { Farewell } from '../../main/engine/echo/farewell.ts';
import type { SpaceReplica } from '../../main/engine/echo/space-replica.ts';
import type { SimPeer } from './peer.ts';
import type { World } from './world.ts';

/**
 * Knows its admission from the grant alone, and of the log that it stands in nobody has all. For the others it is nobody;
 * what it wrote stays with it.
 */
export function isStranded({ peers }: World, peer: SimPeer, key: string): boolean {
  const granted = grantedLogs(peer, key);
  if (granted.size === 0) return false;
  const there = new Map<Hex, Set<number>>([...granted].map(([log, seqs]) => [log, new Set(seqs)]));
  for (const other of peers.filter(({ running }) => running)) {
    for (const { log, seq } of stored(other, key)) there.get(log)?.add(seq);
  }
  return [...granted].some(([log, seqs]) => (there.get(log)?.size ?? 0) < Math.max(...seqs));
}

/**
 * Has left or was let in anew, and its logs rest on what is on no other disk: what it wrote, the leave too, stays with it,
 * and its person is told to delete the copy.
 */
export function isCutOff({ peers }: World, peer: SimPeer, key: string): boolean {
  const replica = peer.replica(key) as SpaceReplica | undefined;
  if (replica?.ended() === undefined) return false;
  const others = peers.filter((other) => other.running && other !== peer);
  const has = (other: SimPeer, dep: Dep): boolean =>
    stored(other, key).some(({ log, seq }) => log === dep.log && seq === dep.seq);
  return replica
    .log()
    .hangsOn()
    .some((dep) => !others.some((other) => has(other, dep)));
}

/** Was told of its removal, which nobody else knows of. */
export function isDismissed(peers: readonly SimPeer[], peer: SimPeer, key: string): boolean {
  const row = peer.replica(key)?.row;
  if (row === undefined) return false;
  const removal = peer.disk.quietly(() => new Farewell(peer.profile.storage, row).stored());
  const has = (other: SimPeer): boolean =>
    other.disk.quietly(() =>
      other.profile.storage.prepare('SELECT 1 FROM entry WHERE hash = ?').get(removal?.header.hash ?? null),
    ) !== undefined;
  return removal !== undefined && !peers.some((other) => other.running && has(other));
}

/** Whether the device has not heard yet by replication of all that its grant says. */
export const goesByGrant = (peer: SimPeer, key: string): boolean => grantedLogs(peer, key).size > 0;

/** Which entries of which logs the device has from its grant, as long as replication has not brought them. */
function grantedLogs(peer: SimPeer, key: string): Map<Hex, number[]> {
  const row = peer.replica(key)?.row;
  const logs = new Map<Hex, number[]>();
  if (row === undefined) return logs;
  const select = 'SELECT header FROM provisional_control WHERE space = ?';
  for (const { header } of peer.disk.quietly(() => peer.profile.storage.prepare(select).all(row))) {
    const read = readHeader(header as Uint8Array);
    if (read) logs.set(read.log, [...(logs.get(read.log) ?? []), read.seq]);
  }
  return logs;
}

function stored(peer: SimPeer, key: string): { readonly log: Hex; readonly seq: number }[] {
  const row = peer.replica(key)?.row;
  if (row === undefined) return [];
  const select = 'SELECT l.log_id, e.seq FROM entry e JOIN log l ON l.id = e.log WHERE l.space = ?';
  const rows = peer.disk.quietly(() => peer.profile.storage.prepare(select).all(row));
  return rows.map(({ log_id: log, seq }) => ({ log: toHex(log as Uint8Array), seq: seq as number }));
}
