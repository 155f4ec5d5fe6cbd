/**
 * A Replica without signatures and keys, for tests of the object layer alone: entries go to other pipes by hand,
 * are kept until what they depend on is there, and are applied in one transaction each, as the log does it.
 */
import { compare, toHex } from '../../main/engine/bytes.ts';
import { decodeItems, encodeItems } from '../../main/engine/echo/items.ts';
import { Rejected } from '../../main/engine/echo/replica.ts';
import type { AppliedEntry, DataItem, Replica, Role, Sink } from '../../main/engine/echo/replica.ts';
import { isWriter } from '../../main/engine/echo/roles.ts';
import { CoveError } from '../../main/engine/errors.ts';
import type { Clock, Storage } from '../../main/engine/ports.ts';

export interface PipeEntry {
  readonly entry: AppliedEntry;
  readonly bytes: Uint8Array;
  /** Applied head of every log the author had seen. */
  readonly seen: ReadonlyMap<string, number>;
}

export interface PipeReplica extends Replica {
  readonly written: readonly PipeEntry[];
  readonly rejected: readonly string[];
  role: Role;
  deliver(entry: PipeEntry): void;
  /** A new incarnation: entries from now on are another log's. */
  startNewLog(): void;
  itemsOf(entries: readonly PipeEntry[]): { readonly entry: AppliedEntry; readonly items: readonly DataItem[] }[];
}

export interface PipeOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  /** A small number that ids are made of. */
  readonly device: number;
  readonly sink: () => Sink;
  /** Of the space: 1, or another one's. */
  readonly row?: number;
  /** Continues after a restart. */
  readonly resume?: PipeReplica;
}

export function createPipeReplica({ storage, clock, device, sink, row = 1, resume }: PipeOptions): PipeReplica {
  const bytes = (length: number) => new Uint8Array(length).fill(device);
  let logId = bytes(16);
  const applied = new Map<string, number>();
  const lamports = new Map<string, number>();
  const written: PipeEntry[] = [...(resume?.written ?? [])];
  const rejected: string[] = [];
  let waiting: PipeEntry[] = [];
  for (const { entry } of written) note(entry);

  function note(entry: AppliedEntry): void {
    const log = toHex(entry.logId);
    applied.set(log, Math.max(applied.get(log) ?? 0, entry.seq));
    lamports.set(log, Math.max(lamports.get(log) ?? 0, entry.lamport));
  }

  const isReady = ({ entry, seen }: PipeEntry): boolean =>
    entry.seq === (applied.get(toHex(entry.logId)) ?? 0) + 1 &&
    [...seen].every(([log, seq]) => (applied.get(log) ?? 0) >= seq);

  function applyOne(one: PipeEntry): void {
    try {
      storage.transaction(() =>
        sink().apply({ ...one.entry, own: false, justWritten: false }, decodeItems(one.bytes) as DataItem[]),
      );
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      rejected.push(error.message);
    }
    note(one.entry);
    sink().committed(row);
  }

  const replica = {
    row,
    key: (row === 1 ? 'ab' : row.toString(16).padStart(2, '0')).repeat(32),
    spaceId: new Uint8Array(32).fill(row === 1 ? 0xab : row),
    get logId() {
      return logId;
    },
    identityId: bytes(32),
    written,
    rejected,
    role: 'editor' as Role,
    ownRole: () => replica.role,
    mayWrite: () => isWriter(replica.role),
    append(items: readonly DataItem[], within?: (entry: AppliedEntry) => void): AppliedEntry {
      if (storage.inTransaction) throw new Error('an entry is a transaction of its own');
      if (replica.role === 'reader') throw new CoveError('not-permitted');
      const encoded = encodeItems(items);
      if (encoded.length > 212_000) throw new Error('the entry is too large');
      const seen = new Map(applied);
      const entry: AppliedEntry = {
        spaceRow: row,
        logId,
        seq: (applied.get(toHex(logId)) ?? 0) + 1,
        hash: new Uint8Array(32),
        lamport: 1 + Math.max(0, ...lamports.values()),
        wall: clock.now(),
        deviceId: bytes(32),
        identityId: bytes(32),
        own: true,
        justWritten: true,
        past: seen,
      };
      storage.transaction(() => {
        sink().apply(entry, decodeItems(encoded) as DataItem[]);
        within?.(entry);
      });
      note(entry);
      written.push({ entry, bytes: encoded, seen });
      sink().committed(row);
      return entry;
    },
    startNewLog() {
      logId = logId.map((byte) => byte + 100);
    },
    itemsOf: (entries: readonly PipeEntry[]) =>
      entries.map(({ entry, bytes: encoded }) => ({ entry, items: decodeItems(encoded) as DataItem[] })),
    deliver(one: PipeEntry): void {
      if (compare(one.entry.deviceId, bytes(32)) === 0) return;
      waiting.push(one);
      for (let ready = waiting.find(isReady); ready !== undefined; ready = waiting.find(isReady)) {
        const next = ready;
        waiting = waiting.filter((other) => other !== next);
        applyOne(next);
      }
    },
  };
  return replica as unknown as PipeReplica;
}
