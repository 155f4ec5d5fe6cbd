/** The database's few single values: what identifies it, what the rollback guard compares, keys that need no phrase. */
import type { Storage } from '../ports.ts';

export function readMeta(storage: Storage, key: string): Uint8Array | null {
  const value = storage.prepare('SELECT v FROM meta WHERE k = ?').get(key)?.['v'];
  return value instanceof Uint8Array ? value : null;
}

export function writeMeta(storage: Storage, key: string, value: Uint8Array): void {
  storage.prepare('INSERT INTO meta (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v').run(key, value);
}

/** ms since 1970. */
export function readTime(storage: Storage, key: string): number | undefined {
  const bytes = readMeta(storage, key);
  return bytes === null ? undefined : timeIn(bytes);
}

/** All times whose keys begin so, by what follows. */
export function namedTimes(storage: Storage, prefix: string): Map<string, number> {
  const rows = storage.prepare('SELECT k, v FROM meta WHERE k >= ? AND k < ?').all(prefix, `${prefix}\u{ffff}`);
  return new Map(rows.map(({ k, v }) => [String(k).slice(prefix.length), timeIn(v as Uint8Array)]));
}

const timeIn = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);

export function writeTime(storage: Storage, key: string, at: number): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, at);
  writeMeta(storage, key, bytes);
}

export function dropMeta(storage: Storage, key: string): void {
  storage.prepare('DELETE FROM meta WHERE k = ?').run(key);
}
