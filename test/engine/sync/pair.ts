/** Ada and Bob with one space on a simulated network, and what devices there have and tell. */
import { toHex } from '../../../main/engine/bytes.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import type { ModelSpace } from './model-replica.ts';
import { replicaOf, world } from './world.ts';
import type { World } from './world.ts';

export const keyOf = (space: ModelSpace): string => toHex(space.spaceId);
export const entries = (w: World, name: string, space: ModelSpace): number => replicaOf(w.peer(name), space).entries;

export const logged = (w: World, name: string, event: string): number =>
  w.peer(name).events.filter((row) => row.event === event).length;

export const sessionsOf = (w: World, name: string): number => {
  return logged(w, name, 'mesh.session') - logged(w, name, 'mesh.session-end');
};

export function pair(seed: number, options: Partial<ConstructorParameters<typeof SimNet>[0]> = {}) {
  const net = new SimNet({ seed, ...options });
  const w = world(net, ['ada', 'bob']);
  const space = modelSpace('garden');
  w.share(space, ['ada', 'bob']);
  return { net, w, space };
}
