/** Addresses on networks around, as people write them: host:port, an IPv6 address in brackets. */
import { isIPv6 } from 'node:net';
import type { LanAddress } from '../engine/ports.ts';

export function hostAndPort({ ip, port }: LanAddress): string {
  return `${isIPv6(ip) ? `[${ip}]` : ip}:${port}`;
}
