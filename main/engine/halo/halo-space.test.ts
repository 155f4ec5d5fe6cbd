/** A linked device keeps the grant that it came with until it has used it. */
import { expect, test } from 'vitest';
import { openDevice } from '../../../test/proof/device.ts';
import type { Device } from '../../../test/proof/device.ts';
import { memoryVault } from '../../../test/proof/memory-vault.ts';
import { Prng } from '../../../test/engine/net/prng.ts';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { createMemoryKeychain } from '../../../test/ports/keychain-memory.ts';
import type { Replicas } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import type { ErrorType } from '../errors.ts';
import { encodeGrant } from '../invitation/messages.ts';
import { HaloSpace } from './halo-space.ts';

test('a disk that takes nothing leaves the grant for the next start; a grant that is none is given up', async () => {
  const clock = createVirtualClock();
  const parts = { vault: memoryVault(), keychain: createMemoryKeychain(), clock, random: new Prng('halo') };
  const device = (await openDevice(parts, 'Ana')) as Device;
  const grant = encodeGrant(device.halo.letter());
  const begin = (type: ErrorType): [boolean, boolean] => {
    let taken = false;
    let begun = true;
    const { replicas: real } = device;
    const replicas: Replicas = {
      ...real,
      all: () => real.all(),
      halos: () => real.halos(),
      get: (spaceId) => real.get(spaceId),
      onChange: (fn) => real.onChange(fn),
      join() {
        throw new CoveError(type);
      },
    };
    const profile = { haloGrant: () => grant, haloGrantTaken: () => void (taken = true) };
    const { objects, profile: opened } = device;
    const { storage, identity } = opened;
    try {
      new HaloSpace({
        ...{ profile, storage, clock, replicas, objects, identity, log: () => undefined },
      }).close();
    } catch {
      begun = false;
    }
    return [begun, taken];
  };
  expect(begin('disk-full')).toEqual([false, false]);
  expect(begin('disk-failing')).toEqual([false, false]);
  expect(begin('refused')).toEqual([true, true]);
  device.stop();
  device.profile.storage.close();
});
