/**
 * Of addresses: which are near, on this machine or in its own network, and what of one may be shown.
 */

import { BlockList, isIP } from 'node:net';

const NEAR = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const) {
  NEAR.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  NEAR.addSubnet(network, bits, 'ipv6');
}

/** True for loopback, RFC 1918, unique local and link-local addresses; false for names, whatever they resolve to. */
export function isPrivateAddress(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && NEAR.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** Of an address as it was given: what may be shown, logged and kept beside the database. What is no URL stays as it is. */
export function withoutPassword(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || url.password === '') return given;
  url.password = '';
  return url.href;
}
