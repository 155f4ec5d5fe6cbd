/**
 * Checks of the protocol, each with the patch that takes it out and a fast test file that has to notice. The patches are
 * applied to a copy of the sources, one at a time: the product has no switch for them.
 *
 * `find` is in the file exactly once; when a check is rewritten, its patch is rewritten with it.
 */
import { AUTHORITY } from './authority.ts';
import { BLOBS } from './blobs.ts';
import { BRIDGE } from './bridge.ts';
import { IDENTITY } from './identity.ts';
import { INVITATIONS } from './invitations.ts';
import { LOGS } from './logs.ts';
import { OBJECTS } from './objects.ts';
import { SESSIONS } from './sessions.ts';
import { SHARES } from './shares.ts';

export interface Mutant {
  /** What is no longer checked. */
  readonly check: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly noticed: string;
}

export const MUTANTS: readonly Mutant[] = [
  ...LOGS,
  ...AUTHORITY,
  ...IDENTITY,
  ...OBJECTS,
  ...SESSIONS,
  ...INVITATIONS,
  ...SHARES,
  ...BRIDGE,
  ...BLOBS,
];
