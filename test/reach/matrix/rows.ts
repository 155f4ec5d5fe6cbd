/** The table of networks that docs/reach.md shows. A row more is a row more there (`npm run reach`). */
import type { Row } from './row.ts';
import { between, diesInBetween, downAtFirst, oneNetwork, oneOfTwoDies, oneOfTwoLies, sixOnly } from './scenes.ts';

export const ROWS: readonly Row[] = [
  // The host is a meeting point too, and a call may be quicker than a beacon.
  { name: 'one network, no internet', ways: ['lan', 'direct'], scene: oneNetwork() },
  {
    name: 'one network, no internet, a VPN that leads nowhere',
    ways: ['lan', 'direct'],
    scene: oneNetwork({ vpn: true }),
  },
  { name: 'cone NAT – cone NAT', ways: ['direct'], scene: between({ host: ['cone'], guest: ['cone'] }) },
  {
    name: 'cone NAT – cone NAT, a VPN that leads nowhere',
    ways: ['direct'],
    scene: between({ host: ['cone'], guest: ['cone'], vpn: true }),
  },
  { name: 'IPv6 only, a firewall on either side', ways: ['direct'], scene: sixOnly },
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
    name: 'cone NAT – nothing but an HTTP proxy, relay server by TLS',
    ways: ['turn'],
    scene: between({ host: ['cone'], guest: 'http', turn: 'tls' }),
  },
  {
    name: 'nothing but a SOCKS proxy – nothing but an HTTP proxy, relay server by TCP',
    ways: ['turn'],
    scene: between({ host: 'socks5', guest: 'http', turn: 'tcp' }),
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
  {
    name: 'nothing but an HTTP proxy – nothing but a SOCKS proxy, no relay server',
    ways: ['relayed'],
    scene: between({ host: 'http', guest: 'socks5' }),
  },
  {
    name: 'cone NAT – cone NAT, the meeting point is down at first',
    ways: ['direct'],
    scene: between({ host: ['cone'], guest: ['cone'], points: downAtFirst }),
  },
  {
    name: 'cone NAT – cone NAT, the meeting point dies once they have joined',
    ways: ['direct'],
    scene: between({ host: ['cone'], guest: ['cone'], points: diesInBetween }),
    shortestCut: 25_000,
  },
  {
    name: 'cone NAT – cone NAT, one of two meeting points dies once they have joined',
    ways: ['direct'],
    scene: between({ host: ['cone'], guest: ['cone'], points: oneOfTwoDies }),
    shortestCut: 25_000,
  },
  {
    name: 'cone NAT – cone NAT, one of two meeting points lies, and spies on the other',
    ways: ['direct'],
    scene: between({ host: ['cone'], guest: ['cone'], points: oneOfTwoLies }),
  },
];
