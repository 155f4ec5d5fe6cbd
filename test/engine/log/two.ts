/** Two people with whole devices in one space, without a network: for tests of what is in the log. */
import { toHex } from '../../../main/engine/bytes.ts';
import type { SpaceObjects } from '../../../main/engine/echo/objects.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import { invite, person, sync } from './fixture.ts';
import { fullDevice } from './full-device.ts';

export const clock = createVirtualClock();

/** As in a window; an entry of its own. */
export function type(space: SpaceObjects, id: string, at: number, remove: number, insert: string): void {
  press(space, id, at, remove, insert);
  space.flush();
}

/** The same, not saved yet. */
export function press(space: SpaceObjects, id: string, at: number, remove: number, insert: string): void {
  const document = space.document(id, 'body');
  const { length } = document.text();
  const changes = [...(at > 0 ? [at] : []), [remove, insert], ...(length > at + remove ? [length - at - remove] : [])];
  document.push(document.version, [{ changes, clientId: 'window' }]);
  document.close();
}

export const body = (space: SpaceObjects, id: string) => space.get(id, { texts: true })?.texts?.['body'] ?? '';

/** Alice has let Bob into a space. */
export function two() {
  const [alice, bob] = [person('alice'), person('bob')];
  const [a, b] = [fullDevice(alice, 'a', { clock }), fullDevice(bob, 'b', { clock })];
  const replicaA = a.replicas.create();
  const here = a.objects.space(replicaA);
  here.setSpaceField('name', 'Garden');
  here.flush();
  const replicaB = invite(a, replicaA, b, bob);
  const there = b.objects.space(replicaB);
  const exchange = () => {
    here.flush();
    there.flush();
    sync(replicaA, replicaB);
  };
  exchange();
  return {
    alice,
    bob,
    a,
    b,
    here,
    there,
    exchange,
    replicaA,
    replicaB,
    ids: [alice, bob].map((one) => toHex(one.identityId)),
  };
}
