import { expect, test } from 'vitest';
import type { Replica } from '../engine/echo/replica.ts';
import type { Walls } from '../engine/echo/walls.ts';
import type { Mesh, PeerStatus, Steps } from '../engine/mesh/mesh.ts';
import { examine, report } from './doctor.ts';

const NOW = 1_000_000_000;
const POINT = { url: 'mqtts://user:secret@broker.example:8883', source: 'list', state: 'online' } as const;
const LAN = {
  ...{ on: true, addresses: [{ ip: '192.168.77.1', port: 47_632 }], heard: 3, given: [] },
  ways: { beacon: { heard: 3 }, mdns: { heard: 0, error: 'EADDRINUSE' } },
};
const HERE = { meetingPoints: [POINT], reach: 'anywhere', lan: LAN } as const;
const peer = (deviceId: string, connected = false): PeerStatus => ({
  ...{ deviceId, identityId: 'cafe', name: 'Zanzibar Quince', deviceName: 'Gneiss laptop', connected },
  upToDate: false,
  stalled: false,
});
const never = (): undefined => undefined;
/** What the mesh would say, so that each way in which it can fail is there. */
function seen(devices: Record<string, Steps>, connected: readonly string[] = [], walls?: Walls) {
  const peers = Object.keys(devices).map((id) => peer(id, connected.includes(id)));
  const mesh = { status: () => ({ state: 'searching', peers }), steps: (id: string) => devices[id] ?? {} };
  const replica = { key: 'feed', ended: () => undefined, walls: () => walls };
  return [mesh as unknown as Mesh, [replica as unknown as Replica]] as const;
}

test('the first step that did not happen is what is found', () => {
  const [mesh, replicas] = seen(
    {
      here: { announced: NOW - 90_000 },
      silent: {},
      gone: { announced: NOW - 90_000, connected: NOW - 80_000, ended: NOW - 1_000 },
      fresh: { announced: NOW - 1_000 },
      deaf: { announced: NOW - 90_000 },
      homeless: { announced: NOW - 90_000, tried: NOW - 90_000, told: NOW - 90_000 },
      nowhere: { tried: NOW - 90_000 },
      walled: { announced: NOW - 90_000, tried: NOW - 90_000, named: NOW - 90_000, told: NOW - 90_000 },
      false: { announced: NOW - 90_000, tried: NOW - 90_000, reached: NOW - 89_000, refused: NOW - 88_000 },
    },
    ['here'],
  );
  const found = examine(mesh, replicas, HERE, NOW, never).devices.map(({ deviceId, finding }) => [deviceId, finding]);
  expect(found).toEqual([
    ['here', 'connected'],
    ['silent', 'not-heard'],
    ['gone', 'not-heard'],
    ['fresh', 'connecting'],
    ['deaf', 'no-answer'],
    ['homeless', 'no-address'],
    ['nowhere', 'no-address'],
    ['walled', 'no-path'],
    ['false', 'not-proven'],
  ]);
  const full = Object.assign(mesh, { full: true });
  const there = examine(full, replicas, HERE, NOW, never).devices.map(({ finding }) => finding);
  expect([there[0], there[1], there[3], there[4], there[7], there[8]]).toEqual([
    ...['connected', 'not-heard', 'connecting', 'full', 'no-path', 'not-proven'],
  ]);
  Object.assign(mesh, { full: false });
  const away = (reach: 'near' | 'nowhere') =>
    examine(mesh, replicas, { ...HERE, meetingPoints: [], reach }, NOW, never).devices.map(({ finding }) => finding);
  expect(away('nowhere')).toEqual(['connected', ...Array<string>(8).fill('no-meeting-point')]);
  expect(away('near').slice(0, 4)).toEqual(['connected', 'not-near', 'not-near', 'connecting']);
});

test('when a device was connected last is known from before this start, and of one that is connected when it came', () => {
  const [mesh, replicas] = seen(
    { here: { connected: NOW - 80_000 }, gone: { connected: NOW - 80_000, ended: NOW - 1_000 }, silent: {}, new: {} },
    ['here'],
  );
  const before = (device: string) => ({ here: NOW, gone: NOW - 500_000, silent: NOW - 86_400_000 })[device];
  const diagnosis = examine(mesh, replicas, HERE, NOW, before);
  expect(diagnosis.devices.map(({ lastConnected = NaN }) => NOW - lastConnected)).toEqual([
    80_000,
    1_000,
    86_400_000,
    NaN,
  ]);
  const text = report(diagnosis, { version: '1.2.3', system: 'linux x64' }, NOW);
  expect(text).toContain('Device 3: not-heard, last connected 86400 s ago');
  const earlier = report(diagnosis, { version: '1.2.3', system: 'linux x64' }, NOW - 172_800_000);
  expect(earlier).toContain('Device 3: not-heard, last connected 86400 s from now (this clock was set back)');
});

test('a clock that is far ahead or behind shows, one that is a little off does not', () => {
  const HOUR = 3_600_000;
  const off = (last: number, seenAt: number) => {
    const [mesh, replicas] = seen({ a: {} }, [], { last: NOW + last, seen: NOW + seenAt });
    return examine(mesh, replicas, HERE, NOW, never).devices[0]?.clockOff;
  };
  expect(off(HOUR, -HOUR)).toBe(HOUR);
  expect(off(60_000, -HOUR)).toBe(0);
  // An hour older than what it stands on; merely old; and on what this device wrote while its own clock was ahead.
  expect([off(-HOUR, -60_000), off(-HOUR, -HOUR - 60_000), off(-HOUR, HOUR)]).toEqual([60_000 - HOUR, 0, 0]);
  expect(off(-HOUR, 60_000 - HOUR), 'a little behind').toBe(0);
});

test('the report to pass on has what happened and names nobody: no name, address, id or password', () => {
  const [mesh, replicas] = seen({ deadbeef: { announced: NOW - 90_000 } }, [], { last: NOW + 3_600_000, seen: 0 });
  const meetingPoints = [POINT, { ...POINT, source: 'own' }] as const;
  const given = [
    { address: { ip: 'gatehouse.local', port: 47_632 }, last: { device: 'deadbeef' } },
    { address: { ip: '192.168.78.1', port: 47_632 }, last: { fault: 'closed' } },
    { address: { ip: '192.168.79.1', port: 47_632 }, last: undefined },
  ] as const;
  const diagnosis = examine(mesh, replicas, { ...HERE, lan: { ...LAN, given }, meetingPoints }, NOW, never);
  const secrets = [
    'Zanzibar',
    'Quince',
    'Gneiss',
    'deadbeef',
    'cafe',
    'feed',
    'broker',
    'example',
    'secret',
    'user',
    '192.168',
    'gatehouse',
  ];
  // The control: all of them are in what the report is made from.
  const wayOut = {
    address: { kind: 'symmetric', asked: 2, answered: 2 },
    relays: [{ url: 'turn:user@broker.example:3478', transport: 'tls', works: false }],
  } as const;
  const source = JSON.stringify([diagnosis, replicas, wayOut]);
  expect(secrets.filter((secret) => !source.includes(secret))).toEqual([]);
  const text = report(diagnosis, { version: '1.2.3', system: 'linux x64' }, NOW, wayOut);
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  expect(text.split('\n')).toEqual([
    'Cove 1.2.3 on linux x64',
    'Clock: 1970-01-12T13:46Z',
    'Meeting point 1: online',
    'Meeting point 2: online (of this device)',
    'This network: on, 1 addresses, 3 heard, beacon 3, mdns 0, EADDRINUSE',
    'Given address 1: leads to a device',
    'Given address 2: closed',
    'Given address 3: not tried',
    'Address servers: 2 of 2 answer, symmetric',
    'Relay server 1, tls: does not work',
    expect.stringMatching(
      /^Device 1: no-answer, last connected never \(announced 90 s ago, tried never, named never, told never.*clock ahead by 3600 s at least$/,
    ),
  ]);
});
