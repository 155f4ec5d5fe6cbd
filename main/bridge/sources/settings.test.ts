/** What the settings show of the network: the person's own list to edit, and why each meeting point is used. */
import { afterEach, expect, test, vi } from 'vitest';
import type { Settings } from '../../../preload/contract/settings.ts';
import { DEFAULT_ICE_SERVERS, DEFAULT_MEETING_POINTS, Listeners } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import { settingsSources } from './settings.ts';

afterEach(() => vi.unstubAllEnvs());

test('what is edited is the person’s list alone; what others name is shown apart', () => {
  const [fallback] = DEFAULT_MEETING_POINTS;
  const used = [
    ['mqtt://127.0.0.1:4001', 'own'],
    [fallback?.url ?? '', 'list'],
    ['mqtts://mine.example', 'list'],
    ['mqtt://192.168.1.7:1883', 'invitation'],
    [fallback?.url ?? '', 'space'],
  ].map(([url, source]) => ({ url, source, state: 'online', spaces: [], off: false, told: true }));
  const [stun] = DEFAULT_ICE_SERVERS;
  const iceServers = [stun?.url ?? '', 'stun:mine.example:3478'];
  const mesh = {
    iceServers,
    meetingPoints: used,
    takenPorts: [4000],
    turnServers: ['turn:me@turn.example:3478'],
    proxy: 'http://me@proxy.example:8080',
    ownMeetingPoint: 'mqtt://192.168.1.2:4001',
    lan: true,
    onChange: () => () => undefined,
  };
  const environment = {
    state: { opened: { mesh }, changed: new Listeners(() => undefined) },
    preferences: {
      values: {
        ...{ theme: 'system', meetingPoints: ['mqtts://me:secret@mine.example'], stun: iceServers },
        turn: ['turn:me:secret@turn.example', 'turn:lost.example:3478'],
      },
      changed: new Listeners(() => undefined),
    },
    version: '0',
  };
  let shown: Settings | undefined;
  const { settings } = settingsSources(environment as unknown as Environment); // what this source reads of it
  settings({}, (value) => (shown = value as Settings))();
  expect(shown?.chosen, 'no password').toEqual(['mqtts://me@mine.example']);
  expect(shown?.chosenStun).toEqual(iceServers);
  expect(shown?.turn, 'no secret').toEqual(['turn:me@turn.example:3478', 'turn:lost.example:3478']);
  expect([shown?.turnLacking, shown?.turnFixed]).toEqual([['turn:lost.example:3478'], false]);
  expect(shown?.stun).toEqual([
    { url: stun?.url, source: 'default', reason: stun?.reason },
    { url: 'stun:mine.example:3478', source: 'added', reason: '' },
  ]);
  expect(shown?.meetingPoints.map(({ url, source }) => [url, source])).toEqual([
    ['mqtt://192.168.1.2:4001', 'own'],
    [fallback?.url, 'default'],
    ['mqtts://mine.example', 'added'],
    ['mqtt://192.168.1.7:1883', 'invitation'],
    [fallback?.url, 'space'],
  ]);
  expect(shown?.meetingPoints.map(({ takenPorts }) => takenPorts)).toEqual([[4000], [], [], [], []]);
  expect(shown?.proxy).toEqual({ chosen: mesh.proxy, fixed: false });
  expect(shown?.lan).toEqual({ on: true, fixed: true });
  vi.stubEnv('COVE_LAN', '');
  settingsSources(environment as unknown as Environment).settings({}, (value) => (shown = value as Settings))();
  expect(shown?.lan).toEqual({ on: true, fixed: false });
  vi.stubEnv('COVE_TURN_SERVERS', 'turn:me:secret@turn.example');
  settingsSources(environment as unknown as Environment).settings({}, (value) => (shown = value as Settings))();
  expect([shown?.turn, shown?.turnLacking, shown?.turnFixed]).toEqual([mesh.turnServers, [], true]);
  vi.stubEnv('COVE_PROXY', 'none');
  settingsSources(environment as unknown as Environment).settings({}, (value) => (shown = value as Settings))();
  expect(shown?.proxy.fixed).toBe(true);
  // The same list, given by the environment: nothing of it was added by the person here.
  vi.stubEnv('COVE_MEETING_POINTS', 'mqtts://mine.example');
  settingsSources(environment as unknown as Environment).settings({}, (value) => (shown = value as Settings))();
  expect(shown?.meetingPointsFixed).toBe(true);
  expect(shown?.meetingPoints.map(({ source }) => source)).toEqual([
    ...['own', 'environment', 'environment', 'invitation', 'space'],
  ]);
});
