/** The meeting points that a code names, as URLs for the rendezvous: both sides use them while the invitation lives. */
import type { Cancel, Rendezvous } from '../ports.ts';
import type { InvitationCode } from './code.ts';
import type { Link } from './link.ts';

type Named = Pick<InvitationCode, 'address' | 'url'>;

export function meetingPointsOf({ address, url }: Named): string[] {
  return [
    // No TLS: the host's own broker on the local network has no certificate, and every signal is sealed anyway.
    ...(address ? [`mqtt://${address.ip}:${address.port}`] : []),
    ...(url === undefined ? [] : [url]),
  ];
}

/** A guest's use of them. */
export class PointsInUse {
  readonly #uses: Cancel[];

  constructor(rendezvous: Rendezvous, code: Named) {
    this.#uses = meetingPointsOf(code).map((url) => rendezvous.use(url));
  }

  /**
   * Once. What goes on with `link` needs them longer where it goes through a meeting point: the space names others, or
   * these, only when its entries have come.
   */
  release(link?: Link): void {
    const uses = this.#uses.splice(0);
    const end = (): void => uses.forEach((cancel) => cancel());
    if (link?.kind === 'relayed') link.channel.onClose(end);
    else end();
  }
}
