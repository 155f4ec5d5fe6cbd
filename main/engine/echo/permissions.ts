/**
 * What one member may do about another and about guests, so that it can be offered. It repeats the table of protocol
 * §5.2 and decides nothing: the reducer does, on every device, and a test holds the two against each other.
 */
import type { Role } from './replica.ts';

/** A role that somebody can be given: owners are made with the space. */
export type Offered = Exclude<Role, 'owner'>;

/** What this member may do about another one. */
export interface Manageable {
  /** Roles that may be given instead of the present one. */
  readonly roles: readonly Offered[];
  readonly remove: boolean;
}

const NOTHING: Manageable = { roles: [], remove: false };

export function manageable(actor: Role | undefined, target: Role, isOneself: boolean): Manageable {
  if (isOneself || target === 'owner') return NOTHING;
  if (actor === 'owner') return { roles: others(['admin', 'editor', 'reader', 'keeper'], target), remove: true };
  if (actor === 'admin' && target !== 'admin')
    return { roles: others(['editor', 'reader', 'keeper'], target), remove: true };
  return NOTHING;
}

/** Whether somebody of this role may let another in with that one. */
export function mayInvite(actor: Role | undefined, role: Offered): boolean {
  if (actor === 'owner') return OFFERED.includes(role);
  return actor === 'admin' && role !== 'admin' && OFFERED.includes(role);
}

/** Whether somebody of this role may name meeting points for everybody. */
export const mayNameMeetingPoints = (actor: Role | undefined): boolean => actor === 'owner' || actor === 'admin';

/** The roles of which `mayInvite` says so. */
export const mayInviteAs = (actor: Role | undefined): readonly Offered[] =>
  OFFERED.filter((role) => mayInvite(actor, role));

const OFFERED: readonly Offered[] = ['admin', 'editor', 'reader', 'keeper'];
const others = (roles: readonly Offered[], present: Role): readonly Offered[] =>
  roles.filter((role) => role !== present);
