import { afterEach, expect, test } from 'vitest';
import type { Interface } from './interfaces.ts';
import { Multicast } from './multicast.ts';

const LO: Interface = { ip: '127.0.0.1', family: 'ipv4', cidr: '127.0.0.1/8', name: 'lo', zone: 'lo' };
/** An address that this computer has not got: the system lets nobody join a group there. */
const gone = (name: string, ip = '192.0.2.1'): Interface => ({
  ...{ ip, family: 'ipv4', cidr: `${ip}/24`, name, zone: name },
});
const options = {
  ...{ groups: { ipv4: '239.192.67.86', ipv6: 'ff12::434f:5645' }, port: 0, ttl: 1 },
  ...{ onMessage: () => undefined, onNetwork: () => undefined, onTrouble: () => undefined },
};
let multicast: Multicast;
afterEach(() => multicast.close());

test('an interface on which nothing can be said is named while others work, and is the error when none does', async () => {
  multicast = new Multicast(options);
  const found = async (...present: readonly Interface[]) => {
    await multicast.follow(present);
    return [multicast.error, multicast.mute.map(({ name }) => name)];
  };
  expect(await found(LO)).toEqual([undefined, []]);
  expect(await found(LO, gone('wg0'))).toEqual([undefined, ['wg0']]);
  expect(await found(gone('lo'), LO), 'one of its addresses is enough').toEqual([undefined, []]);
  expect(await found(gone('wg0'))).toEqual([expect.any(String), []]);
  const many = Array.from({ length: 20 }, (_, i) => gone(`veth${i}`, `192.0.2.${i + 1}`));
  expect((await found(LO, ...many))[1], 'not without end').toHaveLength(8);
  expect(await found(), 'on no network nothing is wrong').toEqual([undefined, []]);
});
