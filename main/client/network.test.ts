import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { ready } from '../engine/crypto/sodium.ts';
import { encodeCode } from '../engine/invitation/code.ts';
import { createSystemClock } from '../../native/clock.ts';
import { DEFAULT_ICE_SERVERS } from '../../native/mqtt/defaults.ts';
import { createSystemRandom } from '../../native/random.ts';
import { openNetwork, ownAddress, privateAddress } from './network.ts';

test('an address that a code may not carry is left out of it, so that there is an invitation all the same', async () => {
  await ready();
  const codeWith = (ip: string, loopback: boolean) => {
    const { named, url } = ownAddress({ ip, port: 1883 }, loopback);
    const rest = { secret: new Uint8Array(16), pkHash: new Uint8Array(16) };
    const address = named === undefined ? {} : { address: named };
    const code = encodeCode({ kind: 'space', multiUse: false, expires: 60_000, ...address, ...rest }, { loopback });
    return [url, code.length];
  };
  expect(codeWith('192.168.7.5', false)).toEqual(['mqtt://192.168.7.5:1883', 88]);
  expect(codeWith('127.0.0.1', true)).toEqual(['mqtt://127.0.0.1:1883', 88]);
  expect(codeWith('100.101.2.3', false)).toEqual(['mqtt://100.101.2.3:1883', 79]);
  expect(codeWith('::1', true)).toEqual(['mqtt://[::1]:1883', 79]);
});

test('address servers are the default list or the person’s, and none while bound to the loopback', async () => {
  const shared = { clock: createSystemClock(), random: createSystemRandom(), log: () => undefined, ports: [] };
  const rest = {
    ...shared,
    meetingPoints: [],
    iceServers: undefined,
    carries: true,
    turnServers: [],
    proxy: 'none' as const,
    systemProxy: undefined,
    lan: false,
    lanAddresses: [],
    ownMeetingPoint: false,
  };
  const defaults = DEFAULT_ICE_SERVERS.map(({ url }) => url);
  const mine = ['stun:mine.example'];
  // Nothing is connected, so no server is asked.
  for (const [bind, all, own] of [
    [undefined, defaults, mine],
    ['127.0.0.1', [], []],
  ] as const) {
    const network = await openNetwork({ ...rest, bind });
    const listed = [network.iceServers];
    for (const urls of [mine, undefined]) {
      network.setIceServers(urls);
      listed.push(network.iceServers);
    }
    await network.close();
    expect(listed).toEqual([all, own, all]);
  }
});

test('a computer that changes its network is met at its present address, not at that of the start', async () => {
  let address: string | undefined;
  const network = await openNetwork({
    ...{ clock: createSystemClock(), random: createSystemRandom(), log: () => undefined },
    ...{
      meetingPoints: [],
      iceServers: [],
      turnServers: [],
      proxy: 'none' as const,
      systemProxy: undefined,
      bind: undefined,
      carries: true,
      lan: false,
      lanAddresses: [],
      ownMeetingPoint: true,
      ports: [],
    },
    address: () => address,
  });
  const named = () => network.own?.url.replace(/:\d+$/, '');
  const seen = [named()];
  for (address of ['192.168.7.5', '10.0.0.9']) seen.push(named());
  const url = network.own?.url as string;
  network.rendezvous.use(url, 'space');
  const dialled = network.rendezvous.health().map((point) => point.url);
  await network.close();
  expect(seen).toEqual([undefined, 'mqtt://192.168.7.5', 'mqtt://10.0.0.9']);
  // What a space says of this very computer is not dialled over the network.
  expect(dialled).toEqual([url.replace('10.0.0.9', '127.0.0.1')]);
});

test('a meeting point answers on the port before the present one too, and who names that means this process', async () => {
  const rest = {
    meetingPoints: [],
    iceServers: [],
    turnServers: [],
    proxy: 'none' as const,
    systemProxy: undefined,
    bind: '127.0.0.1',
    carries: true,
    lan: false,
    lanAddresses: [],
    ownMeetingPoint: true,
  };
  const shared = { clock: createSystemClock(), random: createSystemRandom(), log: () => undefined };
  const before = await openNetwork({ ...rest, ...shared, ports: [] });
  const former = before.own?.port as number;
  await before.close();
  const network = await openNetwork({ ...rest, ...shared, ports: [0, former] });
  const present = network.own?.port as number;
  const named = [present, former].map((port) => `mqtt://127.0.0.1:${port}`);
  for (const url of named) network.rendezvous.use(url, 'space');
  const dialled = network.rendezvous.health().map((point) => point.url);
  const reached = await Promise.all(
    [present, former].map(
      (port) =>
        new Promise<boolean>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)));
          socket.on('error', () => resolve(false));
        }),
    ),
  );
  await network.close();
  expect([present === former, reached, dialled, network.takenPorts]).toEqual([false, [true, true], [named[0]], []]);
});

test('a VPN, whatever it is called, is not named where there is a network around', () => {
  const at = (address: string, mac: string) => [
    { family: 'IPv4' as const, address, internal: false, netmask: '255.255.255.0', mac, cidr: null },
  ];
  const wifi = { 'Wi-Fi': at('192.168.7.5', '3c:22:fb:00:00:01') };
  for (const name of ['NordLynx', 'proton0', 'ipsec0', 'tailscale0'])
    expect(privateAddress({ [name]: at('10.5.0.2', '00:00:00:00:00:00'), ...wifi }), name).toBe('192.168.7.5');
  for (const name of ['OpenVPN TAP-Windows6', 'ztabcdefgh', 'ppp0'])
    expect(privateAddress({ [name]: at('10.5.0.2', '00:ff:01:02:03:04'), ...wifi }), name).toBe('192.168.7.5');
  expect(privateAddress({ NordLynx: at('10.5.0.2', '00:00:00:00:00:00') }), 'for want of another').toBe('10.5.0.2');
});

test('a bridge to virtual machines is named only where there is nothing else', () => {
  const at = (address: string, internal = false) => [
    { family: 'IPv4' as const, address, internal, netmask: '255.255.255.0', mac: '', cidr: null },
  ];
  const bridges = { 'br-5f2a': at('172.18.0.1'), docker0: at('172.17.0.1'), 'vEthernet (WSL)': at('172.20.0.1') };
  expect(privateAddress({ lo: at('127.0.0.1', true), ...bridges, wlan0: at('192.168.7.5') })).toBe('192.168.7.5');
  expect(privateAddress({ ...bridges, eth0: at('203.0.113.7') })).toBe('172.18.0.1');
  expect(privateAddress({ lo: at('127.0.0.1', true), eth0: at('203.0.113.7') })).toBeUndefined();
  const cable = { eth1: at('169.254.9.9') };
  expect(privateAddress({ ...cable, wlan0: at('192.168.7.5') })).toBe('192.168.7.5');
  expect([privateAddress({ ...bridges, ...cable }), privateAddress(cable)]).toEqual(['169.254.9.9', '169.254.9.9']);
});
