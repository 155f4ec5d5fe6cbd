/** What the states of an invitation mean for the person looking at it. */
import type { HostedInvitation, JoiningInvitation } from '../../preload/contract/index.ts';
import { messages } from '../messages/index.ts';

/** The sentence of an invitation that ended without success; null while it may still work, or when it did. */
export function hostedEnd(invitation: HostedInvitation | null | undefined): string | null {
  if (invitation === null || invitation === undefined || invitation.state !== 'ended') return null;
  // A used-up invitation ends too, and that is no failure.
  return invitation.ended?.message ?? messages.invitations.hosted.ended;
}

/** Still worth showing as open, for lists. */
export function isOpen(invitation: HostedInvitation): boolean {
  return invitation.state !== 'ended' && (invitation.multiUse || invitation.state !== 'joined');
}

/** The cells take digits only while the other side is there to check them, or while the code can wait for it. */
export function asksForDigits(joining: JoiningInvitation): boolean {
  return joining.state === 'code' || joining.state === 'checking';
}

export function isWorking(state: JoiningInvitation['state']): boolean {
  return state === 'locating' || state === 'connecting' || state === 'checking' || state === 'admitting';
}
