/**
 * On which devices something is durably stored, and whether this computer may be closed. Only what a device itself
 * said in an authenticated session, or in a file it signed, counts: that it has committed an entry to its disk.
 *
 * The rule for closing: every entry that this device ever wrote into the space is stored on one other device of a
 * present member at least, and no edit waits to become an entry. What others wrote is theirs to keep; what only this
 * device has would be missing everywhere until it is opened again. A space that has no other device is never "safe":
 * there is nobody to say so. Where only keepers have it, it is safe to close this computer and not to lose it.
 */
import type { Hex } from '../engine/bytes.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import type { LogHead, Replica } from '../engine/echo/replica.ts';
import type { Mesh, PeerStatus } from '../engine/mesh/mesh.ts';

/** Another device of the space, and whether it has what was asked about. */
export interface Holder extends PeerStatus {
  /** It has this very version. */
  readonly holds: boolean;
}
/**
 * What closing now would mean: safe: another device has everything · kept: some of it only devices of keepers have, who
 * pass it on and cannot read it · not-yet: none has it all · alone: there is no other device.
 */
export type Closing = 'safe' | 'kept' | 'not-yet' | 'alone';

export interface HoldersSource {
  readonly mesh: Mesh;
  readonly replica: Replica;
  readonly objects: SpaceObjects;
}

/** Other devices of the space; `objectId` asks about one object instead of everything that is here. */
export function holders({ mesh, replica, objects }: HoldersSource, objectId?: Hex): readonly Holder[] {
  const lamport = objectId === undefined ? undefined : objects.lamportOf(objectId);
  const waits = objectId === undefined ? objects.pendingCount() > 0 : lamport === undefined;
  const heads = lamport === undefined ? replica.have() : replica.headsAt(lamport);
  const holding = waits ? new Set<Hex>() : mesh.holdings.holders(replica.key, heads);
  return mesh.status(replica.key).peers.map((peer) => ({ ...peer, holds: holding.has(peer.deviceId) }));
}

export function closing({ mesh, replica, objects }: HoldersSource): Closing {
  const { peers } = mesh.status(replica.key);
  if (peers.length === 0) return 'alone';
  if (objects.pendingCount() > 0 || !mesh.holdings.isHeld(replica.key)) return 'not-yet';
  const readers = peers.filter(({ keeper }) => keeper !== true);
  const isRead = (head: LogHead): boolean => {
    const holding = mesh.holdings.holders(replica.key, [head]);
    return readers.some(({ deviceId }) => holding.has(deviceId));
  };
  return replica.ownLogs().every(isRead) ? 'safe' : 'kept';
}
