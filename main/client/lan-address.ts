/** Addresses on networks around, as people write them: host:port, an IPv6 address in brackets. */
import { isIPv6 } from 'node:net';
import { CoveError } from '../engine/errors.ts';
import type { LanAddress } from '../engine/ports.ts';
import { LAN_PORT } from '../../native/lan/way.ts';

/** `host:port`, with an IPv6 address in brackets. */
export function hostAndPort({ ip, port }: LanAddress): string {
  return `${isIPv6(ip) ? `[${ip}]` : ip}:${port}`;
}

/** Without a port: the one that Cove listens at unless another program has it. Throws CoveError: bad-request. */
export function parseLanAddress(text: string): LanAddress {
  const [, six, name, port = `${LAN_PORT}`] =
    /^(?:\[([^\]]+)\]|([^\s:/?#@[\]]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const ip = six ?? name;
  const fits = ip !== undefined && ip.length <= 253 && (six === undefined || isIPv6(six));
  if (!fits || Number(port) === 0 || Number(port) > 65_535) throw new CoveError('bad-request');
  return { ip, port: Number(port) };
}
