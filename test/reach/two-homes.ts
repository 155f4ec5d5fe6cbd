/** Two people behind routers of their own, and on the internet between them a meeting point that is an address server too. */
import type { Cable, Computer, Lab } from './lab.ts';
import { home, internet, serverAddress } from './nat.ts';
import { turnServer } from './turn-server.ts';

export interface TwoHomes {
  readonly here: Computer;
  readonly there: Computer;
  /** Of the second one. */
  readonly cable: Cable;
  /** For both. */
  readonly environment: Readonly<Record<string, string>>;
}

export async function twoHomes(lab: Lab): Promise<TwoHomes> {
  const server = await internet(lab);
  await lab.meetingPoint(server);
  const authority = await turnServer(lab, server, serverAddress);
  const [here] = await home(lab, 'ana', 1, ['cone']);
  const [there, cable] = await home(lab, 'ben', 2, ['cone']);
  const environment = {
    COVE_LAN: '0',
    COVE_MEETING_POINTS: `mqtt://${serverAddress}:1883`,
    STUN_SERVERS: `stun:${serverAddress}:3478`,
    NODE_EXTRA_CA_CERTS: authority,
  };
  return { here, there, cable, environment };
}
