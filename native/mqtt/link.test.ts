/** How a meeting point's connection is made again: after it was lost, after a change of the network, when somebody asks. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import type { Clock, Rendezvous } from '../../main/engine/ports.ts';
import { fakeBroker } from '../../test/ports/fake-broker.ts';
import { startMosquitto } from '../../test/ports/mosquitto.ts';
import { eventually } from '../../test/ports/mqtt-world.ts';
import { createSystemClock } from '../clock.ts';
import { createSystemRandom } from '../random.ts';
import { createMqttRendezvous } from './rendezvous.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
async function ending<T extends { close(): Promise<void> }>(made: T | Promise<T>): Promise<T> {
  const one = await made;
  cleanups.push(() => one.close());
  return one;
}

const parts = { clock: createSystemClock(), random: createSystemRandom(), log: () => undefined };
const rendezvous = (urls: readonly string[], clock: Clock = parts.clock): Promise<Rendezvous> =>
  ending(createMqttRendezvous({ ...parts, urls, clock }));

test('tries again after one second, then longer and longer, never all at the same moment', async () => {
  const waits: number[] = [];
  const system = createSystemClock();
  const clock: Clock = {
    ...system,
    after: (ms, fn) => {
      if (ms < 10_000) waits.push(ms);
      return system.after(ms < 10_000 ? 0 : ms, fn);
    },
  };
  await rendezvous(['mqtt://127.0.0.1:1'], clock);
  await eventually('in time', () => waits.length >= 6);
  const ceilings = [1_000, 2_000, 4_000, 4_000, 4_000, 4_000];
  waits.slice(0, 6).forEach((wait, i) => {
    expect(wait).toBeGreaterThanOrEqual((ceilings[i] as number) / 2);
    expect(wait).toBeLessThanOrEqual(ceilings[i] as number);
  });
  expect(new Set(waits.slice(2, 6)).size).toBeGreaterThan(1);
});

test('what is closed while it connects leaves no timer behind, which would keep a program from ending', async () => {
  const silent = createServer((socket) => void cleanups.push(async () => void socket.destroy()));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  cleanups.push(async () => void silent.close());
  // Others that run now, of the test runner say, have ended by then; one of the connection would take fifteen seconds.
  const timers = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  };
  const before = await timers();
  const { port } = silent.address() as AddressInfo;
  const meeting = await rendezvous([`mqtt://127.0.0.1:${port}`]);
  await once(silent, 'connection');
  expect(await timers()).toBeGreaterThan(before);
  await meeting.close();
  expect(await timers()).toBe(before);
});

test('after a change of the network a connection that shows nothing is made anew, one that lives stays, and no pause is waited for', async () => {
  const { url: alive } = await ending(startMosquitto());
  // It answers no PINGREQ, as if it were on the network before.
  const dead = await ending(fakeBroker());
  let after = 0;
  const system = createSystemClock();
  const meeting = await rendezvous([alive, dead.url, 'mqtt://127.0.0.1:1'], {
    ...system,
    after: (ms, fn) => system.after(ms, () => (after++, fn())),
  });
  const states = () => meeting.health().map(({ state }) => state);
  await eventually('in time', () => states().join() === 'online,online,offline');
  const seen: string[] = [];
  meeting.onHealth(() => void seen.push(states().join()));
  meeting.retry();
  await eventually('in time', () => seen.length > 0);
  expect([seen[0]?.split(',')[2], after], 'at once').toEqual(['connecting', 0]);
  await eventually('in time', () => dead.connections() === 2);
  await eventually('in time', () => states().join().startsWith('online,online'));
  expect(seen.filter((all) => !all.startsWith('online'))).toEqual([]);
});

test('a retry dials at once what waits for its next attempt', async () => {
  const clock = createSystemClock();
  // No pause ever ends by itself.
  const still: Clock = {
    ...clock,
    after: (ms, fn) => (ms >= 500 && ms <= 60_000 ? () => undefined : clock.after(ms, fn)),
  };
  const broker = await ending(startMosquitto());
  const peer = await rendezvous([broker.url], still);
  const state = () => peer.health()[0]?.state;
  await eventually('in time', () => state() === 'online');
  await broker.stop();
  await eventually('in time', () => state() === 'offline');
  await broker.start();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(state(), 'control: nobody dials').toBe('offline');
  peer.retry();
  await eventually('in time', () => state() === 'online');
});

const having = (...addresses: string[]): ReturnType<typeof networkInterfaces> => ({
  eth0: addresses.map((address) => ({
    ...{ family: 'IPv4' as const, address, internal: false, netmask: '', mac: '', cidr: null },
  })),
});

test('a connection from an address that is gone is made anew at once, and another one is asked whether it lives', async () => {
  const broker = await ending(startMosquitto());
  let present = having('127.0.0.1');
  const peer = await ending(createMqttRendezvous({ ...parts, urls: [broker.url], interfaces: () => present }));
  const state = () => peer.health()[0]?.state;
  await eventually('it is online', () => state() === 'online');
  peer.retry();
  expect(state(), 'another network has come beside it').toBe('online');
  present = having('192.168.7.2');
  peer.retry();
  expect(state(), 'it came from an address that is gone').toBe('connecting');
  await eventually('it is back', () => state() === 'online');
});
