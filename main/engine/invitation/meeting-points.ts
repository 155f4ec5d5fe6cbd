/** The meeting points that a code names, as URLs for the rendezvous: both sides use them while the invitation lives. */
import type { InvitationCode } from './code.ts';

export function meetingPointsOf({ address, url }: Pick<InvitationCode, 'address' | 'url'>): string[] {
  return [
    // No TLS: the host's own broker on the local network has no certificate, and every signal is sealed anyway.
    ...(address ? [`mqtt://${address.ip}:${address.port}`] : []),
    ...(url === undefined ? [] : [url]),
  ];
}
