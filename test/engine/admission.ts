/** A device let into somebody's chain: what the new device signs, and the certificate of who lets it in. */
import type { DeviceKeys } from '../../main/engine/crypto/keys.ts';
import type { KeyPair } from '../../main/engine/crypto/sign.ts';
import { makeDeviceAdmit, makeDevicePop } from '../../main/engine/halo/cert.ts';

export interface Admission {
  readonly by: KeyPair;
  readonly identityId: Uint8Array;
  readonly keys: DeviceKeys;
  readonly name: string;
  /** Hashes, ascending. */
  readonly past: readonly Uint8Array[];
}

export function admission({ by, identityId, keys, name, past }: Admission): Uint8Array {
  const pop = makeDevicePop(keys, identityId, by.pk, past);
  const device = { deviceId: keys.sign.pk, noisePk: keys.noise.pk, boxPk: keys.box.pk, name, pop };
  return makeDeviceAdmit(by, identityId, device, past);
}
