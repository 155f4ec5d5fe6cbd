/** Who is known to know the keys of a space by what he has written, without ever having been connected. */
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../main/engine/bytes.ts';
import type { LogHead } from '../../../main/engine/echo/replica.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { SimNet } from '../net/sim-net.ts';
import { startDevices } from './devices.ts';
import type { TestDevice } from './devices.ts';

beforeAll(ready);

test('whoever has written since an epoch was made is known to know it, and nobody else', async () => {
  const net = new SimNet({ seed: 1 });
  const all = await startDevices(net, 'ada', 'bob', 'cy', 'dora');
  const [ada, bob, cy, dora] = all as [TestDevice, TestDevice, TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  for (const guest of [bob, cy, dora]) ada.invite(guest, key);
  const known = (): string[] => {
    const knowers = ada.replica(key).knowers(ada.replica(key).epochHead() as LogHead);
    return all.filter(({ profile }) => knowers.has(toHex(profile.identity.deviceId))).map(({ name }) => name);
  };
  await net.runUntil(() => known().length === 4, 60_000);
  net.partition(['ada', 'bob'], ['dora']);
  ada.replica(key).appendControl({ type: 'MemberRemove', identityId: cy.profile.identity.identityId });
  expect(known()).toEqual(['ada']);
  await net.run(5_000);
  for (const device of [bob, dora]) {
    device.space(key).create({ type: 'note', title: `from ${device.name}` });
    device.space(key).flush();
  }
  await net.runUntil(() => known().includes('bob'), 10_000);
  expect(known()).toEqual(['ada', 'bob']);
  for (const device of all) device.remove();
});
