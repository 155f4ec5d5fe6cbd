import type { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { watchNetworks } from './networks.ts';

type System = ReturnType<typeof networkInterfaces>;
const at = (address: string, internal = false) => [
  { family: 'IPv4' as const, address, internal, netmask: '', mac: '', cidr: null },
];

test('a network that comes is told, one that goes too where another is left, and this computer’s own is none', () => {
  let present: System = { lo: at('127.0.0.1', true), eth0: at('192.168.1.5') };
  const due: (() => void)[] = [];
  let told = 0;
  const stop = watchNetworks({
    clock: { now: () => 0, monotonic: () => 0, after: (_ms, fn) => (due.push(fn), () => void due.splice(0)) },
    onChange: () => told++,
    interfaces: () => present,
  });
  const then = (next: System): number => {
    present = next;
    due.splice(0).forEach((look) => look());
    return told;
  };
  const { lo, ...others } = present;
  expect([then(present), then({ lo }), then({ lo, ...others }), then({ lo, ...others })]).toEqual([0, 0, 1, 1]);
  expect(then({ ...others, lo, lo1: at('127.0.0.2', true) }), 'only inside').toBe(1);
  expect([then({ lo, eth0: at('192.168.1.6') }), then({ lo, wlan0: at('192.168.1.6') })]).toEqual([2, 3]);
  const wlan0 = at('192.168.1.6');
  expect([then({ lo, wlan0, tun0: at('10.8.0.2') }), then({ lo, wlan0 }), then({ lo })], 'a VPN, then all').toEqual([
    ...[4, 5, 5],
  ]);
  stop();
  expect(due).toEqual([]);
});

test('a sleep is told once, as a network that comes: its connections are most likely over', () => {
  const present: System = { eth0: at('192.168.1.5') };
  const due: (() => void)[] = [];
  let [now, told] = [1_000_000, 0];
  const stop = watchNetworks({
    // What timers go by stands still meanwhile.
    clock: { now: () => now, monotonic: () => 0, after: (_ms, fn) => (due.push(fn), () => void due.splice(0)) },
    onChange: () => told++,
    interfaces: () => present,
  });
  const after = (ms: number): number => {
    now += ms;
    due.splice(0).forEach((look) => look());
    return told;
  };
  expect([after(2_000), after(4_000), after(3_600_000), after(2_000)]).toEqual([0, 0, 1, 1]);
  expect([after(-3_600_000), after(2_000)], 'set back').toEqual([1, 1]);
  stop();
});

test('interfaces that come and go all day are told some times at once and then now and then, the last of them too', () => {
  let present: System = { eth0: at('192.168.1.5') };
  const due: (() => void)[] = [];
  let [now, told] = [1_000_000, 0];
  const stop = watchNetworks({
    clock: { now: () => now, monotonic: () => now, after: (_ms, fn) => (due.push(fn), () => void due.splice(0)) },
    onChange: () => told++,
    interfaces: () => present,
  });
  const look = (next: System): number => {
    present = next;
    now += 2_000;
    due.splice(0).forEach((one) => one());
    return told;
  };
  const eth0 = at('192.168.1.5');
  for (let i = 0; i < 1_800; i++) look(i % 2 === 0 ? { eth0, [`veth${i}`]: at('172.17.0.1') } : { eth0 });
  expect(told).toBeGreaterThan(100);
  expect(told).toBeLessThan(130);
  const before = told;
  for (let i = 0; i < 100; i++) look({ eth0 });
  expect(told - before, 'what had waited').toBe(1);
  expect(look({ eth0: at('192.168.1.6') }), 'after a quiet while at once').toBe(before + 2);
  stop();
});
