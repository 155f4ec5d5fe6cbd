/** What a grant has to say of its host and of this device, beside what its entries prove. */
import { equal, toHex } from '../bytes.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import type { Genesis, SpaceAuthority } from './authority.ts';
import type { Dep } from './entry.ts';
import type { CheckedControl } from './provisional.ts';
import type { SpaceReplica } from './space-replica.ts';

export function ownsAlone([, { owners }]: Genesis, identityId: Uint8Array): boolean {
  const state = owners.length === 1 ? verifyChain(owners[0] as Uint8Array[]) : undefined;
  return state !== undefined && !(state instanceof ChainFault) && equal(state.identityId, identityId);
}

/** Who may let this device in: an owner or admin, or another device of the same person, whatever their role. */
export function mayHost(
  authority: SpaceAuthority,
  host: Uint8Array,
  self: Uint8Array,
  chain: readonly Uint8Array[],
): boolean {
  const id = toHex(host);
  const role = authority.roleOfDevice(id);
  if (role === 'owner' || role === 'admin') return true;
  const own = verifyChain(chain);
  if (role === undefined || own instanceof ChainFault || equal(host, self)) return false;
  return own.devices.get(id)?.revoked === false;
}

/**
 * Whether this device's logs rest on what is not here and not in the grant either: nobody who lets it in could take any of
 * them, nor what is written after them. The copy has to go first (decision 38).
 */
export function isLost(known: SpaceReplica, granted: readonly CheckedControl[]): boolean {
  const isGranted = (dep: Dep): boolean => granted.some(({ entry }) => entry.log === dep.log && entry.seq >= dep.seq);
  return known
    .log()
    .hangsOn()
    .some((dep) => !isGranted(dep));
}
