/** Whole devices (log, objects, encrypted database, mesh) on the simulated network. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { SimNet } from '../net/sim-net.ts';
import { startDevices, TestDevice } from './devices.ts';

beforeAll(ready);

const converged = (key: string, all: readonly TestDevice[]): boolean =>
  new Set(all.map((device) => device.state(key))).size === 1;

test('two people with a common space see the same objects, and both can say so', async () => {
  const net = new SimNet({ seed: 1 });
  const all = await startDevices(net, 'ada', 'bob');
  const [ada, bob] = all as [TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  for (let i = 0; i < 20; i++) ada.space(key).create({ type: 'task', title: `Task ${i}` });
  ada.space(key).flush();
  ada.invite(bob, key);
  await net.runUntil(() => bob.space(key).count({ type: 'task' }) === 20, 20_000);
  const note = bob.space(key).create({ type: 'note', title: 'From Bob' });
  bob.space(key).flush();
  await net.runUntil(() => ada.space(key).get(note)?.fields['title'] === 'From Bob', 5_000);
  await net.runUntil(() => converged(key, all), 10_000);
  const state = (device: TestDevice) => device.mesh.status(key).state;
  await net.runUntil(() => state(ada) === 'up-to-date' && state(bob) === 'up-to-date', 10_000);
  for (const device of all) device.remove();
});

test('a third device that has never met the newcomer lets him in on what he shows', async () => {
  const net = new SimNet({ seed: 2 });
  const all = await startDevices(net, 'ada', 'bob', 'cy');
  const [ada, bob, cy] = all as [TestDevice, TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key);
  await net.runUntil(() => converged(key, [ada, bob]), 20_000);
  net.partition(['ada', 'cy'], ['bob']);
  ada.space(key).create({ type: 'note', title: 'while Bob was away' });
  ada.space(key).flush();
  ada.invite(cy, key);
  await net.runUntil(() => converged(key, [ada, cy]), 60_000);
  net.partition(['bob', 'cy'], ['ada']); // Ada is gone: only Cy can tell Bob that Cy belongs
  await net.runUntil(() => converged(key, [bob, cy]), 180_000);
  expect(bob.replica(key).authority().members).toHaveLength(3);
  net.heal();
  await net.runUntil(() => converged(key, all), 60_000);
  for (const device of all) device.remove();
});

test('two to five devices on a bad network, cut off and killed: they converge and lose nothing acknowledged', async () => {
  for (let seed = 20; seed < 26; seed++) {
    const net = new SimNet({ seed, loss: 0.2, duplicate: 0.1, reorder: true, delayMs: [1, 300], breakage: 0.005 });
    const names = ['ada', 'bob', 'cy', 'dee', 'eve'].slice(0, 2 + (seed % 4));
    const all = await startDevices(net, ...names);
    const host = all[0] as TestDevice;
    const key = host.replicas.create().key;
    for (const guest of all.slice(1)) host.invite(guest, key);
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 15; round++) {
      const device = all[net.prng.u32() % all.length] as TestDevice;
      for (let i = net.prng.u32() % 5; i >= 0; i--) {
        const title = `${round} ${i} ${device.name}`;
        acknowledged.set(device.space(key).create({ type: 'note', title }), title);
      }
      const fault = net.prng.u32() % 5;
      if (fault === 0) net.partition(names.slice(0, 1), names.slice(1));
      else if (fault === 1) net.heal();
      else if (fault === 2) net.breakChannels(device.name);
      else if (fault === 3) {
        net.crash(device.name);
        device.abandon();
        await device.start();
      }
      await net.run(net.prng.u32() % 15_000);
    }
    net.heal();
    net.setQuality({ loss: 0, breakage: 0 });
    await net.runUntil(
      () => converged(key, all) && all.every((device) => device.space(key).pendingCount() === 0),
      90_000,
    );
    const found = new Map(
      host
        .space(key)
        .query({ type: 'note' })
        .map(({ id, fields }) => [id, fields['title']]),
    );
    expect([seed, found]).toEqual([seed, acknowledged]);
    for (const device of all) device.remove();
  }
});

test('four thousand entries of two interleaved logs are caught up with in virtual seconds', async () => {
  const net = new SimNet({ seed: 3 });
  const all = await startDevices(net, 'ada', 'bob');
  const [ada, bob] = all as [TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key);
  await net.runUntil(() => converged(key, all), 20_000);
  for (let round = 0; round < 50; round++) {
    for (const device of all) {
      for (let i = 0; i < 40; i++)
        device.replica(key).append([[new Uint8Array(16).fill(round), { '/n': [0, i] }, null]]);
    }
    await net.run(2_000);
  }
  await net.runUntil(() => converged(key, all), 20_000);
  const cy = new TestDevice('cy', () => ({
    clock: net.clock('cy'),
    random: net.random('cy'),
    rendezvous: net.rendezvous('cy'),
    transport: net.transport('cy'),
  }));
  await cy.start();
  ada.invite(cy, key);
  const started = net.time;
  await net.runUntil(() => converged(key, [...all, cy]), 60_000);
  expect(net.time - started).toBeLessThan(10_000);
  for (const device of [...all, cy]) device.remove();
});

test('an owner who has heard of a space by its grant only brings somebody else in while its founder is gone', async () => {
  const net = new SimNet({ seed: 12 });
  const [ada, bob, mia] = (await startDevices(net, 'ada', 'bob', 'mia')) as [TestDevice, TestDevice, TestDevice];
  const met = ada.replicas.create().key;
  ada.invite(bob, met);
  await net.runUntil(() => ada.state(met) === bob.state(met), 60_000);
  const { identityId } = bob.profile.identity;
  const key = ada.replicas.create({ coOwners: [identityId] }).key;
  net.partition(['bob', 'mia']);
  ada.invite(bob, key);
  bob.space(key).create({ type: 'note', title: 'Plan' });
  bob.space(key).flush();
  bob.invite(mia, key);
  const titles = (): unknown[] =>
    mia
      .space(key)
      .query({})
      .map(({ fields }) => fields['title']);
  await net.runUntil(() => titles().length > 0, 5_000);
  expect(titles()).toEqual(['Plan']);
  for (const device of [ada, bob, mia]) device.remove();
});
