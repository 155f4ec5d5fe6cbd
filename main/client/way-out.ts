/** How it is with the way to the internet: what the address servers see of this computer, and whether relay servers work. */
import type { AddressCheck } from '../../native/webrtc/address-check.ts';
import type { TurnServer } from '../../native/webrtc/turn.ts';

/** What a look at the ways out of this network found: its address from outside, and the relay servers. */
export interface WayOut {
  readonly address: AddressCheck;
  readonly relays: readonly Relay[];
}
/** A relay server, and whether it answered. */
export interface Relay {
  /** Without its secret. */
  readonly url: string;
  readonly transport: TurnServer['transport'];
  readonly works: boolean;
}

/** For a report that names nobody and nothing. */
export function wayOutLines({ address, relays }: WayOut): string[] {
  return [
    `Address servers: ${address.answered} of ${address.asked} answer, ${address.kind}`,
    ...relays.map(
      ({ transport, works }, i) => `Relay server ${i + 1}, ${transport}: ${works ? 'works' : 'does not work'}`,
    ),
  ];
}
