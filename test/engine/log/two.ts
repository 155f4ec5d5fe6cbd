/** Two people with whole devices in one space, without a network: for tests of what is in the log. */
import type { Storage } from '../../../main/engine/ports.ts';
import { toHex } from '../../../main/engine/bytes.ts';
import { createObjects } from '../../../main/engine/echo/objects.ts';
import type { Objects, SpaceObjects } from '../../../main/engine/echo/objects.ts';
import type { Replica } from '../../../main/engine/echo/replica.ts';
import { createReplicas } from '../../../main/engine/echo/replicas.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import { device, invite, person, seededRandom, sync } from './fixture.ts';
import type { Device, Person } from './fixture.ts';

export interface FullDevice extends Device {
  objects: Objects;
  /** Its program ended and began again: the space as it is from the database. */
  again(replica: Replica): SpaceObjects;
}

export const clock = createVirtualClock();

export function fullDevice(owner: Person, name: string, database?: Storage): FullDevice {
  const made = device(owner, name, database);
  const { storage, keys } = made;
  const random = seededRandom(`${name} objects`);
  const identity = { identityId: owner.identityId, deviceId: keys.sign.pk, keys, chain: () => owner.certs };
  const start = () => {
    const objects = createObjects({ storage, clock, random, log: () => undefined });
    made.replicas = createReplicas({ storage, random, clock, identity, sink: objects, log: () => undefined });
    return objects;
  };
  const full = Object.assign(made, {
    objects: start(),
    again({ spaceId }: Replica) {
      full.objects.close();
      full.objects = start();
      return full.objects.space(made.replicas.get(spaceId) as Replica);
    },
  });
  return full;
}

/** As in a window; an entry of its own. */
export function type(space: SpaceObjects, id: string, at: number, remove: number, insert: string): void {
  const document = space.document(id, 'body');
  const { length } = document.text();
  const changes = [...(at > 0 ? [at] : []), [remove, insert], ...(length > at + remove ? [length - at - remove] : [])];
  document.push(document.version, [{ changes, clientId: 'window' }]);
  document.close();
  space.flush();
}

export const body = (space: SpaceObjects, id: string) => space.get(id, { texts: true })?.texts?.['body'] ?? '';

/** Alice has let Bob into a space. */
export function two() {
  const [alice, bob] = [person('alice'), person('bob')];
  const [a, b] = [fullDevice(alice, 'a'), fullDevice(bob, 'b')];
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
