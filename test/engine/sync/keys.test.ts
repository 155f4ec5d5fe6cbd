/** Keys that a member's device misses reach it by way of whoever is connected, though nobody writes. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { SimNet } from '../net/sim-net.ts';
import { startDevices, type TestDevice } from './devices.ts';

beforeAll(ready);

test('who was let in while others changed the keys reads what they wrote, though nobody writes any more', async () => {
  const net = new SimNet({ seed: 1 });
  const all = await startDevices(net, 'ada', 'bob', 'cy', 'dora');
  const [ada, bob, cy, dora] = all as [TestDevice, TestDevice, TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key, 'admin');
  ada.invite(cy, key);
  const three = [ada, bob, cy];
  await net.runUntil(() => new Set(three.map((device) => device.state(key))).size === 1, 60_000);

  net.partition(['ada', 'cy'], ['bob', 'dora']);
  ada.replica(key).appendControl({ type: 'MemberRemove', identityId: cy.profile.identity.identityId });
  ada.space(key).create({ type: 'note', title: 'under a new key' });
  ada.space(key).flush();
  bob.invite(dora, key, 'reader');
  await net.run(60_000);
  net.heal();
  const titles = (device: TestDevice): unknown[] =>
    device
      .space(key)
      .query({})
      .map(({ fields }) => fields['title']);
  await net.runUntil(() => titles(dora).includes('under a new key'), 60_000);
  expect(titles(bob)).toEqual(['under a new key']);
  expect(titles(cy)).toEqual([]);
  for (const device of all) device.remove();
});
