/** What an invitation that ended without success means for whoever made it. */
import { CoveError, type HostInvitation } from '../client/index.ts';
import { CommandError } from './command-error.ts';

type State = HostInvitation['state'];

/** undefined while somebody may still come in by it, and when all did. The SDK's sentences for two speak to the guest. */
const ENDS: Readonly<Record<State, (() => Error) | undefined>> = {
  listening: undefined,
  connecting: undefined,
  'ready-for-code': undefined,
  admitting: undefined,
  completed: undefined,
  locked: () => new CoveError('locked'),
  expired: () => new CommandError('This invitation has expired. Make a new one if it is still needed.'),
  revoked: () => new CommandError('This invitation was withdrawn. Make a new one if it is still needed.'),
  'space-too-large': () => new CoveError('space-too-large'),
};

export const endedInvitation = (state: State): Error | undefined => ENDS[state]?.();
