/** Answers the invitations domain of the contract. */
import { clipboard } from 'electron';
import type { invitationOperations } from '../../../preload/contract/invitations.ts';
import { CoveError, InvitationEncoder, type GuestInvitation, type HostInvitation } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import { failure } from '../failure.ts';
import type { Handlers } from '../router.ts';

const HOUR_MS = 3_600_000;

export function invitationHandlers({
  state,
  links,
  windows,
}: Environment): Pick<Handlers, keyof typeof invitationOperations> {
  const hosted = (invitationId: string): HostInvitation => {
    const found = state.client.echo.getHosted(invitationId);
    if (found === undefined) throw new CoveError('invitation-unknown');
    return found;
  };
  const joining = (joiningId: string): GuestInvitation => {
    const found = state.client.halo.getLinking(joiningId) ?? state.client.echo.getJoining(joiningId);
    if (found === undefined) throw new CoveError('invitation-unknown');
    return found;
  };
  return {
    'invitations.create': ({ spaceId, role, hours, multiUse, maxUses, approval }) => {
      const { invitation } = state.client.echo
        .getSpace(spaceId)
        .createInvitation({ role, multiUse, maxUses, approval, lifetimeMs: hours * HOUR_MS });
      return { invitationId: invitation.id };
    },
    'invitations.revoke': ({ invitationId }) => {
      hosted(invitationId).revoke();
      return null;
    },
    'invitations.answer': ({ invitationId, deviceId, approve }) => {
      hosted(invitationId).approve(deviceId, approve);
      return null;
    },
    'invitations.copy': async ({ invitationId, as }) => {
      const invitation = hosted(invitationId);
      // A promise from Electron 45 on, nothing before.
      await clipboard.writeText(as === 'code' ? invitation.code : InvitationEncoder.link(invitation));
      return null;
    },
    'invitations.check': ({ text }) => {
      try {
        const { code, kind, expiresAt } = state.client.echo.decodeInvitation(text);
        if (expiresAt <= Date.now()) throw new CoveError('expired');
        return { valid: true, code, kind, expiresAt };
      } catch (error) {
        return { valid: false, error: failure(error) };
      }
    },
    'invitations.accept': ({ text }) => {
      const { invitation } = state.client.echo.acceptInvitation(state.client.echo.decodeInvitation(text));
      return { joiningId: invitation.id };
    },
    'invitations.authenticate': ({ joiningId, code }) => {
      // The outcome reaches the window through its subscription, wrong codes included.
      void joining(joiningId)
        .authenticate(code)
        .catch(() => undefined);
      return null;
    },
    'invitations.cancel': ({ joiningId }) => {
      joining(joiningId).cancel();
      return null;
    },
    // Of several windows the one that came to the front with the link shows it.
    'invitations.takeLink': (_none, { contents }) => ({ text: windows.isInFront(contents) ? links.take() : null }),
  };
}
