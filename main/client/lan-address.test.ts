import { expect, test } from 'vitest';
import { hostAndPort, parseLanAddress } from './lan-address.ts';

test('an address is read as people write it, and written so', () => {
  const given = ['192.168.7.2', '192.168.7.2:5000', 'ada.example:1', ' ada ', '[fd00::2]:5000', '[fe80::2%eth0]'];
  expect(given.map(parseLanAddress).map(hostAndPort)).toEqual([
    ...[
      '192.168.7.2:47632',
      '192.168.7.2:5000',
      'ada.example:1',
      'ada:47632',
      '[fd00::2]:5000',
      '[fe80::2%eth0]:47632',
    ],
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
])('“%s” is none', (text) =>
  expect(() => parseLanAddress(text)).toThrow(expect.objectContaining({ type: 'bad-request' })),
);
