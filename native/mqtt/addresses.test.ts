import { expect, test } from 'vitest';
import { isPrivateAddress } from './addresses.ts';

test('near are the loopback and private networks, never a name', () => {
  expect(
    [
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.0.9',
      '::1',
      'fd00::1',
      '8.8.8.8',
      '172.32.0.1',
      '2001:db8::1',
      'localhost',
    ].map(isPrivateAddress),
  ).toEqual([true, true, true, true, true, true, false, false, false, false]);
});
