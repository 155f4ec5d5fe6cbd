/** Devices with the log and the objects over one database, and what a space is there as one hash. */
import { stateHash } from '../../../main/engine/archive/state-hash.ts';
import { toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import type { SpaceObjects } from '../../../main/engine/echo/object-types.ts';
import { createObjects } from '../../../main/engine/echo/objects.ts';
import type { Objects } from '../../../main/engine/echo/objects.ts';
import { createReplicas } from '../../../main/engine/echo/replicas.ts';
import type { Replica, Sink } from '../../../main/engine/echo/replica.ts';
import type { Clock } from '../../../main/engine/ports.ts';
import { device, seededRandom } from './fixture.ts';
import type { Device, Person } from './fixture.ts';

export interface FullDevice extends Device {
  objects: Objects;
  /** Its program ended and began again: everything in memory is forgotten. */
  again(): void;
}

/** A clock that stands still and lets others have their turn. */
export const still: Clock = {
  now: () => 1_790_000_000_000,
  monotonic: () => 0,
  after(_ms, fn) {
    const timer = setImmediate(fn);
    return () => clearImmediate(timer);
  },
};

/** What is otherwise than usual about it: `sink` takes the entries in place of the objects. */
interface Changes {
  readonly clock?: Clock;
  readonly sink?: (objects: Objects) => Sink;
}

export function fullDevice(owner: Person, name: string, { clock = still, sink }: Changes = {}): FullDevice {
  const made = device(owner, name);
  const { storage, keys } = made;
  let starts = 0;
  const open = (): Objects => {
    const random = seededRandom(`${name} objects ${++starts}`);
    const parts = { storage, random, clock, log: () => undefined };
    const objects = createObjects(parts);
    const identity = { identityId: owner.identityId, deviceId: keys.sign.pk, keys, chain: () => owner.certs };
    made.replicas = createReplicas({ ...parts, identity, sink: sink?.(objects) ?? objects });
    return objects;
  };
  const full: FullDevice = Object.assign(made, {
    objects: open(),
    again() {
      full.objects.close();
      full.objects = open();
    },
  });
  return full;
}

export const spaceAt = (of: FullDevice, { spaceId }: Replica): SpaceObjects =>
  of.objects.space(of.replicas.get(spaceId) as Replica);

export async function hashAt(of: FullDevice, { spaceId }: Replica): Promise<Hex> {
  const replica = of.replicas.get(spaceId) as Replica;
  const objects = of.objects.space(replica);
  objects.flush();
  return toHex(await stateHash(replica, objects, replica.have(), () => Promise.resolve()));
}

/** Everything that a space has here, as others get it. */
export const everything = (of: FullDevice, { spaceId }: Replica): string[] => {
  const replica = of.replicas.get(spaceId) as Replica;
  return replica
    .have()
    .flatMap(([logId, seq]) => replica.read([logId, 1, seq], Number.MAX_SAFE_INTEGER))
    .map(([header, payload]) => `${toHex(header)} ${payload ? toHex(payload) : '-'}`)
    .sort();
};
