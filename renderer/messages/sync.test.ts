import { expect, test } from 'vitest';
import { list, sync } from './sync.ts';

test('"up to date" counts this device and the others that hold everything', () => {
  expect(sync({ state: 'synced', devices: 2, detour: null }).short).toBe('Up to date on 3 devices');
});

test('every state has its own words, none of them jargon', () => {
  const words = [
    sync({ state: 'alone' }),
    sync({ state: 'syncing', devices: 1, detour: null }),
    sync({ state: 'syncing', devices: 1, detour: 'meeting-point' }),
    sync({ state: 'syncing', devices: 1, detour: { name: 'Ana', deviceName: 'laptop' } }),
    sync({ state: 'syncing', devices: 1, detour: { name: '', deviceName: 'laptop' } }),
    sync({ state: 'synced', devices: 1, detour: 'meeting-point' }),
    sync({ state: 'waiting', own: [], names: ['Ada'], near: false }),
    sync({ state: 'waiting', own: ['phone'], names: ['Ada'], near: false }),
    sync({ state: 'waiting', own: [''], names: [], near: true }),
    sync({ state: 'stalled', name: 'Ada', deviceName: 'laptop' }),
    sync({ state: 'unknown', ask: 'Ada' }),
    sync({ state: 'offline', near: true }),
    sync({ state: 'stuck', reason: 'The disk is full.' }),
  ];
  expect(words.map(({ short }) => short)).toEqual([
    'Saved on this device',
    'Bringing 1 device up to date',
    'Text syncs through the meeting point',
    'Text syncs through Ana’s computer',
    'Text syncs through your “laptop”',
    'Up to date on 2 devices',
    'Waiting for Ada',
    'Waiting for your “phone” and Ada',
    'Waiting for another of your devices',
    'Something is stuck: see why',
    'Nobody here knows this device',
    'Offline: changes are kept here',
    'Something is stuck: see why',
  ]);
  expect(words.map(({ long }) => long).join(' ')).not.toMatch(/peer|replica|epoch|broker|!/i);
});

test('names are listed as people list them', () => {
  expect([list(['Ada']), list(['Ada', 'Ben']), list(['Ada', 'Ben', 'Mira', 'Jo'])]).toEqual([
    'Ada',
    'Ada and Ben',
    'Ada, Ben and 2 more',
  ]);
});
