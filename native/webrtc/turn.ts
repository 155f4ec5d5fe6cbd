/**
 * TURN servers (RFC 8656): machines on the internet that carry packets between two who cannot reach each other. What
 * they carry is encrypted between the two; they see addresses, times and sizes.
 */
import { createHmac } from 'node:crypto';

export interface TurnServer {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** How this computer speaks to the server; from there on it is UDP. */
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** undefined: `secret` is the one that the server shares with whoever may make names and passwords for it. */
  readonly name: string | undefined;
  readonly secret: string;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** How long made credentials are good for, s. A server checks them when a connection begins and goes on renewing it. */
export const LIFETIME_S = 12 * 3600;

/**
 * What to log in with now. With a shared secret (draft-uberti-behave-turn-rest-00, coturn's use-auth-secret):
 *
 *   username = expiry, Unix time in decimal seconds, ":cove"     password = base64(HMAC-SHA1(secret, username))
 *
 * `now`: ms.
 */
export function credentialsFor({ name, secret }: TurnServer, now: number): Credentials {
  if (name !== undefined) return { username: name, password: secret };
  const username = `${Math.floor(now / 1000) + LIFETIME_S}:cove`;
  return { username, password: createHmac('sha1', secret).update(username).digest('base64') };
}
