/** The addresses of servers that a person may name in the settings: what a window checks as it is typed, and the contract again. */

/** Of one address and of a list. */
export const MOST_CHARACTERS = 200;
export const MOST_SERVERS = 8;

const BROKERS = new Set(['mqtt:', 'mqtts:', 'ws:', 'wss:']);
const PORTS = 65_535;

/** An MQTT broker: `mqtts://host:port`, or by `mqtt`, `ws` or `wss`. */
export function isBrokerAddress(text: string): boolean {
  const url = parse(text);
  return url !== null && BROKERS.has(url.protocol) && url.hostname !== '';
}

/**
 * A STUN server: `stun:host` or `stun:host:port` (RFC 7064), as libdatachannel takes it: in lower case, and no IPv6
 * address by number. It knows no path, no query and no name to log in with.
 */
export function isStunAddress(text: string): boolean {
  const place = /^stun:([^/?#@[\]]+)$/.exec(text)?.[1];
  // After `stun:` URLs are opaque: host and port are read as any other scheme's.
  const url = place === undefined ? null : parse(`mqtt://${place}`);
  if (url === null || text.length > MOST_CHARACTERS || url.hostname === '') return false;
  return url.port === '' ? !place?.endsWith(':') : Number(url.port) > 0 && Number(url.port) <= PORTS;
}

/**
 * A TURN server: `turn:name:password@host:port`, `turn::secret@host:port`, with `?transport=udp` or `tcp`, or `turns:`.
 * What to log in with may be missing: it is kept of an address that was there before.
 */
export function isTurnAddress(text: string): boolean {
  if (text.length > MOST_CHARACTERS) return false;
  const read = /^(turns?):(?!\/\/)(?:\S*@)?([^\s/?#@]+?)(?:\?transport=(udp|tcp))?$/i.exec(text);
  // There is no TURN over DTLS to speak of.
  if (read === null || /^turns:.*udp$/i.test(`${read[1] ?? ''}:${read[3] ?? ''}`)) return false;
  const [, , place = ''] = read;
  return !place.includes('%') && isLanAddress(place);
}

/** Whether a TURN address says what to log in with, and not only as whom. */
export const hasTurnSecret = (text: string): boolean => /^turns?:[^:@]*:\S+@/i.test(text);

/** A computer on a network around: a name, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
export function isLanAddress(text: string): boolean {
  const read = /^(?:(\[[0-9a-f:.]+)(?:%[^\s/?#@[\]]+)?\]|([^\s:/?#@[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  if (read === null || text.length > MOST_CHARACTERS) return false;
  const [, six, name = '', port] = read;
  const possible = port === undefined || (Number(port) > 0 && Number(port) <= PORTS);
  return possible && (six === undefined ? isHost(name) : parse(`mqtt://${six}]`) !== null);
}

/** What ends in a number is an IPv4 address; a list, half an address or a slip is no name. */
function isHost(text: string): boolean {
  if (/(?:^|\.)\p{N}+\.?$/u.test(text)) return /^\d+(?:\.\d+){3}$/.test(text) && parse(`http://${text}`) !== null;
  const label = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?$/u;
  return text
    .replace(/\.$/, '')
    .split('.')
    .every((part) => label.test(part));
}

const PROXIES = new Set(['http:', 'https:', 'socks5:', 'socks5h:', 'socks:']);

/** A proxy: `http://host:port`, `https://host:port` or `socks5://host:port`, perhaps with name:password@ before the host. */
export function isProxyAddress(text: string): boolean {
  const url = parse(text);
  if (url === null || !PROXIES.has(url.protocol) || url.hostname === '' || url.port === '0') return false;
  return ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
}

/** `none`, `system` or the address of one. */
export const isProxyChoice = (text: string): boolean => text === 'none' || text === 'system' || isProxyAddress(text);

function parse(text: string): URL | null {
  if (text.length > MOST_CHARACTERS || /\s/.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}
