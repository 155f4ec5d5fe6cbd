/** By way of which member a device is called. */
import { expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import type { CarriedBy } from '../ports.ts';
import { Friends } from './friends.ts';
import type { Friend } from './friends.ts';
import { MESH } from './limits.ts';
import { Routes } from './routes.ts';

const TOPIC = 'a'.repeat(26);

test('a device is called by way of the member who brought its latest word first, of some where a call came to nothing, and then of all', () => {
  const routes = new Routes();
  expect(routes.to('dora')).toBe('some');
  routes.heard('dora', undefined);
  expect(routes.to('dora')).toBe('none');
  routes.copy('dora', 'ben');
  routes.copy('dora', 'carl');
  expect(routes.to('dora')).toEqual({ device: 'ben' });
  routes.failed('dora');
  expect(routes.to('dora')).toBe('some');
  routes.heard('dora', 'carl');
  expect(routes.to('dora')).toBe('some');
  routes.failed('dora');
  expect(routes.to('dora')).toBe('all');
  routes.reached('dora');
  expect(routes.to('dora')).toEqual({ device: 'carl' });
});

test('what is for one is said to the member who is named, to all where he has gone, and what is said again to each in turn', () => {
  const net = new SimNet({ seed: 1 });
  const friends = new Friends({ clock: net.clock('ann'), rendezvous: net.rendezvous('ann'), carries: true });
  const got: string[] = [];
  const brought: (string | undefined)[] = [];
  const friend = (device: string): Friend => ({
    device,
    carries: true,
    carry: ({ type }) => void (type === 'carry' && got.push(device)),
  });
  const all = ['ben', 'carl', 'dora', 'ed', 'fay'];
  const [ben, carl] = all.map((device) => {
    const one = friend(device);
    friends.joined(one);
    return one;
  }) as [Friend, Friend];
  const topic = friends.open(TOPIC, (_, by) => void brought.push(by));
  const said = (by?: CarriedBy): string[] => {
    topic.send(Uint8Array.of(1), by);
    return got.splice(0);
  };
  expect([said(), said('none'), said({ device: 'carl' })]).toEqual([all, [], ['carl']]);
  const [first, second] = [said('some'), said('some')];
  expect([first.length, second.length]).toEqual([MESH.carrySome, MESH.carrySome]);
  expect(new Set([...first, ...second])).toEqual(new Set(all));
  friends.handle(carl, { type: 'carried', topic: TOPIC, bytes: Uint8Array.of(2) });
  expect(brought).toEqual(['carl']);
  friends.left(carl);
  friends.left(ben);
  expect(said({ device: 'carl' })).toEqual(['dora', 'ed', 'fay']);
});
