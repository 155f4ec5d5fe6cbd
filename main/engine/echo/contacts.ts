/**
 * The people one shares a space with: who may be named as an owner of a new one. Each space knows of a person what was
 * said there; certificates prove themselves, so all of it together is the best that is known of who they are.
 */
import { fromHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
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
  const identities = new Identities();
  for (const [index, space] of spaces.entries()) {
    identities.add(index, space.certsOf(identityId), fromHex(identityId));
  }
  return identities.chain(identityId);
}
