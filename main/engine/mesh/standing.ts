/** Whether a device that has proved a key belongs to a space: the question before every session and every channel of one. */
import { equal } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';

/** How a device stands in a space, by what this device knows now. */
export type Standing = 'member' | 'unknown' | 'impostor';

/** Whether the device that proved `noisePk` is a current member's device in that space. */
export function standing(replica: Replica, deviceId: Hex, noisePk: Uint8Array): Standing {
  const device = replica.authority().device(deviceId);
  if (!device) return 'unknown';
  return equal(device.noisePk, noisePk) ? 'member' : 'impostor';
}
