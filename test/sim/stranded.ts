/**
 * A device whose admission can never reach the others: it knows it from the grant alone, and of the log that it stands
 * in nobody has all any more, because the disks of host and guest were both turned back before anybody else heard of it.
 * For the others it is nobody until somebody lets it in again; what it wrote stays with it.
 */
import { toHex } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import { readHeader } from '../../main/engine/echo/entry.ts';
import type { SimPeer } from './peer.ts';
import type { World } from './world.ts';

export function isStranded({ peers }: World, peer: SimPeer, key: string): boolean {
  const granted = grantedLogs(peer, key);
  if (granted.size === 0) return false;
  const there = new Map<Hex, Set<number>>([...granted].map(([log, seqs]) => [log, new Set(seqs)]));
  for (const other of peers.filter(({ running }) => running)) {
    for (const { log, seq } of stored(other, key)) there.get(log)?.add(seq);
  }
  return [...granted].some(([log, seqs]) => (there.get(log)?.size ?? 0) < Math.max(...seqs));
}

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
