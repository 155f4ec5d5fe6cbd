/** What is said of an invitation when it is made. */
import type { Role } from '../engine/echo/replica.ts';

/** What an invitation lets somebody do, and how many and how long. */
export interface InvitationOptions {
  /** What the guest will be; a keeper stores and passes on what it cannot read. Default: editor. */
  readonly role?: Exclude<Role, 'owner'>;
  /** More than one guest may use it; each gets digits of their own. Default: false. */
  readonly multiUse?: boolean;
  /** How many people a multi-use invitation takes, each with all their devices. Default: 100. */
  readonly maxUses?: number;
  /** A person here has to agree to each guest: see `waiting` and `approve` of the invitation. Default: false. */
  readonly approval?: boolean;
  /** Default 24 hours, at most 7 days. */
  readonly lifetimeMs?: number;
}
