/** What is said to everybody on the network around, in lan.json. */
import { toHex } from '../../main/engine/bytes.ts';
import { encodeBeacon } from '../../native/lan/beacon.ts';
import { encodeMdns } from '../../native/lan/mdns.ts';
import { input } from './input.ts';
import type { Frozen } from './input.ts';

export function deriveLan(): Frozen {
  const tags = [input('tag', 6), input('another tag', 6)];
  const message = { nonce: input('nonce of a beacon', 8), tags, port: 47_632, asks: true };
  const four = { ip: '192.168.7.2', family: 'ipv4', cidr: '192.168.7.2/24', name: 'eth0', zone: 'eth0' } as const;
  const six = { ip: 'fe80::2%eth0', family: 'ipv6', cidr: 'fe80::2/64', name: 'eth0', zone: 'eth0' } as const;
  return {
    beacon: encodeBeacon(message).map(toHex),
    mdns: encodeMdns(message, four).map(toHex),
    mdnsOnIpv6: encodeMdns(message, six).map(toHex),
  };
}
