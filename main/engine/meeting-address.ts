/**
 * Which addresses of meeting points others may name: in an invitation code, and in a space's list. Whatever is named
 * is dialled by a stranger's Cove, so it must not reach what only that computer can: a service on its loopback, or
 * anything that is spoken to by a path. What the person types is the person's own business and is not judged here.
 */

export interface HostAddress {
  /** Dotted IPv4: private (RFC 1918), link-local, or loopback where that is allowed. */
  readonly ip: string;
  readonly port: number;
}
export interface AddressRules {
  /** Set only where COVE_BIND is a loopback address: then a loopback address is valid. */
  readonly loopback?: boolean;
}

/** Bytes of a meeting point's URL; it is ASCII. */
export const MAX_BROKER_URL = 64;
/** How many whoever manages a space names for everybody in it: more connections help nobody. */
export const MOST_NAMED = 4;

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const BROKER = new RegExp(
  `^mqtts://((?:${LABEL})(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(?::([1-9]\\d{0,4}))?(?:/[\\w.~/%-]*)?$`,
);
const NEAR = /^mqtt:\/\/([\d.]+):([1-9]\d{0,4})$/;

/** An address on the local network: nobody's Cove is made to knock at an arbitrary internet host without TLS. */
export function isNearAddress({ ip, port }: HostAddress, rules: AddressRules = {}): boolean {
  const bytes = ipv4(ip);
  if (bytes === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return false;
  const [a, b] = bytes as unknown as [number, number];
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 127 && rules.loopback === true)
  );
}

/**
 * `mqtts://host[:port][/path]`, at most 64 bytes: a name or IPv4 address in lower case or an IPv6 address in brackets,
 * no user, query or fragment. TLS ignores the path, so it reaches nobody.
 */
export function isBrokerUrl(url: string, rules: AddressRules = {}): boolean {
  if (url.length > MAX_BROKER_URL) return false;
  const match = BROKER.exec(url);
  if (!match || Number(match[2] ?? 8883) > 65_535) return false;
  return rules.loopback === true || !isLoopbackHost(match[1] as string);
}

/** Its scheme and host as they are compared and named: in lower case. What is no address stays as it is. */
export function inLowerCase(url: string): string {
  const [whole, scheme = '', login = '', host = ''] = /^([a-z]+:\/\/)([^@/?#]*@)?([^/?#]*)/i.exec(url) ?? [];
  return whole === undefined ? url : `${scheme.toLowerCase()}${login}${host.toLowerCase()}${url.slice(whole.length)}`;
}

/** What may stand in a space's list of meeting points: what an invitation code may carry, as URLs. */
export function mayBeNamed(url: string, rules: AddressRules = {}): boolean {
  return nearAddress(url, rules) !== undefined || isBrokerUrl(url, rules);
}

/**
 * What whoever manages a space may name for everybody in it: a broker behind TLS, by name or by an address on the
 * internet. An address of a private network is another computer in each of them.
 */
export function mayBeNamedForAll(url: string, rules: AddressRules = {}): boolean {
  if (rules.loopback === true) return mayBeNamed(url, rules);
  return isBrokerUrl(url, rules) && !isLocalHost((BROKER.exec(url) as RegExpExecArray)[1] as string);
}

/** Of `mqtt://ip:port` on the local network, as an invitation code carries it. */
export function nearAddress(url: string, rules: AddressRules = {}): HostAddress | undefined {
  const match = url.length <= MAX_BROKER_URL ? NEAR.exec(url) : null;
  const address = match && { ip: match[1] as string, port: Number(match[2]) };
  return address && isNearAddress(address, rules) ? address : undefined;
}

/**
 * Also in the spellings that resolvers take for addresses (`127.1`, `0x7f000001`, the RFC 4291 forms of IPv4): a last
 * label that is a number makes an address, and only the plain dotted one is judged. A name may still resolve to
 * anything; a service that has no certificate for it hears nothing but the beginning of TLS.
 */
function isLoopbackHost(host: string): boolean {
  if (host.startsWith('[')) return /^\[(?:::|0{1,4}:)/.test(host); // 0000::/16: loopback, unspecified, mapped IPv4
  const last = host.slice(host.lastIndexOf('.') + 1);
  if (last === 'localhost') return true;
  if (!/^(?:\d+|0x[0-9a-f]*)$/.test(last)) return false;
  const bytes = ipv4(host);
  return bytes === undefined || bytes[0] === 127 || bytes[0] === 0;
}

/** By number: private, shared (RFC 6598), link-local or of no one computer; of IPv6 all but global unicast, and what carries an IPv4 address. */
function isLocalHost(host: string): boolean {
  if (host.startsWith('[')) return !/^\[[23][0-9a-f]{3}:/.test(host) || /^\[(?:2002:|2001:(?:0{1,4})?:)/.test(host);
  const [a, b] = ipv4(host) ?? [];
  if (a === undefined || b === undefined) return false;
  return (
    (a === 100 && b >= 64 && b <= 127) ||
    a >= 224 ||
    isNearAddress({ ip: host, port: 1 }, { loopback: true }) ||
    a === 0
  );
}

function ipv4(ip: string): readonly number[] | undefined {
  const parts = ip.split('.');
  const wellFormed =
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return wellFormed ? parts.map(Number) : undefined;
}
