/** The table of networks that docs/reach.md shows. A row more is a row more there (`npm run reach`). */
import type { Lab } from '../lab.ts';
import { home, internet, serverAddress, type Nat } from '../nat.ts';
import { SECRET, turnServer } from '../turn-server.ts';
import type { Row, Scene } from './row.ts';

const LOGIN = `:${encodeURIComponent(SECRET)}@${serverAddress}`;
const TURN = { udp: `turn:${LOGIN}`, tcp: `turn:${LOGIN}?transport=tcp`, tls: `turns:${LOGIN}` } as const;

interface Between {
  readonly host: readonly Nat[];
  readonly guest: readonly Nat[];
  readonly turn?: keyof typeof TURN;
  /** Only the guest has named it. */
  readonly oneSided?: true;
}

/** Two homes, and on the internet between them a meeting point, which is an address server and a relay server too. */
const between = ({ host, guest, turn, oneSided }: Between) =>
  async function scene(lab: Lab): Promise<Scene> {
    const server = await internet(lab);
    await lab.meetingPoint(server);
    const authority = await turnServer(lab, server, serverAddress);
    const environment = {
      COVE_LAN: '0',
      COVE_MEETING_POINTS: `mqtt://${serverAddress}:1883`,
      STUN_SERVERS: `stun:${serverAddress}:3478`,
      NODE_EXTRA_CA_CERTS: authority,
    };
    const relayed = turn === undefined ? environment : { ...environment, COVE_TURN_SERVERS: TURN[turn] };
    const [one] = await home(lab, 'host', 1, host);
    const [other, cable] = await home(lab, 'guest', 2, guest);
    return {
      host: { computer: one, environment: oneSided ? environment : relayed },
      guest: { computer: other, environment: relayed },
      cable,
    };
  };

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
  // The host is a meeting point too, and a call may be quicker than a beacon.
  { name: 'one network, no internet', ways: ['lan', 'direct'], scene: oneNetwork },
  { name: 'cone NAT – cone NAT', ways: ['direct'], scene: between({ host: ['cone'], guest: ['cone'] }) },
  {
    name: 'cone NAT – two cone NATs, one behind the other',
    ways: ['direct'],
    scene: between({ host: ['cone'], guest: ['cone', 'cone'] }),
  },
  {
    name: 'cone NAT – symmetric NAT, relay server named by one of the two',
    ways: ['turn'],
    scene: between({ host: ['cone'], guest: ['symmetric'], turn: 'udp', oneSided: true }),
  },
  {
    name: 'symmetric NAT – symmetric NAT, relay server',
    ways: ['turn'],
    scene: between({ host: ['symmetric'], guest: ['symmetric'], turn: 'udp' }),
  },
  {
    name: 'symmetric NAT – cone NAT behind a symmetric one, relay server',
    ways: ['turn'],
    scene: between({ host: ['symmetric'], guest: ['cone', 'symmetric'], turn: 'udp' }),
  },
  {
    name: 'cone NAT – no UDP gets out, relay server by TCP',
    ways: ['turn'],
    scene: between({ host: ['cone'], guest: ['no-udp'], turn: 'tcp' }),
  },
  {
    name: 'no UDP gets out – no UDP gets out, relay server by TLS',
    ways: ['turn'],
    scene: between({ host: ['no-udp'], guest: ['no-udp'], turn: 'tls' }),
  },
  {
    name: 'symmetric NAT – symmetric NAT, no relay server',
    ways: ['relayed'],
    scene: between({ host: ['symmetric'], guest: ['symmetric'] }),
  },
  {
    name: 'cone NAT – no UDP gets out, no relay server',
    ways: ['relayed'],
    scene: between({ host: ['cone'], guest: ['no-udp'] }),
  },
];
