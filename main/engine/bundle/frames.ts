/** Heads and entries as the frames in which a session sends them, for files. */
import { MESH } from '../mesh/limits.ts';
import { encodeFrame } from '../mesh/frames.ts';
import type { LogHead, RawEntry } from '../echo/replica.ts';

export function* headMessages(heads: readonly LogHead[]): Generator<Uint8Array> {
  for (let at = 0; at < heads.length; at += MESH.heads) {
    yield encodeFrame({ type: 'have', heads: heads.slice(at, at + MESH.heads) });
  }
}

/** As many entries in each as a session sends at once, and how many they are. */
export function* entryMessages(entries: Iterable<RawEntry>): Generator<readonly [Uint8Array, number]> {
  let message: RawEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry[0].length + (entry[1]?.length ?? 0);
    if (message.length === MESH.entriesPerMessage || (message.length > 0 && bytes + size > MESH.entryBytesPerMessage)) {
      yield [encodeFrame({ type: 'entries', entries: message }), message.length];
      [message, bytes] = [[], 0];
    }
    message.push(entry);
    bytes += size;
  }
  if (message.length > 0) yield [encodeFrame({ type: 'entries', entries: message }), message.length];
}
