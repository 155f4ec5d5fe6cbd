/** Who asks to be let in, for the person at the host. */
import { toHex } from '../bytes.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import { linkWords } from '../halo/phrase.ts';
import type { Admission } from './host.ts';
import type { Guest } from './invitation.ts';

/** null when its chain does not hold. */
export function guestOf({ chain, deviceId, device }: Admission, h: Uint8Array, self: Uint8Array): Guest | null {
  if (device) {
    const { name } = device;
    const words = linkWords(h, self, deviceId);
    return { identityId: '', deviceId: toHex(deviceId), name, avatar: '', deviceName: name, words };
  }
  const state = verifyChain(chain);
  if (state instanceof ChainFault) return null;
  const { name, avatar } = state.profile;
  const id = toHex(deviceId);
  const deviceName = state.devices.get(id)?.name ?? '';
  return { identityId: toHex(state.identityId), deviceId: id, name, avatar, deviceName };
}
