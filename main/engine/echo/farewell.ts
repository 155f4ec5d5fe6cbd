/**
 * How somebody learns that his membership has ended, though nobody replicates with him any more (protocol §4): two
 * signed entries, the LogOpen of whoever removed him and the removal. They speak for themselves, so any member's
 * device may hand them over. Their causal past is not here and never will be, so it is taken to be everything that
 * is: what is on this device stays as it is, nothing more is written. A new admission forgets them; so does the removal
 * itself where replication brings it after all, because he is a member again: that says what it had seen.
 *
 * Whom somebody let in behind two stories of his log is shown those in the same way: a LogOpen and the ForkProof.
 */
import { decode, encode } from 'cborg';
import { equal } from '../bytes.ts';
import type { Storage } from '../ports.ts';
import type { Control } from './control.ts';
import { provenFork } from './forks.ts';
import { readControl } from './provisional.ts';
import type { CheckedControl } from './provisional.ts';
import type { RawEntry } from './replica.ts';

export class Farewell {
  readonly #storage: Storage;
  readonly #space: number;
  readonly #key: string;
  /** Whether one was handed over. */
  active: boolean;

  constructor(storage: Storage, spaceRow: number) {
    this.#storage = storage;
    this.#space = spaceRow;
    this.#key = `farewell ${spaceRow}`;
    this.active = this.stored() !== undefined;
  }

  /** True when replication has brought the removal. */
  isConfirmed(): boolean {
    const is = 'SELECT 1 FROM control_entry c JOIN entry e ON e.id = c.entry WHERE c.space = ? AND e.hash = ?';
    const removal = this.stored();
    return removal !== undefined && this.#storage.prepare(is).get(this.#space, removal.header.hash) !== undefined;
  }

  /** The removal that was handed over; undefined when there is none. */
  stored(): CheckedControl | undefined {
    const entries = this.entries();
    return entries && readControl(entries)?.[1];
  }

  /** The two entries as they came: another device of the same person may not have heard of it. */
  entries(): readonly RawEntry[] | undefined {
    const bytes = this.#storage.prepare('SELECT v FROM meta WHERE k = ?').get(this.#key)?.['v'];
    return bytes === undefined ? undefined : (decode(bytes as Uint8Array) as RawEntry[]);
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
  const removal = readWord(entries, space);
  if (removal?.entry.control[0] !== 'MemberRemove') return null;
  return equal(removal.entry.control[1].identityId, identity) ? removal : null;
}

/** Two stories of one log that two entries show; null when they do not. */
export function readFork(entries: readonly RawEntry[], space: Uint8Array): Control | null {
  const control = readWord(entries, space)?.entry.control;
  return control?.[0] === 'ForkProof' && provenFork(control[1], space) !== null ? control : null;
}

/** Behind the LogOpen of whoever signed both. */
function readWord(entries: readonly RawEntry[], space: Uint8Array): CheckedControl | undefined {
  if (entries.length !== 2) return undefined;
  const [opening, word] = readControl(entries, space) ?? [];
  return opening?.entry.control[0] === 'LogOpen' ? word : undefined;
}
