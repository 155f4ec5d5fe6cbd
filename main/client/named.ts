/** Other devices as the person calls them: what one's own were renamed to is known to the own devices only. */
import type { Hex } from '../engine/bytes.ts';
import type { PeerStatus } from '../engine/mesh/mesh.ts';
import type { Engine } from './engine.ts';

type Told = Pick<PeerStatus, 'deviceId' | 'identityId' | 'deviceName'> & Partial<Pick<PeerStatus, 'through'>>;
/** The device of a member who carries what others say to each other. */
export interface Carrier {
  readonly deviceId: Hex;
  /** The member's. */
  readonly name: string;
  readonly deviceName: string;
  /** Another device of this person. */
  readonly own: boolean;
}
/** A device, and whose it is. */
export type Named<T extends Told> = T & {
  /** Another device of this person. */
  readonly own: boolean;
  /** Who carries it, while its link is `friend`: somebody this person shares a space with, not always this one. */
  readonly carrier?: Carrier;
};
type Known = Pick<Engine, 'identityId' | 'halo' | 'replicas'>;

export function named<T extends Told>(engine: Known, told: T): Named<T> {
  const carrier = told.through === undefined ? undefined : carrierOf(engine, told.through);
  return { ...told, ...ownName(engine, told), ...(carrier === undefined ? {} : { carrier }) };
}

function ownName({ identityId, halo }: Pick<Known, 'identityId' | 'halo'>, told: Told) {
  const own = told.identityId === identityId;
  return { own, deviceName: (own ? halo.deviceName(told.deviceId) : undefined) ?? told.deviceName };
}

function carrierOf(engine: Known, deviceId: Hex): Carrier | undefined {
  for (const replica of [...engine.replicas.halos(), ...engine.replicas.all()])
    for (const { name, devices } of replica.authority().members) {
      const device = devices.find((one) => one.deviceId === deviceId);
      if (device === undefined) continue;
      return { deviceId, name, ...ownName(engine, { ...device, deviceName: device.name }) };
    }
  return undefined;
}
