/** The table of networks that docs/reach.md shows. A row more is a row more there (`npm run reach`). */
import type { Computer, Lab } from '../lab.ts';
import { home, internet, serverAddress, type Nat } from '../nat.ts';
import { SECRET, turnServer } from '../turn-server.ts';
import type { Row, Scene } from './row.ts';

const TURN = `turn::${encodeURIComponent(SECRET)}@${serverAddress}`;

interface Between {
  readonly host: readonly Nat[];
  readonly guest: readonly Nat[];
  readonly turn?: string;
  /** The two came together elsewhere: invitations do not go through the meeting point. */
  readonly together?: true;
}

/** Two homes, and on the internet between them a meeting point, which is an address server and a relay server too. */
const between = ({ host, guest, turn, together }: Between) =>
  async function scene(lab: Lab): Promise<Scene> {
    const server = await internet(lab);
    await lab.meetingPoint(server);
    await turnServer(lab, server);
    const environment = {
      COVE_LAN: '0',
      COVE_MEETING_POINTS: `mqtt://${serverAddress}:1883`,
      STUN_SERVERS: `stun:${serverAddress}:3478`,
      ...(turn === undefined ? {} : { COVE_TURN_SERVERS: turn }),
    };
    const [one] = await home(lab, 'host', 1, host);
    const [other, cable] = await home(lab, 'guest', 2, guest);
    const places = { host: { computer: one, environment }, guest: { computer: other, environment }, cable };
    return together ? { ...places, part: bringTogether(lab, one, other) } : places;
  };

function bringTogether(lab: Lab, one: Computer, other: Computer): () => void {
  lab.network('cafe');
  const cables = [lab.connect(one, 'cafe', '192.168.7.2/24'), lab.connect(other, 'cafe', '192.168.7.3/24')];
  return () => {
    for (const cable of cables) cable.pull();
  };
}

async function oneNetwork(lab: Lab): Promise<Scene> {
  lab.network('home');
  const [one, other] = [await lab.computer('host'), await lab.computer('guest')];
  lab.connect(one, 'home', '192.168.7.2/24');
  const cable = lab.connect(other, 'home', '192.168.7.3/24');
  return {
    host: { computer: one, environment: { OWN_MEETING_POINT: '1' } },
    guest: { computer: other, environment: {} },
    cable,
  };
}

export const ROWS: readonly Row[] = [
  { name: 'one network, no internet', way: 'lan', scene: oneNetwork },
  { name: 'cone NAT – cone NAT', way: 'direct', scene: between({ host: ['cone'], guest: ['cone'] }) },
  {
    name: 'cone NAT – two cone NATs, one behind the other',
    way: 'direct',
    scene: between({ host: ['cone'], guest: ['cone', 'cone'] }),
  },
  {
    name: 'cone NAT – symmetric NAT, relay server',
    way: 'turn',
    scene: between({ host: ['cone'], guest: ['symmetric'], turn: TURN }),
  },
  {
    name: 'symmetric NAT – symmetric NAT, relay server',
    way: 'turn',
    scene: between({ host: ['symmetric'], guest: ['symmetric'], turn: TURN }),
  },
  {
    name: 'symmetric NAT – cone NAT behind a symmetric one, relay server',
    way: 'turn',
    scene: between({ host: ['symmetric'], guest: ['cone', 'symmetric'], turn: TURN }),
  },
  {
    name: 'symmetric NAT – symmetric NAT, no relay server',
    way: 'relayed',
    scene: between({ host: ['symmetric'], guest: ['symmetric'], together: true }),
  },
  {
    name: 'cone NAT – no UDP gets out, no relay server',
    way: 'relayed',
    scene: between({ host: ['cone'], guest: ['no-udp'], together: true }),
  },
];
