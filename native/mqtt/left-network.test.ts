/** A connection from an address that this computer no longer has is over, though nobody has said so. */
import type { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { startMosquitto } from '../../test/ports/mosquitto.ts';
import { eventually } from '../../test/ports/mqtt-world.ts';
import { createSystemClock } from '../clock.ts';
import { createSystemRandom } from '../random.ts';
import { createMqttRendezvous } from './rendezvous.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const having = (...addresses: string[]): ReturnType<typeof networkInterfaces> => ({
  eth0: addresses.map((address) => ({
    ...{ family: 'IPv4' as const, address, internal: false, netmask: '', mac: '', cidr: null },
  })),
});

test('after a change of the network it is made anew at once, and another one is asked whether it lives', async () => {
  const broker = await startMosquitto();
  cleanups.push(() => broker.close());
  let present = having('127.0.0.1');
  const peer = createMqttRendezvous({
    ...{ urls: [broker.url], clock: createSystemClock(), random: createSystemRandom(), log: () => undefined },
    interfaces: () => present,
  });
  cleanups.push(() => peer.close());
  const state = () => peer.health()[0]?.state;
  await eventually('it is online', () => state() === 'online');
  peer.retry();
  expect(state(), 'another network has come beside it').toBe('online');
  present = having('192.168.7.2');
  peer.retry();
  expect(state(), 'it came from an address that is gone').toBe('connecting');
  await eventually('it is back', () => state() === 'online');
});
