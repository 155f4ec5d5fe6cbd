import { expect, test } from 'vitest';
import { isLanAddress } from '../../preload/contract/server-addresses.ts';
import { hostAndPort, parseLanAddress, parseLanAddresses } from './lan-address.ts';

test('an address is read as people write it, and written so', () => {
  const given = ['192.168.7.2', '192.168.7.2:5000', 'ada.example:1', ' ada ', '[fd00::2]:5000', '[fe80::2%eth0]'];
  given.push('my_laptop-2.local.', 'bücher.example');
  expect(given.map(parseLanAddress).map(hostAndPort)).toEqual([
    ...[
      '192.168.7.2:47632',
      '192.168.7.2:5000',
      'ada.example:1',
      'ada:47632',
      '[fd00::2]:5000',
      '[fe80::2%eth0]:47632',
      'my_laptop-2.local.:47632',
      'bücher.example:47632',
    ],
  ]);
  // A window, which has no code of the client's, takes the same.
  expect(given.filter((text) => !isLanAddress(text.trim()))).toEqual([]);
});

test('an address that is written in two ways is one', () => {
  expect(parseLanAddresses(['ada.local', '192.168.7.2:5000', 'ada.local:47632', '192.168.7.2'])).toEqual([
    { ip: 'ada.local', port: 47_632 },
    { ip: '192.168.7.2', port: 5000 },
    { ip: '192.168.7.2', port: 47_632 },
  ]);
});

test.each([
  '',
  ':5000',
  'ada:0',
  'ada:65536',
  'ada:port',
  'fd00::2',
  '[ada]:1',
  'mqtt://ada',
  'me@ada',
  'a b',
  'a'.repeat(300),
  // Names that no computer has: a list, half an address, a slip.
  '192.168.7.2,192.168.7.3',
  '192.168.7.256',
  '192.168.7',
  '192.168.7.2.',
  '١٢٣',
  '-ada',
  'ada..example',
  '..',
  '%',
  '\u202eada',
])('“%s” is none, in a window neither', (text) => {
  expect(() => parseLanAddress(text)).toThrow(expect.objectContaining({ type: 'lan-address-invalid' }));
  expect(isLanAddress(text)).toBe(false);
});
