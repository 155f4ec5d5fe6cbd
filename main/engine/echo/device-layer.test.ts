/** The device layer over histories that are longer than a stack is deep. */
import { beforeAll, expect, test } from 'vitest';
import { device, person, revoke } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { Placed } from './authority.ts';
import { allBefore } from './bits.ts';
import { DeviceLayer } from './device-layer.ts';
import { Identities } from './identities.ts';
import { Reducer } from './reducer.ts';

beforeAll(ready);

test('two revoked devices of one person may tell of each other by turns for as long as they like', () => {
  const bob = person('bob');
  const [desk, phone] = [device(bob, 'desk'), device(bob, 'phone')];
  for (const lost of [desk, phone]) revoke(bob, lost);
  const [by, identities] = [toHex(bob.identityId), new Identities()];
  const entries = Array.from({ length: 5_000 }, (_, index): Placed => {
    const log = toHex((index % 2 === 0 ? desk : phone).deviceId);
    identities.add(index, bob.certs, bob.identityId);
    const place = { hash: `${index}`, log, seq: 1 + (index >>> 1), past: allBefore(index) };
    return { ...place, device: log, by, type: 'IdentityUpdate', admits: undefined };
  });
  const layer = new DeviceLayer(entries, identities, () => new Reducer([by], () => true));
  layer.genesis.push(0);
  expect([layer.wasEligible(4_000), layer.isEligible(1), layer.isEligible(4_000)]).toEqual([true, false, false]);
});
