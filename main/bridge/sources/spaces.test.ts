/** What the windows are told of how far a space is: nothing that is not so. */
import { expect, test } from 'vitest';
import type { SpaceSummary, Standing } from '../../../preload/contract/index.ts';
import type { Mesh } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import { spaceSources } from './spaces.ts';

const device = (name: string, changes: object = {}) => ({
  ...{ deviceId: name, identityId: name, name, deviceName: `${name}’s laptop`, own: false },
  ...{ connected: false, upToDate: false, stalled: false, holds: false },
  ...changes,
});
const space = (name: string, holders: readonly object[], closing: string, changes: object = {}) => ({
  ...{
    key: name,
    name,
    role: 'editor',
    ending: undefined,
    stranded: false,
    full: false,
    unknown: false,
    setAside: 0,
    members: [],
  },
  ...{ holders: () => holders, closing, isOnline: () => false, objects: { onChange: () => () => undefined } },
  ...changes,
});

/** Both sources, over these spaces; the first one is asked about. */
const told = (...spaces: readonly ReturnType<typeof space>[]) =>
  toldOn({ reach: 'anywhere', points: ['own', 'list'] }, ...spaces);

interface On {
  readonly reach: Mesh['reach'];
  readonly points: readonly string[];
}
function toldOn({ reach, points }: On, ...spaces: readonly ReturnType<typeof space>[]) {
  const onChange = () => () => undefined;
  const client = {
    echo: { spaces, onChange, getSpace: () => spaces[0] },
    halo: { profile: { identityId: 'me' }, onChange },
    mesh: { reach, meetingPoints: points.map((source) => ({ source })) },
  };
  const sources = spaceSources({ state: { client } } as unknown as Environment); // what these sources read of it
  let list: readonly SpaceSummary[] = [];
  let standing: Standing | undefined;
  sources['spaces.list']({}, (value) => (list = value as typeof list))();
  sources['spaces.standing']({ spaceId: 'a', noteId: null }, (value) => (standing = value as Standing))();
  return { sync: list[0]?.sync, ended: list[0]?.ended, standing };
}

test('who is waited for is called as the person calls them: another person, or a device of one’s own', () => {
  const own = { own: true, deviceName: 'the old phone' };
  expect(told(space('Garden', [device('Ben'), device('Ana', own)], 'not-yet')).sync).toEqual({
    ...{ state: 'waiting', own: ['the old phone'], names: ['Ben'], near: false },
  });
});

test('it is offline without a network, or where no meeting point of the list answers; without such a list it waits', () => {
  const network = (reach: Mesh['reach'], ...points: string[]) =>
    toldOn({ reach, points }, space('Garden', [device('Ben')], 'not-yet')).sync;
  const waiting = { state: 'waiting', own: [], names: ['Ben'] };
  expect([
    network('nowhere', 'own'),
    network('near', 'own', 'list'),
    network('near', 'own', 'space'),
    network('anywhere', 'own', 'list'),
  ]).toEqual([
    { state: 'offline', near: false },
    { state: 'offline', near: true },
    { ...waiting, near: true },
    { ...waiting, near: false },
  ]);
});

test('a device that takes nothing in is said to be stuck, and only those that are behind are brought up to date', () => {
  const there = { connected: true, upToDate: true, holds: true };
  const behind = { connected: true };
  expect(told(space('Garden', [device('Ben', there), device('Mia', behind)], 'safe')).sync).toEqual({
    ...{ state: 'syncing', devices: 1, detour: null },
  });
  const stalled = { connected: true, stalled: true };
  expect(told(space('Garden', [device('Ben', there), device('Mia', stalled)], 'safe')).sync).toEqual({
    ...{ state: 'stalled', name: 'Mia', deviceName: 'Mia’s laptop' },
  });
  expect(told(space('Garden', [device('Ana', { ...stalled, own: true })], 'safe')).sync).toMatchObject({ name: '' });
});

test('a device that nobody there knows is told whom to ask: an owner who has come in, or else a manager', () => {
  const who = (name: string, role: string, changes = {}) => ({ identityId: name, name, role, ...changes });
  const [me, ada, bob, cy] = [who('me', 'owner'), who('Ada', 'owner'), who('Bob', 'admin'), who('Cy', 'editor')];
  const asked = (...members: readonly object[]) =>
    told(space('Garden', [device('Ada')], 'not-yet', { unknown: true, members })).sync;
  expect([asked(me, ada, bob), asked(me, { ...ada, awaited: true }, bob, cy), asked(me, cy)]).toEqual([
    { state: 'unknown', ask: 'Ada' },
    { state: 'unknown', ask: 'Bob' },
    { state: 'unknown', ask: '' },
  ]);
});

test('what goes no direct way is said to go through the meeting point, or through whose computer', () => {
  const here = { connected: true, upToDate: true, holds: true };
  const by = (link: string, carrier?: object) => device(link, { ...here, link, ...(carrier && { carrier }) });
  const detour = (...devices: ReturnType<typeof device>[]) => {
    const { sync } = told(space('Garden', devices, 'safe'));
    return sync !== undefined && 'detour' in sync ? sync.detour : undefined;
  };
  const mia = { name: 'Mia\u202e', deviceName: 'laptop', own: false };
  const carried = by('friend', mia);
  expect([detour(by('lan')), detour(by('relayed'), by('turn')), detour(carried, by('direct'))]).toEqual([
    null,
    null,
    null,
  ]);
  expect([detour(by('relayed')), detour(by('relayed'), carried)]).toEqual(['meeting-point', 'meeting-point']);
  expect(detour(carried)).toEqual({ name: 'Mia', deviceName: 'laptop' });
  expect(detour(by('friend', { ...mia, own: true }))).toEqual({ name: '', deviceName: 'laptop' });
  expect(detour(by('friend')), 'who has just left every space').toBe('meeting-point');
});

test('the light of one space names the others that have something on this device only', () => {
  const ending = { kind: 'removed', byName: 'Ben' };
  const { standing } = told(
    space('Garden', [], 'safe'),
    space('Recipes', [], 'not-yet'),
    space('Diary', [], 'alone'),
    space('Old', [], 'not-yet', { ending }),
    space('House', [], 'safe'),
    space('Club', [], 'not-yet', { unknown: true }),
  );
  expect([standing?.closing, standing?.elsewhere]).toEqual(['safe', ['Recipes']]);
});

test('where nobody knows this device nobody is said to get what is written here', () => {
  const { sync, standing } = told(space('Garden', [device('Ben')], 'not-yet', { unknown: true }));
  expect([sync?.state, standing?.unknown]).toEqual(['unknown', true]);
  expect(told(space('Garden', [device('Ben')], 'not-yet')).standing?.unknown).toBe(false);
});

test('whoever is out of a space hears whether something reached nobody', () => {
  const ending = { kind: 'removed', byName: 'Ben' };
  for (const stranded of [true, false])
    expect(told(space('Garden', [], 'not-yet', { ending, stranded })).ended).toMatchObject({ unsent: stranded });
});
