import { expect, test } from 'vitest';
import { ready } from '../engine/crypto/sodium.ts';
import { encodeCode } from '../engine/invitation/code.ts';
import { createSystemClock } from '../../native/clock.ts';
import { DEFAULT_ICE_SERVERS } from '../../native/mqtt/defaults.ts';
import { createSystemRandom } from '../../native/random.ts';
import { openNetwork, ownAddress } from './network.ts';

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
  const shared = { clock: createSystemClock(), random: createSystemRandom(), log: () => undefined, port: 0 };
  const rest = { ...shared, meetingPoints: [], iceServers: undefined, ownMeetingPoint: false };
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
