/**
 * Proxies as people and systems write them:
 *
 *   http://host:port     https://host:port     socks5://host:port     with name:password@ before the host
 *
 * Without a port: 80, 443, 1080. `socks5h` and `socks` mean the same as `socks5`: names are found by the proxy in any case.
 */
import { placeName, type Place, type Proxy, type Route } from './proxy.ts';

const PROTOCOLS = new Map<string, Proxy['protocol']>([
  ['http:', 'http'],
  ['https:', 'https'],
  ['socks5:', 'socks5'],
  ['socks5h:', 'socks5'],
  ['socks:', 'socks5'],
]);
const PORTS = { http: 80, https: 443, socks5: 1080 } as const;
/** SOCKS has a byte for the length of each. */
const MAX_LOGIN = 255;

/** undefined: it is no address of a proxy. */
export function parseProxy(text: string): Proxy | undefined {
  const given = text.trim();
  if (given.length > 1_000 || !URL.canParse(given)) return undefined;
  const url = new URL(given);
  const protocol = PROTOCOLS.get(url.protocol);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (protocol === undefined || host === '' || url.port === '0') return undefined;
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return undefined;
  const [name, password] = [decoded(url.username), decoded(url.password)];
  if (Buffer.byteLength(name) > MAX_LOGIN || Buffer.byteLength(password) > MAX_LOGIN) return undefined;
  // HTTP has a colon between the two.
  if (protocol !== 'socks5' && name.includes(':')) return undefined;
  return { protocol, host, port: Number(url.port) || PORTS[protocol], name, password };
}

/** With its password. */
export function writtenProxy(proxy: Proxy): string {
  const { protocol, name, password } = proxy;
  const secret = password === '' ? '' : `:${encodeURIComponent(password)}`;
  const login = name === '' && password === '' ? '' : `${encodeURIComponent(name)}${secret}@`;
  return `${protocol}://${login}${placeName(proxy)}`;
}

/** What may be shown, logged and kept beside the database. */
export const shownProxy = (proxy: Proxy): string => writtenProxy({ ...proxy, password: '' });

/** As it was typed when it is not percent-encoded throughout: passwords have percent signs of their own. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const KINDS = new Map<string, Proxy['protocol']>([
  ['PROXY', 'http'],
  ['HTTP', 'http'],
  ['HTTPS', 'https'],
  ['SOCKS', 'socks5'],
  ['SOCKS5', 'socks5'],
]);

/**
 * The routes of a system's answer, in the words of a PAC file: `PROXY host:port; SOCKS5 host:port; DIRECT`. What Cove
 * cannot go through (SOCKS4, QUIC) is left out.
 */
export function routesOfPac(answer: string): Route[] {
  return answer.split(';').flatMap((one): Route[] => {
    const [kind = '', place = ''] = one.trim().split(/\s+/);
    if (kind.toUpperCase() === 'DIRECT') return [undefined];
    const protocol = KINDS.get(kind.toUpperCase());
    const proxy = protocol && parseProxy(`${protocol}://${place}`);
    return proxy ? [proxy] : [];
  });
}

/** An https URL with which a system is asked for the way to a place: none knows what MQTT is. */
export const urlToAsk = (place: Place): string => `https://${placeName(place)}/`;
