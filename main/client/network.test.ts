import { expect, test } from 'vitest';
import { ready } from '../engine/crypto/sodium.ts';
import { encodeCode } from '../engine/invitation/code.ts';
import { ownAddress } from './network.ts';

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
