/** "It is on that device", "you may close this computer": said only when it is so. Whole devices, simulated network. */
import { beforeAll, expect, test } from 'vitest';
import type { Hex } from '../../../main/engine/bytes.ts';
import { closing, holders } from '../../../main/client/holders.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { SimNet } from '../net/sim-net.ts';
import { startDevices, type TestDevice } from './devices.ts';

beforeAll(ready);

const source = (device: TestDevice, key: Hex) => ({
  mesh: device.mesh,
  replica: device.replica(key),
  objects: device.space(key),
});
const has = (device: TestDevice, key: Hex, note?: Hex): boolean[] =>
  holders(source(device, key), note).map(({ holds }) => holds);
const may = (device: TestDevice, key: Hex) => closing(source(device, key));

test('it is safe to close when another device has said that it stored all of it, and not a moment earlier', async () => {
  const net = new SimNet({ seed: 7 });
  const [ada, bob] = (await startDevices(net, 'ada', 'bob')) as [TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  const note = ada.space(key).create({ type: 'note', title: 'Plan' }, { body: 'one' });
  ada.space(key).flush();
  expect([may(ada, key), has(ada, key, note)]).toEqual(['alone', []]);
  ada.invite(bob, key);
  expect([may(ada, key), has(ada, key, note)]).toEqual(['not-yet', [false]]);
  await net.runUntil(() => may(ada, key) === 'safe', 60_000);
  // What the light says is true: it is there.
  expect(bob.space(key).get(note, { texts: true })?.fields['title']).toBe('Plan');
  expect(has(ada, key, note)).toEqual([true]);

  // An edit that waits to become an entry, and an entry that nobody has, both put it out at once.
  ada.space(key).set(note, '/title', 'Plan B');
  expect([may(ada, key), has(ada, key, note)]).toEqual(['not-yet', [false]]);
  net.partition(['ada'], ['bob']);
  ada.space(key).set(note, '/title', 'Plan C');
  ada.space(key).flush();
  await net.run(120_000);
  expect([may(ada, key), has(ada, key, note)]).toEqual(['not-yet', [false]]);
  net.heal();
  ada.mesh.retryNow();
  await net.runUntil(() => may(ada, key) === 'safe', 120_000);
  expect(bob.space(key).get(note)?.fields['title']).toBe('Plan C');

  // A note that did not change stays there, whatever is written elsewhere; known without a connection too.
  net.partition(['ada'], ['bob']);
  ada.space(key).create({ type: 'note', title: 'Another' });
  ada.space(key).flush();
  await net.run(120_000);
  expect([has(ada, key, note), has(ada, key), may(ada, key)]).toEqual([[true], [false], 'not-yet']);
  for (const device of [ada, bob]) device.remove();
});

test('a device that was removed holds nothing for anybody any more', async () => {
  const net = new SimNet({ seed: 8 });
  const [ada, bob] = (await startDevices(net, 'ada', 'bob')) as [TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key);
  await net.runUntil(() => may(ada, key) === 'safe', 60_000);
  ada.replica(key).appendControl({ type: 'MemberRemove', identityId: bob.profile.identity.identityId });
  expect([may(ada, key), has(ada, key)]).toEqual(['alone', []]);
  for (const device of [ada, bob]) device.remove();
});

test('a device that put an older copy back holds what that copy holds, and says so as soon as it is met', async () => {
  const net = new SimNet({ seed: 9 });
  const [ada, bob] = (await startDevices(net, 'ada', 'bob')) as [TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key);
  await net.runUntil(() => may(ada, key) === 'safe', 60_000);
  bob.stop();
  const putBack = bob.copyDisk();
  await bob.start();
  const note = ada.space(key).create({ type: 'note', title: 'Plan' });
  ada.space(key).flush();
  await net.runUntil(() => may(ada, key) === 'safe', 60_000);

  bob.stop();
  putBack();
  await bob.start();
  const there = (): boolean => bob.space(key).get(note) !== undefined;
  expect(there()).toBe(false);
  let dark = false;
  let wrong = 0;
  await net.runUntil(() => {
    const said = may(ada, key);
    dark ||= said === 'not-yet';
    if (dark && said === 'safe' && !there()) wrong++;
    return dark && said === 'safe';
  }, 120_000);
  expect({ there: there(), wrong, held: has(ada, key, note) }).toEqual({ there: true, wrong: 0, held: [true] });
  for (const device of [ada, bob]) device.remove();
});

test('a device that is connected and takes nothing in is called stalled after a minute, and no other is', async () => {
  const net = new SimNet({ seed: 10 });
  const [ada, bob, mia] = (await startDevices(net, 'ada', 'bob', 'mia')) as [TestDevice, TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key);
  ada.invite(mia, key);
  await net.runUntil(() => has(ada, key).join() === 'true,true', 60_000);
  // Bob's Cove keeps no more of the space than is there already: what is written now does not come in.
  bob.stop();
  bob.quota = 1;
  await bob.start();
  const there = (): boolean => ada.mesh.status(key).peers.every(({ connected, upToDate }) => connected && upToDate);
  await net.runUntil(there, 120_000);
  const stalled = (at = ada) => holders(source(at, key)).flatMap((one) => (one.stalled ? [one.name] : []));
  // An hour without anything to say is no stall, nor is the moment in which something is on its way.
  await net.run(3_600_000);
  const began = net.time;
  ada.space(key).create({ type: 'note', title: 'Plan' });
  ada.space(key).flush();
  expect(stalled()).toEqual([]);
  await net.runUntil(() => stalled().length > 0, 120_000);
  expect(stalled()).toEqual(['bob']);
  expect(net.time - began).toBeGreaterThan(55_000);
  // The one that takes nothing in has all that Ada lacks: it does not say that she is.
  await net.run(60_000);
  expect(stalled(bob)).toEqual([]);
  // With room again it is over.
  bob.stop();
  bob.quota = undefined;
  await bob.start();
  await net.runUntil(() => there() && may(ada, key) === 'safe', 120_000);
  expect(stalled()).toEqual([]);
  for (const device of [ada, bob, mia]) device.remove();
});

test('one whose disk is full is stalled too, though it answers to all that is written meanwhile', async () => {
  const net = new SimNet({ seed: 11 });
  const [ada, bob] = (await startDevices(net, 'ada', 'bob')) as [TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key);
  await net.runUntil(() => has(ada, key).join() === 'true', 60_000);
  const replica = bob.replica(key);
  const receive = replica.receive.bind(replica);
  replica.receive = () => ({ stored: 0, missing: [] }); // as it does when its transaction fails
  for (let half = 0; half < 4; half++) {
    ada.space(key).create({ type: 'note', title: 'Plan' });
    ada.space(key).flush();
    await net.run(30_000);
  }
  expect(holders(source(ada, key)).map(({ stalled }) => stalled)).toEqual([true]);
  replica.receive = receive;
  await net.runUntil(() => has(ada, key).join() === 'true', 180_000);
  expect(holders(source(ada, key)).map(({ stalled }) => stalled)).toEqual([false]);
  for (const device of [ada, bob]) device.remove();
});
