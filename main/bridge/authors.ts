/** Who wrote something, as windows show them: members by the name that they have now. */
import type { Author } from '../../preload/contract/history.ts';
import type { Client, Space } from '../client/index.ts';
import { person } from './person.ts';

/** `name` is empty for whoever is no member any more. */
export function authorsOf({ halo }: Client, space: Space): (identityId: string) => Author {
  const me = halo.profile;
  const members = new Map(space.members.map((member) => [member.identityId, member]));
  return (identityId) => {
    const own = identityId === me?.identityId;
    const { name, avatar } = members.get(identityId) ??
      (own ? { name: me.displayName, avatar: me.avatar } : undefined) ?? { name: '', avatar: identityId };
    return { ...person(identityId, name, avatar), me: own };
  };
}
