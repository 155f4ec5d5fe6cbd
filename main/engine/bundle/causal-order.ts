/** Entries of several logs in an order in which each comes after what it builds on: whoever takes them in waits for none. */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { readHeader } from '../echo/entry.ts';
import type { LogHead, RawEntry, Replica } from '../echo/replica.ts';

/** Bytes of one log that are read ahead: a space may have a thousand logs. */
const AHEAD = 64 * 1024;

interface Cursor {
  readonly logId: Uint8Array;
  readonly log: Hex;
  /** The last place that was handed out. */
  at: number;
  readonly to: number;
  ahead: readonly RawEntry[];
}

/** All that is stored here of each log after the place that `after` names, up to `heads`: by default, all there is now. */
export function* inCausalOrder(
  replica: Replica,
  after: (log: Hex) => number,
  heads: readonly LogHead[] = replica.have(),
): Generator<RawEntry> {
  const cursors = heads.map(([logId, to]): Cursor => {
    const log = toHex(logId);
    return { logId, log, at: Math.min(to, after(log)), to, ahead: [] };
  });
  const places = new Map(cursors.map((cursor) => [cursor.log, cursor]));
  const isReady = ([header]: RawEntry): boolean =>
    (readHeader(header)?.deps ?? []).every(({ log, seq }) => (places.get(log)?.at ?? Infinity) >= seq);

  const open = new Set(cursors);
  let moved = true;
  while (moved) {
    moved = false;
    for (const cursor of open) {
      for (let entry = next(replica, cursor); ; entry = next(replica, cursor)) {
        if (!entry) open.delete(cursor);
        if (!entry || !isReady(entry)) break;
        moved = true;
        yield take(cursor, entry);
      }
    }
  }
  // What builds on what is not here.
  for (const cursor of open) {
    for (let entry = next(replica, cursor); entry; entry = next(replica, cursor)) yield take(cursor, entry);
  }
}

function next(replica: Replica, cursor: Cursor): RawEntry | undefined {
  if (cursor.at >= cursor.to) return undefined;
  if (cursor.ahead.length === 0) cursor.ahead = replica.read([cursor.logId, cursor.at + 1, cursor.to], AHEAD);
  return cursor.ahead[0];
}

function take(cursor: Cursor, entry: RawEntry): RawEntry {
  cursor.ahead = cursor.ahead.slice(1);
  cursor.at++;
  return entry;
}
