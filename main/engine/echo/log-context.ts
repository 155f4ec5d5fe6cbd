/** What every part of the log layer works with: its ports, the identity that writes, the sink that applies. */
import type { Identity } from '../halo/identity.ts';
import type { Clock, Log, Random, Storage } from '../ports.ts';
import type { EchoLimits } from './limits.ts';
import type { PoisonGuard } from './poison.ts';
import type { Sink } from './replica.ts';

export interface LogContext {
  readonly storage: Storage;
  readonly random: Random;
  readonly clock: Clock;
  readonly identity: Pick<Identity, 'identityId' | 'deviceId' | 'keys' | 'chain'> &
    Partial<Pick<Identity, 'onChange' | 'learn' | 'revoked'>>;
  readonly sink: Sink;
  readonly log: Log;
  /** What is otherwise than limits.ts says: the quota, when a person set it; everything, in tests. */
  readonly limits?: Partial<EchoLimits> | undefined;
  /**
   * Set when this profile may be an older copy of itself (restored, cloned): the end of its logs may exist elsewhere
   * and be built on, so every space starts a new log before anything is written. Called in that transaction.
   */
  readonly restored?: (() => void) | undefined;
}
/** The same for all spaces of a profile, with what they share. */
export interface SpaceContext extends LogContext {
  readonly guard: PoisonGuard;
  readonly limits: EchoLimits;
}
export interface SpaceRecord {
  /** Primary key in table `space`. */
  readonly row: number;
  readonly spaceId: Uint8Array;
  readonly genesis: Uint8Array;
}
