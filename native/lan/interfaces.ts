/** This computer's own addresses on networks that have other computers, and whether an address is on one of them. */
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface Interface {
  readonly ip: string;
  /** The network around it, as address and length of its prefix. */
  readonly cidr: string;
}

/** IPv4 addresses to be heard on: all that lead out of this computer, or only `bind`. */
export function lanInterfaces(bind: string | undefined, system = networkInterfaces()): Interface[] {
  return Object.values(system)
    .flatMap((addresses = []) => addresses)
    .filter(({ family, internal, address }) => family === 'IPv4' && (bind === undefined ? !internal : address === bind))
    .map(({ address, cidr }) => ({ ip: address, cidr: cidr ?? `${address}/32` }));
}

/** Of addresses: whoever is elsewhere, and says to be near, is not dialled. */
export function nearby(interfaces: readonly Interface[]): (ip: string) => boolean {
  const near = new BlockList();
  for (const { cidr } of interfaces) {
    const [network, length] = cidr.split('/') as [string, string];
    near.addSubnet(network, Number(length), 'ipv4');
  }
  return (ip) => isIP(ip) === 4 && near.check(ip, 'ipv4');
}
