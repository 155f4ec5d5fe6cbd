/** This computer's own addresses on networks that have other computers, and whether an address is on one of them. */
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isPrivateAddress } from '../mqtt/addresses.ts';

export interface Interface {
  /** A link-local one with its zone. */
  readonly ip: string;
  readonly family: 'ipv4' | 'ipv6';
  /** The network around it, as address and length of its prefix. */
  readonly cidr: string;
  /** What the system calls it, for people. */
  readonly name: string;
  /** What IPv6 calls it: the name, or on Windows a number. */
  readonly zone: string;
}

const LINK_LOCAL = /^fe[89ab][0-9a-f]:/i;

/** Addresses to be heard on: all that lead out of this computer, of IPv6 the link-local ones; or only `bind`. */
export function lanInterfaces(bind: string | undefined, system = networkInterfaces()): Interface[] {
  return Object.entries(system).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, internal, address, cidr, ...rest }): Interface[] => {
      const scope = 'scopeid' in rest ? rest.scopeid : 0;
      const zone = process.platform === 'win32' && scope !== 0 ? `${scope}` : name;
      if (family === 'IPv4') {
        if (bind === undefined ? internal : bind !== address) return [];
        return [{ ip: address, family: 'ipv4', cidr: cidr ?? `${address}/32`, name, zone }];
      }
      const local = LINK_LOCAL.test(address);
      const ip = local ? `${address}%${zone}` : address;
      if (bind === undefined ? internal || !local : bind !== ip && bind !== address) return [];
      return [{ ip, family: 'ipv6', cidr: cidr ?? `${address}/128`, name, zone }];
    }),
  );
}

/** Of VPNs, which give it to their own (RFC 6598); for the internet it is no address. */
const SHARED = ['100.64.0.0', 10] as const;

/** Of addresses: from the internet nobody gets to speak, whatever this computer's router lets in. */
export function around(system = networkInterfaces()): (ip: string) => boolean {
  const own = new BlockList();
  own.addSubnet(...SHARED, 'ipv4');
  for (const { cidr, family } of Object.values(system).flatMap((addresses = []) => addresses)) {
    const [network, length] = cidr?.split('/') ?? [];
    if (network !== undefined) own.addSubnet(network, Number(length), family === 'IPv4' ? 'ipv4' : 'ipv6');
  }
  return (ip) => {
    const address = ip.replace(/^::ffff:(?=[0-9.]+$)|%.*$/gi, '');
    return isPrivateAddress(address) || own.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  };
}

/** Of addresses: whoever is elsewhere, and says to be near, is not dialled. */
export function nearby(interfaces: readonly Interface[]): (ip: string) => boolean {
  const near = new BlockList();
  for (const { cidr, family } of interfaces) {
    const [network, length] = cidr.split('/') as [string, string];
    near.addSubnet(network, Number(length), family);
  }
  return (ip) => {
    // Every link has the same link-local network: which one it is says its zone.
    const [address, zone] = ip.split('%') as [string, string?];
    if (zone !== undefined && !interfaces.some((one) => one.zone === zone)) return false;
    const version = isIP(address);
    return version !== 0 && near.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}
