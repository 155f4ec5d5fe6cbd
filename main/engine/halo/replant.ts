/**
 * Own entries that a salvage could read and not join to what is there: those behind a gap, which peers may fill, and
 * those of a space that lost all its keys, which a new grant brings back. They wait in `quarantine`, as they were read,
 * and are received like anybody's once what they need is here.
 */
import { decode, encode } from 'cborg';
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { readHeader } from '../echo/entry.ts';
import type { Header } from '../echo/entry.ts';
import { SALVAGED } from '../echo/log-sql.ts';
import type { RawEntry, Replica, Replicas } from '../echo/replica.ts';
import type { Cancel, Clock, SqlRow, Storage } from '../ports.ts';

export interface Salvaged {
  readonly header: Header;
  readonly raw: RawEntry;
}

/** Reason of rows whose space is not here: the number of its row is not used again, its id is. */
const withoutKeys = (space: Hex): string => `${SALVAGED} without keys ${space}`;

/** What is kept for each of `replicas`; how many entries. Call for a space without keys after it was forgotten. */
export function keepWaiting(
  storage: Storage,
  replicas: readonly { readonly replica: Replica; readonly forgotten: boolean }[],
  logs: ReadonlyMap<Hex, readonly Salvaged[]>,
  device: Hex,
  logRows: readonly SqlRow[],
  clock: Clock,
): number {
  const insert = storage.prepare(
    'INSERT INTO quarantine (space, from_device, reason, bytes, at) VALUES (?, ?, ?, ?, ?)',
  );
  let waiting = 0;
  for (const row of logRows) {
    const deviceId = row['device_id'] as Uint8Array;
    const log = toHex(row['log_id'] as Uint8Array);
    const found = replicas.find(({ replica }) => replica.row === row['space']);
    if (!found || toHex(deviceId) !== device) continue;
    const { replica, forgotten } = found;
    const head = forgotten ? 0 : (headsOf(replica).get(log) ?? 0);
    const reason = forgotten ? withoutKeys(replica.key) : SALVAGED;
    for (const { header, raw } of logs.get(log) ?? []) {
      if (header.seq <= head) continue;
      insert.run(replica.row, deviceId, reason, encode(raw), clock.now());
      waiting++;
    }
  }
  return waiting;
}

/** Tries them again: now, whenever a log has moved, and when a space comes back. */
export function replantSalvaged(storage: Storage, replicas: Pick<Replicas, 'all' | 'onChange'>): Cancel {
  const rows = storage.prepare('SELECT id, bytes FROM quarantine WHERE reason = ? AND space = ? ORDER BY id');
  const remove = storage.prepare('DELETE FROM quarantine WHERE id = ?');
  const claim = storage.prepare('UPDATE quarantine SET space = ?, reason = ? WHERE reason = ?');
  const watched = new Map<Hex, Cancel>();
  const plant = (replica: Replica): void => {
    const waiting = rows.all(SALVAGED, replica.row);
    if (waiting.length === 0) return;
    const entries = waiting.map((row) => decode(row['bytes'] as Uint8Array) as RawEntry);
    replica.receive(new Uint8Array(32), entries);
    const heads = headsOf(replica);
    for (const [index, row] of waiting.entries()) {
      const header = readHeader((entries[index] as RawEntry)[0]);
      if (!header || header.seq <= (heads.get(header.log) ?? 0)) remove.run(row['id'] as number);
    }
  };
  const watch = (): void => {
    for (const replica of replicas.all()) {
      if (watched.has(replica.key)) continue;
      claim.run(replica.row, SALVAGED, withoutKeys(replica.key));
      plant(replica);
      const waits = rows.get(SALVAGED, replica.row) !== undefined;
      watched.set(replica.key, waits ? replica.onAdvance(() => plant(replica)) : () => undefined);
    }
  };
  watch();
  const cancel = replicas.onChange(watch);
  return () => {
    cancel();
    for (const stop of watched.values()) stop();
  };
}

export const headsOf = (replica: Replica): Map<Hex, number> =>
  new Map(replica.have().map(([logId, seq]) => [toHex(logId), seq]));
