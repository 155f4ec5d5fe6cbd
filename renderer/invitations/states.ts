/** What the states of an invitation mean for the person looking at it. */
import type { HostedInvitation, JoiningInvitation } from '../../preload/contract/index.ts';
import { messages } from '../messages/index.ts';

/** The sentence of an invitation that ended without success; null while it may still work, or when it did. */
export function hostedEnd(invitation: HostedInvitation | null | undefined): string | null {
  if (invitation === null || invitation === undefined || invitation.state !== 'ended') return null;
  const words = messages.invitations.hosted;
  const { ended } = invitation;
  // The engine's sentences for these speak to the guest.
  if (ended?.type === 'expired' || ended?.type === 'revoked') return words[ended.type];
  return ended?.message ?? words.ended;
}

/** The sentence of a join that ended without success. The engine's, of a locked one, speaks to its host. */
export function joiningEnd({ ended }: JoiningInvitation): string {
  const words = messages.invitations.joining;
  return ended?.type === 'locked' ? words.locked : (ended?.message ?? words.ended);
}

/** Still worth showing as open, for lists. */
export function isOpen(invitation: HostedInvitation): boolean {
  return invitation.state !== 'ended' && invitation.state !== 'joined';
}

/** The cells take digits only while the other side is there to check them, or while the code can wait for it. */
export function asksForDigits(joining: JoiningInvitation): boolean {
  return joining.state === 'code' || joining.state === 'checking';
}

/** Changes when the cells are to be empty and open for the next digits; while digits are checked they stay. */
export function digitsRound({ state, attemptsLeft, problem }: JoiningInvitation): string {
  return state === 'checking' ? state : `${state} ${attemptsLeft} ${problem?.type ?? ''}`;
}

/** The line below the cells: why the last digits were not taken, and how many attempts are left. */
export function digitsLine({ attemptsLeft, problem }: JoiningInvitation): string {
  const words = messages.invitations;
  if (problem === null) return words.attempts(attemptsLeft);
  return problem.type === 'wrong-code'
    ? words.wrong(attemptsLeft)
    : `${problem.message} ${words.attempts(attemptsLeft)}.`;
}

export function isWorking(state: JoiningInvitation['state']): boolean {
  return state === 'locating' || state === 'connecting' || state === 'checking' || state === 'admitting';
}

/** It is under way, and slower than on a direct connection. */
export function goesByRelay({ state, relayed }: JoiningInvitation): boolean {
  return relayed && state !== 'ended' && state !== 'joined';
}
