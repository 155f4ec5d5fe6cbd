import type { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { around, lanInterfaces, nearby } from './interfaces.ts';

const address = (ip: string, length: number, rest: object = {}) => ({
  address: ip,
  cidr: `${ip}/${length}`,
  family: ip.includes(':') ? 'IPv6' : 'IPv4',
  internal: false,
  ...rest,
});
/** As the system tells it, as far as it is read here. */
const SYSTEM = {
  lo: [address('127.0.0.1', 8, { internal: true }), address('::1', 128, { internal: true, scopeid: 0 })],
  eth0: [
    address('192.168.7.2', 24),
    address('2001:db8::2', 64, { scopeid: 0 }),
    address('fe80::2', 64, { scopeid: 2 }),
  ],
  wifi: [address('fe80::3', 64, { scopeid: 3 })],
} as unknown as ReturnType<typeof networkInterfaces>;
const ips = (bind?: string) => lanInterfaces(bind, SYSTEM).map(({ ip }) => ip);

const zone = (name: string, scope: number) => (process.platform === 'win32' ? `${scope}` : name);
const [ETH0, WIFI] = [zone('eth0', 2), zone('wifi', 3)];

test('heard on are all addresses that lead out, of IPv6 those of the link, or the one bound to', () => {
  expect(ips()).toEqual(['192.168.7.2', `fe80::2%${ETH0}`, `fe80::3%${WIFI}`]);
  expect([ips('127.0.0.1'), ips('2001:db8::2'), ips('fe80::3'), ips('10.9.9.9')]).toEqual([
    ['127.0.0.1'],
    ['2001:db8::2'],
    [`fe80::3%${WIFI}`],
    [],
  ]);
});

test('near is who is on one of these networks, and on no other link that looks like it', () => {
  const near = nearby(lanInterfaces(undefined, SYSTEM));
  const asked = ['192.168.7.9', '192.168.8.9', `fe80::9%${ETH0}`, 'fe80::9%tun0', '2001:db8::9', 'nonsense'];
  expect(asked.filter(near)).toEqual(['192.168.7.9', `fe80::9%${ETH0}`]);
});

test('from networks of people this computer may be dialled, from the internet not', () => {
  const asked = [
    '10.1.2.3',
    '::ffff:192.168.9.9',
    '100.100.1.1',
    'fd00::9',
    'fe80::9%eth0',
    '2001:db8::9',
    '127.0.0.1',
  ];
  expect(asked.filter((ip) => !around(SYSTEM)(ip))).toEqual([]);
  expect(['8.8.8.8', '::ffff:8.8.8.8', '2001:db9::9', '100.128.0.1', ''].filter(around(SYSTEM))).toEqual([]);
});
