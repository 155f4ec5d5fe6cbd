import type { Replica } from '../echo/replica.ts';
import type { Channel } from '../ports.ts';

/** A channel whose invitation is done: a member session goes on with it (protocol §3.2 I7). */
export interface Adopted {
  readonly channel: Channel;
  readonly kind: 'direct' | 'relayed';
  /** True on the guest's side: it speaks first. */
  readonly initiator: boolean;
  readonly space: Replica;
}
