/**
 * Payloads that are older than a moment go into packs, which take less room (payload-packs.ts). Nothing is given up: each
 * payload is made again from its pack and compared with the hash in its header before the pack takes its place, both in
 * one transaction. Whatever reads entries anew, or hands them on, reads them as before.
 */
import { toHex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import type { Clock, Storage } from '../ports.ts';
import type { SpaceLog } from './deliver.ts';
import { ENTRY_KIND, readHeader } from './entry.ts';
import type { Header } from './entry.ts';
import { STATUS } from './log-sql.ts';
import type { LogState } from './log-store.ts';
import { encodePack, takeApart } from './payload-packs.ts';
import type { PayloadParts } from './payload-packs.ts';
import { noteShrunk } from './storage-use.ts';

/** Of one pack: contents, and entries. */
const PACK_BYTES = 64 * 1024;
const PACK_ENTRIES = 256;
/** A pack that saves less is not worth its row. */
const LEAST_SAVED = 1024;

export interface CompactionOptions {
  /** What was stored here earlier, ms by the wall clock. */
  readonly before: number;
  readonly progress: (done: number, of: number) => void;
  readonly cancelled: () => boolean;
}
export interface Compacted {
  /** Payloads that are in packs now and were not. */
  readonly payloads: number;
  /** Bytes that they take less. */
  readonly saved: number;
}

interface Candidate extends PayloadParts {
  readonly header: Header;
  readonly payload: Uint8Array;
}

const WHERE = `kind = ${ENTRY_KIND.data} AND status = ${STATUS.applied} AND recv < ? AND length(payload) > 0`;

/**
 * `current` gives the space's log as it stands after others had their turn, which they have after each pack. Throws
 * CoveError('cancelled'), and what the disk throws; the packs until then stay.
 */
export async function compactPayloads(
  current: () => SpaceLog,
  storage: Storage,
  clock: Clock,
  { before, progress, cancelled }: CompactionOptions,
): Promise<Compacted> {
  const count = storage.prepare(`SELECT count(*) AS n FROM entry WHERE log = ? AND ${WHERE}`);
  const logs = [...current().store.logs()].map(
    ({ log, row }) => [log, count.get(row, before)?.['n'] as number] as const,
  );
  const total = logs.reduce((sum, [, n]) => sum + n, 0);
  let [done, payloads, saved] = [0, 0, 0];
  for (const [log] of logs) {
    for (let after = 0; ;) {
      progress(done, total);
      await new Promise<void>((resolve) => void clock.after(0, resolve));
      if (cancelled()) throw new CoveError('cancelled');
      const space = current();
      const state = space.store.log(log);
      const next = state && nextPack(space, storage, state, after, before);
      if (!next) break;
      const less = write(space, storage, next.pack);
      if (less > 0) payloads += next.pack.length;
      saved += less;
      done += next.seen;
      after = next.upTo;
    }
  }
  progress(total, total);
  return { payloads, saved };
}

/**
 * The next entries of a log that follow each other under one key and fill a pack; undefined: there are no more. What
 * stands between two of them may go into a pack later: packs that overlap could not be told apart by where they begin.
 */
function nextPack(space: SpaceLog, storage: Storage, log: LogState, after: number, before: number) {
  const pack: Candidate[] = [];
  let [upTo, seen, bytes] = [after, 0, 0];
  const rows = storage
    .prepare(`SELECT seq, header, payload FROM entry WHERE log = ? AND seq > ? AND ${WHERE} ORDER BY seq`)
    .iterate(log.row, after, before);
  for (const row of rows) {
    const header = readHeader(row['header'] as Uint8Array);
    const keyId = header && toHex(header.keyId);
    const last = pack.at(-1);
    const follows = last === undefined || (keyId === toHex(last.header.keyId) && header?.seq === last.seq + 1);
    if (!follows || seen === PACK_ENTRIES || bytes >= PACK_BYTES) break;
    const payload = row['payload'] as Uint8Array;
    const key = keyId === null ? undefined : space.keys.get(keyId);
    const parts = header && key && takeApart(space.space.spaceId, header, payload, key.entryKey);
    if (!parts && last) break;
    if (parts) pack.push({ ...parts, header, payload });
    bytes += parts?.content.length ?? 0;
    seen++;
    upTo = row['seq'] as number;
  }
  return seen === 0 ? undefined : { pack, seen, upTo };
}

/** Returns the bytes that are taken less; 0: nothing was done. */
function write({ store, keys }: SpaceLog, storage: Storage, pack: readonly Candidate[]): number {
  const [first] = pack;
  const key = first && keys.get(toHex(first.header.keyId));
  if (!key) return 0;
  const bytes = encodePack({ entryKey: key.entryKey, payloads: pack });
  const saved = pack.reduce((sum, { payload }) => sum + payload.length, 0) - bytes.length;
  if (saved < LEAST_SAVED) return 0;
  return storage.transaction(() => {
    if (!store.packs.replace(pack, bytes)) return 0;
    noteShrunk(storage);
    return saved;
  });
}
