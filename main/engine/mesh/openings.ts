/**
 * Which spaces open in a session (protocol §4): the dialer asks for those whose tags the listener has named, each on a
 * channel of its own; the listener answers, or refuses in a way that tells a stranger nothing.
 */
import type { Hex } from '../bytes.ts';
import type { RawEntry, Replica } from '../echo/replica.ts';
import type { Frame } from './frames.ts';
import { MESH } from './limits.ts';
import type { OpenSpace } from './open-space.ts';
import { otherSide, tagOf, type Names, type Side } from './tags.ts';

export const NOBODY = 'not-a-member';

export interface OpeningsOptions {
  readonly side: Side;
  /** The handshake's hash. */
  readonly h: Uint8Array;
  readonly names: Names;
  readonly replicas: () => readonly Replica[];
  /** By the space's key. */
  readonly open: ReadonlyMap<Hex, OpenSpace>;
  readonly taken: (channel: number) => boolean;
  /** By the epoch, or pair, with this discovery key. */
  readonly mayOpen: (replica: Replica, discovery: Uint8Array) => boolean;
  readonly begin: (channel: number, replica: Replica, discovery: Uint8Array) => void;
  /** What this device's peer is told of a space that it is not in any more. */
  readonly farewell: (replica: Replica) => readonly RawEntry[] | undefined;
  /** The peer's tags show that it holds the keys of this space's present epoch. */
  readonly shown: (replica: Replica) => void;
  readonly send: (frame: Frame) => void;
}

export class Openings {
  readonly #options: OpeningsOptions;
  /** The dialer's requests that wait for an answer, with the discovery key of what they name. */
  readonly #asked = new Map<number, { readonly replica: Replica; readonly discovery: Uint8Array }>();
  readonly #refused = new Set<Hex>();
  #theirTags: readonly Uint8Array[] = [];
  /** By the space's key, as it was found last. */
  readonly #unnamed = new Map<Hex, readonly Hex[]>();
  readonly #theirs: Side;
  #nextChannel = 1;

  constructor(options: OpeningsOptions) {
    this.#options = options;
    this.#theirs = otherSide(options.side);
  }

  /** Spaces, epochs or members changed here: all may be asked again. Call `openCommon` once the peer has said hello. */
  name(): void {
    const { replicas, names, side, send } = this.#options;
    send({ type: 'tags', tags: names.tags(replicas(), side) });
    this.#refused.clear();
    this.#heedEpochs();
  }

  named(tags: readonly Uint8Array[]): void {
    this.#theirTags = tags;
    this.#refused.clear();
    this.#heedEpochs();
    this.openCommon();
    for (const { replication } of this.#options.open.values()) replication.authorityChanged();
  }

  /** Epochs of a space, known here, of which the peer's tags show no key. */
  unnamed(replica: Replica): readonly Hex[] {
    // Among so many some were left out, and before the first are none.
    if (this.#theirTags.length === 0 || this.#theirTags.length >= MESH.tags) return [];
    let unnamed = this.#unnamed.get(replica.key);
    if (!unnamed) {
      unnamed = this.#options.names.unnamed(replica, this.#theirs, this.#theirTags);
      this.#unnamed.set(replica.key, unnamed);
    }
    return unnamed;
  }

  openCommon(): void {
    const { side, h, names, replicas, open, mayOpen, send } = this.#options;
    if (side !== 'dialer') return;
    for (const replica of replicas()) {
      const pending = [...this.#asked.values()].some((asked) => asked.replica.key === replica.key);
      if (open.has(replica.key) || pending || this.#refused.has(replica.key)) continue;
      const discovery = names.matching(replica, 'listener', this.#theirTags);
      if (!discovery || !mayOpen(replica, discovery) || this.#nextChannel > 255) continue;
      const channel = this.#nextChannel++;
      this.#asked.set(channel, { replica, discovery });
      send({ type: 'space-open', channel, tag: tagOf(discovery, h, 'dialer') });
    }
  }

  /** A `space-open` came. False: it is not what an honest peer sends. */
  takes(channel: number, tag: Uint8Array): boolean {
    return this.#options.side === 'dialer' ? this.#answered(channel, tag) : this.#answer(channel, tag);
  }

  /** The request that the peer refuses by this tag, if it is one; it is not made again until something changes. */
  refuses(tag: Uint8Array): Replica | undefined {
    const { names, side } = this.#options;
    for (const [channel, { replica }] of this.#asked) {
      if (!names.matching(replica, side, [tag])) continue;
      this.#asked.delete(channel);
      this.#refused.add(replica.key);
      return replica;
    }
    return undefined;
  }

  #answered(channel: number, tag: Uint8Array): boolean {
    const { names, mayOpen, begin } = this.#options;
    const asked = this.#asked.get(channel);
    if (!asked || !names.matching(asked.replica, 'listener', [tag])) return false;
    this.#asked.delete(channel);
    if (mayOpen(asked.replica, asked.discovery)) begin(channel, asked.replica, asked.discovery);
    return true;
  }

  #answer(channel: number, tag: Uint8Array): boolean {
    const { h, names, replicas, open, taken, mayOpen, begin, farewell, send } = this.#options;
    if (taken(channel)) return false;
    let last: readonly RawEntry[] | undefined;
    for (const replica of replicas()) {
      const discovery = names.matching(replica, 'dialer', [tag]);
      if (!discovery || open.has(replica.key)) continue;
      if (!mayOpen(replica, discovery)) {
        last = farewell(replica);
        break;
      }
      send({ type: 'space-open', channel, tag: tagOf(discovery, h, 'listener') });
      begin(channel, replica, discovery);
      return true;
    }
    send({ type: 'space-refuse', tag, code: NOBODY, farewell: last });
    return true;
  }

  /** Called on either side's change: which epoch is the present one may be news here, or to the peer. */
  #heedEpochs(): void {
    const { names, replicas, shown } = this.#options;
    this.#unnamed.clear();
    for (const replica of replicas()) if (names.showsEpoch(replica, this.#theirs, this.#theirTags)) shown(replica);
  }
}
