/**
 * The people one shares a space with: who may be named as an owner of a new one, and which of their devices are theirs
 * still. Each space knows of a person what was said there; certificates prove themselves, so all of it together is the
 * best that is known of who they are.
 */
import { fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import type { IdentityState } from '../halo/chain.ts';
import { Identities } from './identities.ts';
import type { Member } from './replica.ts';
import type { SpaceReplica } from './space-replica.ts';

/** Members of the spaces that go on, each once, without oneself and without owners who never came in. */
export function contacts(spaces: readonly SpaceReplica[], self: Hex): readonly Member[] {
  const people = new Map<Hex, Member>();
  for (const space of spaces) {
    if (space.ended() !== undefined) continue;
    for (const member of space.authority().members) {
      if (member.identityId !== self && !member.awaited) people.set(member.identityId, member);
    }
  }
  return [...people.values()];
}

/** All certificates of a person that any space has, as one chain. */
export function chainOf(spaces: readonly SpaceReplica[], identityId: Hex): readonly Uint8Array[] {
  return told(spaces, identityId).chain(identityId);
}

/** What a chain says together with all that the spaces were told of its identity; undefined for what is none. */
export function stateOf(spaces: readonly SpaceReplica[], chain: readonly Uint8Array[]): IdentityState | undefined {
  const shown = verifyChain(chain);
  if (shown instanceof ChainFault) return undefined;
  const identityId = toHex(shown.identityId);
  const identities = told(spaces, identityId);
  identities.add(spaces.length, chain, shown.identityId);
  return identities.state(identityId);
}

function told(spaces: readonly SpaceReplica[], identityId: Hex): Identities {
  const identities = new Identities();
  for (const [index, space] of spaces.entries()) {
    identities.add(index, space.certsOf(identityId), fromHex(identityId));
  }
  return identities;
}
