/**
 * A meeting point of this device that spaces name may have another address after a restart: a network gave the computer
 * a new one, or the person chose another broker. An own address that is gone is replaced where it stands, so that lists
 * do not fill with addresses that nobody answers at. A broker that was chosen before is still there, and members who
 * were away know no other: it stays, as the last one, until the person chooses again.
 */
import { readMeta, writeMeta } from '../engine/halo/meta.ts';
import type { Storage } from '../engine/ports.ts';
import type { SpaceMeetingPoints } from './space-meeting-points.ts';

/** JSON of MetAt, in UTF-8: what this device met at when it last looked. */
const MET_AT = 'mesh.met-at';

interface Addresses {
  /** Of the own meeting point. */
  readonly own?: string | undefined;
  /** Of the person's own broker. */
  readonly broker?: string | undefined;
}
interface MetAt extends Addresses {
  /** The broker before that one. */
  readonly former?: string | undefined;
}

/** `now.own` is left out while the computer is on no network: it may well come back to the same one. */
export function republish(
  storage: Storage,
  lists: readonly Pick<SpaceMeetingPoints, 'publish' | 'replace' | 'last'>[],
  now: Addresses,
): void {
  const before = metAt(storage);
  const moved = now.own !== undefined && now.own !== before.own;
  const chosen = now.broker !== before.broker;
  if (!moved && !chosen) return;
  const next: MetAt = {
    own: now.own ?? before.own,
    broker: now.broker,
    former: chosen ? (before.broker ?? before.former) : before.former,
  };
  for (const list of lists) {
    if (moved && before.own !== undefined) list.replace(before.own, now.own);
    if (!chosen) continue;
    if (before.former !== undefined && ![next.broker, next.former].includes(before.former)) list.replace(before.former);
    if (before.broker !== undefined) list.last(before.broker);
    // Whoever chose a broker of their own is met there alone: everybody they share with has to know.
    if (next.broker !== undefined) list.publish(next.broker);
  }
  storage.transaction(() => writeMeta(storage, MET_AT, new TextEncoder().encode(JSON.stringify(next))));
}

function metAt(storage: Storage): MetAt {
  const bytes = readMeta(storage, MET_AT);
  return bytes === null ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as MetAt);
}
