/**
 * A meeting point of this device that spaces name may have another address after a restart: a network gave the computer
 * a new one, or the person chose another broker. The old address is replaced where it stands, so that members find this
 * device again and lists do not fill with addresses that nobody answers at.
 */
import { readMeta, writeMeta } from '../engine/halo/meta.ts';
import type { Storage } from '../engine/ports.ts';
import type { SpaceMeetingPoints } from './space-meeting-points.ts';

/** JSON of Addresses, in UTF-8: what this device met at when it last looked. */
const MET_AT = 'mesh.met-at';

interface Addresses {
  /** Of the own meeting point. */
  readonly own?: string | undefined;
  /** Of the person's own broker. */
  readonly broker?: string | undefined;
}

/** `now.own` is left out while the computer is on no network: it may well come back to the same one. */
export function republish(
  storage: Storage,
  lists: readonly Pick<SpaceMeetingPoints, 'publish' | 'replace'>[],
  now: Addresses,
): void {
  const before = metAt(storage);
  const next = { own: now.own ?? before.own, broker: now.broker };
  if (next.own === before.own && next.broker === before.broker) return;
  for (const list of lists) {
    if (before.own !== undefined && next.own !== before.own) list.replace(before.own, next.own);
    if (before.broker !== undefined && next.broker !== before.broker) list.replace(before.broker, next.broker);
    // Whoever chose a broker of their own is met there alone: everybody they share with has to know.
    if (next.broker !== undefined && next.broker !== before.broker) list.publish(next.broker);
  }
  storage.transaction(() => writeMeta(storage, MET_AT, new TextEncoder().encode(JSON.stringify(next))));
}

function metAt(storage: Storage): Addresses {
  const bytes = readMeta(storage, MET_AT);
  return bytes === null ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as Addresses);
}
