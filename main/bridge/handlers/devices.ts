/** Answers the devices domain of the contract. */
import type { deviceOperations } from '../../../preload/contract/devices.ts';
import { CoveError } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';

export function deviceHandlers({ state, windows }: Environment): Pick<Handlers, keyof typeof deviceOperations> {
  return {
    'devices.invite': () => ({ invitationId: state.client.halo.devices.invite().invitation.id }),
    'devices.answer': ({ invitationId, deviceId, approved }) => {
      const invitation = state.client.halo.devices.invitations.find(({ id }) => id === invitationId);
      if (invitation === undefined) throw new CoveError('invitation-unknown');
      if (invitation.waiting?.deviceId !== deviceId) throw new CoveError('device-gone');
      invitation.approve(deviceId, approved);
      return null;
    },
    'devices.link': ({ text }) => {
      const { halo, echo } = state.client;
      return { joiningId: halo.linkDevice(echo.decodeInvitation(text)).invitation.id };
    },
    'devices.rename': ({ deviceId, name }) => {
      state.client.halo.devices.rename(deviceId, name);
      return null;
    },
    'devices.revoke': async ({ deviceId }) => {
      await state.client.halo.devices.revoke(deviceId);
      return null;
    },
    'devices.revokeWithPhrase': ({ deviceIds }, { contents }) => {
      windows.openPhrase(contents, { task: 'revoke', deviceIds });
      return null;
    },
    'devices.recover': (_input, { contents }) => {
      windows.openPhrase(contents, { task: 'recover' });
      return null;
    },
  };
}
