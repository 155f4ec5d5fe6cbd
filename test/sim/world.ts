/** Everything a run consists of. */
import { toHex } from '../../main/engine/bytes.ts';
import type { SimNet } from '../engine/net/sim-net.ts';
import type { Invitations } from './invitations.ts';
import type { Ledger } from './ledger.ts';
import type { Lies } from './lies.ts';
import type { SimPeer } from './peer.ts';
import { goesByGrant, isCutOff, isDismissed } from './stranded.ts';
import type { Plan } from './plan.ts';
import type { Planted } from './planted.ts';

export interface World {
  readonly plan: Plan;
  readonly planted: Planted | undefined;
  readonly net: SimNet;
  /** All devices: first one of each person, then the others as they came. */
  readonly peers: SimPeer[];
  /** A further device of the person whose first one is called so. */
  readonly furtherDevice: (person: string, name: string) => SimPeer;
  readonly ledger: Ledger;
  readonly invitations: Invitations;
  /** Keys of the spaces, oldest first, and who made each. */
  readonly spaces: Map<string, SimPeer>;
  /** When somebody was first removed from a space: person and space. */
  readonly expelled: Map<string, number>;
  /** What engines complained of that no honest network brings about. */
  readonly alarms: string[];
  /** The hash that each place of each log was seen with. */
  readonly heads: Map<string, string>;
  /** What the dishonest member's device has told. */
  readonly lies: Lies;
  readonly count: (what: string) => void;
}

/** The spaces, and those that only a person's own devices share where there is more than one device. */
export function everything({ peers, spaces }: World): string[] {
  const shared = peers.filter(({ running, name, person }) => running && name !== person);
  const halos = shared.flatMap((peer) => peer.engine.replicas.halos().map(({ key }) => key));
  return [...spaces.keys(), ...new Set(halos)];
}

/** A person's devices, the first one first. */
export const devicesOf = ({ peers }: World, person: string): SimPeer[] =>
  peers.filter((peer) => peer.person === person);

/**
 * Who must agree on a space: its members who hold it, as whoever founded it (or the next who holds it and is one) knows
 * them; the dishonest device may think what it likes. Nor is a device asked that knows of its revocation: the space may not,
 * where no other device of its person holds it. Who knows from a grant only that he is a member is not asked: he may
 * have been removed by then and nobody can tell him, or nobody ever heard of him.
 */
export function holders(world: World, key: string): SimPeer[] {
  const { peers, spaces, lies } = world;
  const having = peers.filter((peer) => peer.running && peer.replica(key) !== undefined && !lies.isTeller(peer));
  const knows = (judge: SimPeer, peer: SimPeer): boolean =>
    judge.replica(key)?.authority().device(toHex(peer.deviceId)) !== undefined;
  const founder = having.filter((peer) => peer === spaces.get(key));
  const certain = having.filter((peer) => !goesByGrant(peer, key));
  // A device of the dishonest one's person may be none any more, or let in by one that is none: only that one knows.
  const isDevice = (peer: SimPeer): boolean => peer.person !== lies.teller?.person || knows(lies.teller, peer);
  // A device may have heard that it was revoked before the space tells it.
  const isOne = (peer: SimPeer): boolean =>
    knows(peer, peer) && peer.replica(key)?.ownRole() !== undefined && isDevice(peer);
  const judge = [...founder, ...certain].find(isOne);
  if (judge === undefined) return [];
  const isOut = (peer: SimPeer): boolean =>
    peer.engine.identity.revoked() || isDismissed(peers, peer, key) || isCutOff(world, peer, key);
  return having.filter((peer) => knows(judge, peer) && !isOut(peer));
}
