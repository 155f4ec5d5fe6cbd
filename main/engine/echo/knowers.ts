/** Who is known to have an entry, by what is here of his own: nobody has to be asked for that. */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { LogStore } from './log-store.ts';
import type { LogHead } from './replica.ts';

/** Devices that have written something with this entry in its past. */
export function knowersOf(store: LogStore, [logId, seq]: LogHead): ReadonlySet<Hex> {
  const log = toHex(logId);
  const knowers = new Set<Hex>();
  for (const one of store.logs()) {
    if ((one.log === log ? one.head : (one.clock.get(log) ?? 0)) >= seq) knowers.add(one.device);
  }
  return knowers;
}
