/**
 * TURN servers as people write them (RFC 7065, with what to log in with before the @):
 *
 *   turn:name:password@host:port     turn::secret@host:port     turn:…?transport=tcp     turns:…
 *
 * Without a name it is the secret that the server shares with whoever may use it; names and passwords that are good for a
 * few hours are made from it. `turns` is TLS over TCP. Without a port: 3478, and 5349 with TLS.
 */
import { isIPv6 } from 'node:net';
import { CoveError } from '../engine/errors.ts';
import type { TurnServer } from '../../native/webrtc/turn.ts';
import type { Spelling } from './server-passwords.ts';

const FORM =
  /^(turns?):(?!\/\/)(?:(\S*)@)?(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]{1,253}))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;
const PORTS = { turn: 3478, turns: 5349 } as const;

/** `secret` is empty where the address has none; undefined: it is no address. */
function read(text: string): TurnServer | undefined {
  const [whole, scheme = '', login, six, name, given, carrier] = FORM.exec(text.trim()) ?? [];
  const tls = scheme.toLowerCase() === 'turns';
  const port = Number(given ?? PORTS[tls ? 'turns' : 'turn']);
  if (whole === undefined || (six !== undefined && !isIPv6(six)) || port === 0 || port > 65_535) return undefined;
  const byUdp = carrier === undefined ? !tls : carrier.toLowerCase() === 'udp';
  // TURN over DTLS: hardly any server has it.
  if (tls && byUdp) return undefined;
  const [user = '', ...rest] = (login ?? '').split(':');
  return {
    host: six ?? name ?? '',
    port,
    transport: tls ? 'tls' : byUdp ? 'udp' : 'tcp',
    name: user === '' ? undefined : decoded(user),
    secret: decoded(rest.join(':')),
  };
}

/** With or without its secret. */
function written({ host, port, transport, name, secret }: TurnServer): string {
  const login =
    name === undefined && secret === ''
      ? ''
      : `${encodeURIComponent(name ?? '')}${secret === '' ? '' : `:${encodeURIComponent(secret)}`}@`;
  const place = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return `${transport === 'tls' ? 'turns' : 'turn'}:${login}${place}${transport === 'tcp' ? '?transport=tcp' : ''}`;
}

/** A password with a % that encodes nothing is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What may be shown, logged and kept beside the database. */
export const shownTurnServer = (server: TurnServer): string => written({ ...server, secret: '' });

/** The same of one as it was written; empty where it cannot be told what of it is the secret. */
export function withoutSecret(given: string): string {
  const server = read(given);
  return server === undefined ? '' : shownTurnServer(server);
}

export const TURN_SERVERS: Spelling = {
  kept: 'mesh.turn-passwords',
  place: withoutSecret,
  passwordOf: (given) => read(given)?.secret ?? '',
  withPassword(given, secret) {
    const server = read(given);
    return server === undefined ? given : written({ ...server, secret });
  },
};

/** Those that can be logged in at, and those whose secret is missing. Throws CoveError: turn-invalid. */
export function parseTurnServers(urls: readonly string[]): { usable: TurnServer[]; lacking: string[] } {
  const servers = urls.map((url, at) => {
    const server = read(url);
    // The address itself may not be said: who knows what of it is the secret.
    if (server === undefined) throw new CoveError('turn-invalid', { number: at + 1 });
    return server;
  });
  const lacking = servers.filter(({ secret }) => secret === '').map(written);
  return { usable: servers.filter(({ secret }) => secret !== ''), lacking };
}
