/** By which two devices name a space to one another, so that whoever is no member of it learns nothing (protocol §4). */
import { equal } from '../bytes.ts';
import { sessionTag } from '../crypto/keys.ts';
import type { Replica } from '../echo/replica.ts';
import { MESH } from './limits.ts';

export type Side = 'dialer' | 'listener';
type Tags = { [side in Side]?: Uint8Array };

/** By handshake hash and discovery key, as long as somebody holds these: a session compares them again for each space. */
const known = new WeakMap<Uint8Array, WeakMap<Uint8Array, Tags>>();

/** What `side` of the session with handshake hash `h` calls a space by the epoch with this discovery key. */
export function tagOf(discovery: Uint8Array, h: Uint8Array, side: Side): Uint8Array {
  let ofSession = known.get(h);
  if (!ofSession) known.set(h, (ofSession = new WeakMap()));
  let tags = ofSession.get(discovery);
  if (!tags) ofSession.set(discovery, (tags = {}));
  return (tags[side] ??= sessionTag(discovery, h, side));
}

/** What `side` of the session with this handshake hash calls its spaces, by each epoch that it knows. */
export function tagsOf(replicas: readonly Replica[], h: Uint8Array, side: Side): Uint8Array[] {
  const tags = replicas.flatMap((replica) => replica.epochs().map(({ discovery }) => tagOf(discovery, h, side)));
  return tags.slice(0, MESH.tags);
}

/** The discovery key of an epoch of `replica` whose tag for `side` is among `tags`. */
export function matching(
  replica: Replica,
  h: Uint8Array,
  side: Side,
  tags: readonly Uint8Array[],
): Uint8Array | undefined {
  const found = replica.epochs().find(({ discovery }) => {
    const own = tagOf(discovery, h, side);
    return tags.some((tag) => equal(tag, own));
  });
  return found?.discovery;
}
