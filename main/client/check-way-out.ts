/** Asks the servers on the way to the internet. Apart from way-out.ts, because it loads the network's libraries. */
import type { Clock, Random } from '../engine/ports.ts';
import type { Routes } from '../../native/proxy/proxy.ts';
import { checkAddress } from '../../native/webrtc/address-check.ts';
import { turnWorks } from '../../native/webrtc/turn-check.ts';
import type { TurnServer } from '../../native/webrtc/turn.ts';
import { shownTurnServer } from './turn-address.ts';
import type { Relay, WayOut } from './way-out.ts';

export interface WayOutOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly bind: string | undefined;
  readonly iceServers: readonly string[];
  readonly turnServers: readonly TurnServer[];
  readonly routes: Routes;
}

/** Takes some seconds and never rejects. */
export async function checkWayOut(options: WayOutOptions): Promise<WayOut> {
  const { clock, random, bind, iceServers, turnServers, routes } = options;
  const relays = turnServers.map(async (server): Promise<Relay> => {
    const works = await turnWorks(server, { bind, routes, clock });
    return { url: shownTurnServer(server), transport: server.transport, works };
  });
  const address = checkAddress({ servers: iceServers, clock, random, bind });
  return { address: await address, relays: await Promise.all(relays) };
}
