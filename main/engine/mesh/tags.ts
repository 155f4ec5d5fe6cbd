/** By which two devices name a space to one another, so that whoever is no member of it learns nothing (protocol §4). */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { sessionTag } from '../crypto/keys.ts';
import type { MeetingKeys, Replica } from '../echo/replica.ts';
import { MESH } from './limits.ts';

export type Side = 'dialer' | 'listener';
export const otherSide = (side: Side): Side => (side === 'dialer' ? 'listener' : 'dialer');
type Tags = { [side in Side]?: Uint8Array };

/** By handshake hash and discovery key, as long as somebody holds these: a session compares them again for each space. */
const known = new WeakMap<Uint8Array, WeakMap<Uint8Array, Tags>>();

/** What `side` of the session with handshake hash `h` calls a space by the epoch, or pair, with this discovery key. */
export function tagOf(discovery: Uint8Array, h: Uint8Array, side: Side): Uint8Array {
  let ofSession = known.get(h);
  if (!ofSession) known.set(h, (ofSession = new WeakMap()));
  let tags = ofSession.get(discovery);
  if (!tags) ofSession.set(discovery, (tags = {}));
  return (tags[side] ??= sessionTag(discovery, h, side));
}

/** What the spaces are called in one session: by each epoch that is known here, and by the pair that the two devices are. */
export class Names {
  readonly #h: Uint8Array;
  readonly #pair: (replica: Replica) => MeetingKeys | undefined;

  /** `pair`: of this device and the peer; undefined in a space that the peer is no member of. */
  constructor(h: Uint8Array, pair: (replica: Replica) => MeetingKeys | undefined) {
    this.#h = h;
    this.#pair = pair;
  }

  /** What `side` calls these spaces. Pairs come last: where there are too many, they are for those who share no epoch. */
  tags(replicas: readonly Replica[], side: Side): Uint8Array[] {
    const epochs = replicas.flatMap((replica) => replica.epochs());
    const pairs = replicas.flatMap((replica) => this.#pair(replica) ?? []);
    return [...epochs, ...pairs].slice(0, MESH.tags).map(({ discovery }) => tagOf(discovery, this.#h, side));
  }

  /** The discovery key of an epoch of `replica`, or else of the pair, whose tag for `side` is among `tags`. */
  matching(replica: Replica, side: Side, tags: readonly Uint8Array[]): Uint8Array | undefined {
    const named = ({ discovery }: MeetingKeys): boolean => this.#isAmong(discovery, side, tags);
    const epoch = replica.epochs().find(named);
    if (epoch) return epoch.discovery;
    const pair = this.#pair(replica);
    return pair && named(pair) ? pair.discovery : undefined;
  }

  /** Whether `side`, whose tags these are, holds the keys of the present epoch. */
  showsEpoch(replica: Replica, side: Side, tags: readonly Uint8Array[]): boolean {
    const [present] = replica.epochs();
    return present !== undefined && this.#isAmong(present.discovery, side, tags);
  }

  /** Epochs that are known here whose keys `side`, whose tags these are, does not show. */
  unnamed(replica: Replica, side: Side, tags: readonly Uint8Array[]): readonly Hex[] {
    const others = replica.epochs().filter(({ discovery }) => !this.#isAmong(discovery, side, tags));
    return others.map(({ keyId }) => toHex(keyId));
  }

  #isAmong(discovery: Uint8Array, side: Side, tags: readonly Uint8Array[]): boolean {
    const own = tagOf(discovery, this.#h, side);
    return tags.some((tag) => equal(tag, own));
  }
}
