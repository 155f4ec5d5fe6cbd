/** Other devices as the person calls them: what one's own were renamed to is known to the own devices only. */
import type { PeerStatus } from '../engine/mesh/mesh.ts';
import type { Engine } from './engine.ts';

type Told = Pick<PeerStatus, 'deviceId' | 'identityId' | 'deviceName'>;
export type Named<T extends Told> = T & {
  /** Another device of this person. */
  readonly own: boolean;
};

export function named<T extends Told>({ identityId, halo }: Pick<Engine, 'identityId' | 'halo'>, told: T): Named<T> {
  const own = told.identityId === identityId;
  return { ...told, own, deviceName: (own ? halo.deviceName(told.deviceId) : undefined) ?? told.deviceName };
}
