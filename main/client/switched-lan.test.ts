/** The switch of the Lan: on it passes the port's suite's first sentences on, off there is nothing on the network. */
import { expect, test } from 'vitest';
import { SimNet } from '../../test/engine/net/sim-net.ts';
import type { HeardBeacon } from '../engine/ports.ts';
import { SwitchedLan } from './switched-lan.ts';

const beacon = { nonce: new Uint8Array(8).fill(1), tags: [new Uint8Array(6)] };

function made() {
  const net = new SimNet({ seed: 1 });
  const other = net.lan('other');
  const heard: HeardBeacon[] = [];
  other.onBeacon((one) => heard.push(one));
  const lan = new SwitchedLan(
    () => Promise.resolve(net.lan('own')),
    () => undefined,
  );
  return { net, other, heard, lan };
}

test('off it says nothing, hears nothing and dials nobody; on it says what it was told while it was off', async () => {
  const { net, other, heard, lan } = made();
  const mine: HeardBeacon[] = [];
  lan.onBeacon((one) => mine.push(one));
  lan.announce(beacon);
  other.announce({ nonce: new Uint8Array(8).fill(2), tags: [new Uint8Array(6)] });
  await net.run(120_000);
  const others = () => heard.filter(({ nonce }) => nonce[0] === 1);
  expect([others().length, mine.length, lan.on]).toEqual([0, 0, false]);
  await expect(lan.dial({ ip: '10.0.0.1', port: 1 })).rejects.toThrow();
  await lan.set(true);
  await net.run(5_000);
  expect([others().length > 0, mine.length > 0, lan.on]).toEqual([true, true, true]);
  const before = [others().length, mine.length];
  await lan.set(false);
  await net.run(300_000);
  expect([others().length, mine.length]).toEqual(before);
});

test('what was wanted last holds, however fast it was changed; closed it stays off', async () => {
  const { net, heard, lan } = made();
  lan.announce(beacon);
  await Promise.all([true, false, true].map((on) => lan.set(on)));
  await net.run(5_000);
  expect(heard.length).toBeGreaterThan(0);
  await lan.close();
  await lan.set(true);
  const before = heard.length;
  await net.run(300_000);
  expect(heard.length).toBe(before);
});

test('where nothing can be opened it stays without effect', async () => {
  const logged: string[] = [];
  const lan = new SwitchedLan(
    () => Promise.reject(new Error('no ports left')),
    (event) => void logged.push(event),
  );
  await lan.set(true);
  lan.announce(beacon);
  lan.ask();
  await lan.close();
  expect(logged).toEqual(['lan.unavailable']);
});

test('switched on it may be elsewhere: what it says first is what is announced then', async () => {
  const { net, heard, lan } = made();
  lan.announce(beacon);
  lan.onMove(() => lan.announce({ ...beacon, nonce: new Uint8Array(8).fill(3) }));
  await lan.set(true);
  await net.run(5_000);
  expect(heard.map(({ nonce }) => nonce[0])).toEqual([3]);
});
