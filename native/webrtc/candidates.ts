/**
 * Which ICE candidates may be used. A candidate is an address that this machine will send packets to
 * because somebody else said so: it is parsed strictly and judged by a table before libdatachannel sees it.
 * Host names are refused altogether, since resolving one would tell a name server about the connection.
 */

import { BlockList, isIP } from 'node:net';

/** Candidates per side of a connection (protocol.md §6.6). */
export const MAX_CANDIDATES = 20;
const MAX_CANDIDATE_LENGTH = 512;

const LOOPBACK = subnets([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
]);

/** Never a peer's own address on a network that both can reach. */
const UNUSABLE = subnets([
  ['0.0.0.0', 8, 'ipv4'], // "this network": reaches the sender itself on some systems
  ['169.254.0.0', 16, 'ipv4'], // link-local
  ['224.0.0.0', 4, 'ipv4'], // multicast
  ['240.0.0.0', 4, 'ipv4'], // reserved, with limited broadcast
  ['::', 128, 'ipv6'], // unspecified
  ['fe80::', 10, 'ipv6'], // link-local
  ['ff00::', 8, 'ipv6'], // multicast
]);

export type Verdict = 'use' | 'ignore' | 'malformed';

/** True for 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return contains(LOOPBACK, address);
}

/**
 * Judges one `candidate:` line (RFC 8839 §5.1). Bound to the loopback, only loopback candidates are of use;
 * bound elsewhere, none of them are.
 */
export function judgeCandidate(line: string, boundToLoopback: boolean): Verdict {
  if (line.length > MAX_CANDIDATE_LENGTH || /[\r\n\0]/.test(line)) return 'malformed';
  const match =
    /^(?:a=)?candidate:[A-Za-z0-9+/]{1,32} [0-9]{1,5} (\S{1,16}) [0-9]{1,10} (\S{1,255}) ([0-9]{1,5}) typ \S{1,16}(?: |$)/.exec(
      line,
    );
  if (!match) return 'malformed';
  const [, protocol = '', address = '', port = ''] = match;
  if (Number(port) === 0 || Number(port) > 65_535) return 'malformed';
  if (protocol.toLowerCase() !== 'udp' || isIP(address) === 0) return 'ignore';
  if (contains(UNUSABLE, address) || contains(LOOPBACK, address) !== boundToLoopback) return 'ignore';
  return 'use';
}

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  // BlockList also matches IPv4-mapped IPv6 addresses (::ffff:127.0.0.1) against the IPv4 rows.
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function subnets(rows: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList();
  for (const row of rows) list.addSubnet(...row);
  return list;
}
