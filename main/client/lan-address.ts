/** Addresses on networks around, as people write them: host:port, an IPv6 address in brackets. */
import { isIPv4, isIPv6 } from 'node:net';
import { CoveError } from '../engine/errors.ts';
import type { LanAddress } from '../engine/ports.ts';
import { LAN_PORT } from '../../native/lan/way.ts';

/** `host:port`, with an IPv6 address in brackets. */
export function hostAndPort({ ip, port }: LanAddress): string {
  return `${isIPv6(ip) ? `[${ip}]` : ip}:${port}`;
}

const LABEL = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?$/u;

/** What ends in a number is an IPv4 address; a list, half an address or a slip is no name. */
function isHost(text: string): boolean {
  if (text.length > 253 || /(?:^|\.)\p{N}+\.?$/u.test(text)) return isIPv4(text);
  return text
    .replace(/\.$/, '')
    .split('.')
    .every((part) => LABEL.test(part));
}

/**
 * Without a port: the one that Cove listens at unless another program has it. `number`: which of a list it is, from 1.
 * Throws CoveError: lan-address-invalid.
 */
export function parseLanAddress(text: string, number = 1): LanAddress {
  const [, six, name, port = `${LAN_PORT}`] =
    /^(?:\[([^\]]+)\]|([^\s:/?#@[\]]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const fits = six === undefined ? name !== undefined && isHost(name) : isIPv6(six);
  const ip = six ?? name;
  if (!fits || ip === undefined || Number(port) === 0 || Number(port) > 65_535)
    throw new CoveError('lan-address-invalid', { number });
  return { ip, port: Number(port) };
}

/** Each once, however it is written. Throws CoveError: lan-address-invalid. */
export function parseLanAddresses(texts: readonly string[]): LanAddress[] {
  const addresses = texts.map((text, at) => parseLanAddress(text, at + 1));
  return [...new Map(addresses.map((address) => [hostAndPort(address), address])).values()];
}
