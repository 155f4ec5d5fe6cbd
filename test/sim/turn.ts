/** What an operation of a plan is given when its turn comes. */
import type { SpaceObjects } from '../../main/engine/echo/object-types.ts';
import type { Prng } from '../engine/net/prng.ts';
import type { SimPeer } from './peer.ts';
import type { World } from './world.ts';

/** An operation with everything it needs; `space` is one that the peer holds. */
export interface Turn {
  readonly world: World;
  readonly peer: SimPeer;
  readonly dice: Prng;
  readonly space: string;
  readonly objects: SpaceObjects;
}
/** 'done', or what became of it instead. */
export type Result = string;

export type Act = (turn: Turn) => Result | Promise<Result>;

/** One of them; none of nothing. */
export function pick<T>(dice: Prng, from: readonly T[]): T | undefined {
  const roll = dice.u32(); // drawn even from nothing, so that what follows stays
  return from[roll % Math.max(1, from.length)];
}
