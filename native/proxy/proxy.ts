/** Proxies: servers that a network has for what may go out, by HTTP (CONNECT, RFC 9110 §9.3.6) or SOCKS 5 (RFC 1928). */
import { isIPv6 } from 'node:net';
import type { ProxyFault } from '../../main/engine/ports.ts';

export interface Proxy {
  /** How it is spoken to: HTTP, HTTP in TLS, SOCKS 5. */
  readonly protocol: 'http' | 'https' | 'socks5';
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Empty: nothing to log in with. */
  readonly name: string;
  readonly password: string;
}

/** Where a connection is to lead to. A name is found by the proxy, not here. */
export interface Place {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** undefined: without a proxy. */
export type Route = Proxy | undefined;

/**
 * How to get to a place: routes to try one after the other, attempt by attempt, at least one; it is asked before each.
 * undefined: directly, and nobody needs to be asked. Never rejects.
 */
export type Routes = (place: Place) => Promise<readonly [Route, ...Route[]]> | undefined;

export const DIRECT: Routes = () => undefined;

export class ProxyError extends Error {
  readonly fault: ProxyFault;

  constructor(fault: ProxyFault, cause?: unknown) {
    super(`proxy: ${fault}`, { cause });
    this.fault = fault;
  }
}

/** `host:port`, as a proxy is asked for it. */
export const placeName = ({ host, port }: Place): string => `${isIPv6(host) ? `[${host}]` : host}:${port}`;
