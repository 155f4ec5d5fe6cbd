/**
 * How somebody learns that his membership has ended, though nobody replicates with him any more (protocol §4): two
 * signed entries, the LogOpen of whoever removed him and the removal. They speak for themselves, so any member's
 * device may hand them over. Their causal past is not here and never will be, so it is taken to be everything that
 * is: what is on this device stays as it is, nothing more is written. A new admission forgets them; so does the removal
 * itself where replication brings it after all, because he is a member again: that says what it had seen.
 */
import { decode, encode } from 'cborg';
import { equal } from '../bytes.ts';
import type { Storage } from '../ports.ts';
import { readControl } from './provisional.ts';
import type { CheckedControl } from './provisional.ts';
import type { RawEntry } from './replica.ts';

export class Farewell {
  readonly #storage: Storage;
  readonly #key: string;
  /** Whether one was handed over. */
  active: boolean;

  constructor(storage: Storage, spaceRow: number) {
    this.#storage = storage;
    this.#key = `farewell ${spaceRow}`;
    this.active = this.stored() !== undefined;
  }

  /** True when replication has brought the removal. */
  isConfirmed(): boolean {
    const is = 'SELECT 1 FROM entry e JOIN control_entry c ON c.entry = e.id WHERE e.hash = ?';
    const removal = this.stored();
    return removal !== undefined && this.#storage.prepare(is).get(removal.header.hash) !== undefined;
  }

  /** The removal that was handed over; undefined when there is none. */
  stored(): CheckedControl | undefined {
    const bytes = this.#storage.prepare('SELECT v FROM meta WHERE k = ?').get(this.#key)?.['v'];
    return bytes === undefined ? undefined : readControl(decode(bytes as Uint8Array) as RawEntry[])?.[1];
  }

  store(entries: readonly RawEntry[]): void {
    this.#storage.prepare('INSERT OR REPLACE INTO meta (k, v) VALUES (?, ?)').run(this.#key, encode(entries));
    this.active = true;
  }

  forget(): void {
    this.#storage.prepare('DELETE FROM meta WHERE k = ?').run(this.#key);
    this.active = false;
  }
}

/** The removal of `identity` in `space` that two entries show; null when they do not. Who signed it may not have had the right. */
export function readFarewell(
  entries: readonly RawEntry[],
  space: Uint8Array,
  identity: Uint8Array,
): CheckedControl | null {
  if (entries.length !== 2) return null;
  const [opening, removal] = readControl(entries, space) ?? [];
  if (opening?.entry.control[0] !== 'LogOpen' || removal?.entry.control[0] !== 'MemberRemove') return null;
  return equal(removal.entry.control[1].identityId, identity) ? removal : null;
}
