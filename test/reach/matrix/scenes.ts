/** Where the two of a row are, with what in between, and what happens to their meeting points meanwhile. */
import { fileURLToPath } from 'node:url';
import { microsocksArguments, tinyproxyConfig } from '../../ports/proxies.ts';
import type { Cable, Computer, Lab } from '../lab.ts';
import {
  behindAProxy,
  home,
  homeBySix,
  internet,
  internetBySix,
  secondAddress,
  serverAddress,
  type Nat,
} from '../nat.ts';
import { answered } from '../people.ts';
import { SECRET, turnServer } from '../turn-server.ts';
import type { Both, Scene } from './row.ts';

const LOGIN = `:${encodeURIComponent(SECRET)}@${serverAddress}`;
const TURN = { udp: `turn:${LOGIN}`, tcp: `turn:${LOGIN}?transport=tcp`, tls: `turns:${LOGIN}` } as const;
const LIAR = fileURLToPath(new URL('../lying-broker.ts', import.meta.url));

/** What is between somebody and the internet: routers, the innermost first, or a computer that lets out through a proxy only. */
export type Home = readonly Nat[] | 'http' | 'socks5';

export interface Between {
  readonly host: Home;
  readonly guest: Home;
  readonly turn?: keyof typeof TURN;
  /** Only the guest has named it. */
  readonly oneSided?: true;
  /** Default: one that is there. */
  readonly points?: Points;
  /** Both are in a VPN that carries nothing, and that the system goes out through where there is no better way. */
  readonly vpn?: true;
}

/** Meeting points on the internet: their addresses, and what happens to them. */
type Points = (
  lab: Lab,
  server: Computer,
) => Promise<{ readonly at: readonly string[]; readonly happens?: Scene['happens'] }>;

const oneThatWorks: Points = async (lab, server) => {
  await lab.meetingPoint(server);
  return { at: [serverAddress] };
};

/** Two homes, and on the internet between them a meeting point, which is an address server and a relay server too. */
export const between = ({ host, guest, turn, oneSided, points = oneThatWorks, vpn }: Between) =>
  async function scene(lab: Lab): Promise<Scene> {
    const server = await internet(lab);
    const { at, happens } = await points(lab, server);
    const authority = await turnServer(lab, server, serverAddress);
    const environment = {
      COVE_LAN: '0',
      COVE_MEETING_POINTS: at.map((address) => `mqtt://${address}:1883`).join(),
      STUN_SERVERS: `stun:${serverAddress}:3478`,
      NODE_EXTRA_CA_CERTS: authority,
    };
    const relayed = turn === undefined ? environment : { ...environment, COVE_TURN_SERVERS: TURN[turn] };
    const one = await placed(lab, 'host', 1, host);
    const other = await placed(lab, 'guest', 2, guest);
    if (vpn) for (const [i, { computer }] of [one, other].entries()) lab.vpn(computer, `10.8.0.${i + 2}/24`);
    return {
      host: { computer: one.computer, environment: { ...(oneSided ? environment : relayed), ...one.proxy } },
      guest: { computer: other.computer, environment: { ...relayed, ...other.proxy } },
      cable: other.cable,
      ...(happens === undefined ? {} : { happens }),
    };
  };

interface Placed {
  readonly computer: Computer;
  readonly cable: Cable;
  /** Of its environment. */
  readonly proxy: Readonly<Record<string, string>>;
}

async function placed(lab: Lab, name: string, number: number, how: Home): Promise<Placed> {
  if (typeof how !== 'string') {
    const [computer, cable] = await home(lab, name, number, how);
    return { computer, cable, proxy: {} };
  }
  const login = { name, password: 'not-shown' };
  const [computer, cable, gateway] = await behindAProxy(lab, name, number);
  const port = how === 'http' ? 8888 : 1080;
  await lab.server(
    gateway,
    how === 'http'
      ? {
          program: 'tinyproxy',
          config: tinyproxyConfig({ port, login }),
          args: (file) => ['-d', '-c', file],
          runs: port,
        }
      : { program: 'microsocks', args: () => microsocksArguments(port, login), runs: port },
  );
  const proxy = { COVE_PROXY: `${how}://${login.name}:${login.password}@192.168.${number}.1:${port}` };
  return { computer, cable, proxy };
}

/** It comes once both have noticed that there is none, and one of them would join. */
export const downAtFirst: Points = (lab, server) =>
  Promise.resolve({
    at: [serverAddress],
    async happens(cell, both) {
      if (cell > 0) return undefined;
      await nowhere(both);
      return { state: 'no-meeting-point', mend: () => lab.meetingPoint(server) };
    },
  });

/** Both say so. */
const nowhere = (both: Both) =>
  Promise.all(both.map((who) => answered(who, { do: 'reach', reach: 'nowhere' }, 'reach')));

/** It dies before they write; once they are not connected any more, and say why, it is there again. */
export const diesInBetween: Points = async (lab, server) => {
  const running = await lab.meetingPoint(server);
  return {
    at: [serverAddress],
    async happens(cell, both) {
      if (cell === 0) return undefined;
      if (cell === 1) {
        await running.stop();
        await nowhere(both);
        return undefined;
      }
      const ask = { do: 'found', findings: 'connected,no-meeting-point' };
      const found = await Promise.all(both.map((who) => answered(who, ask, 'found')));
      if (found.every(({ found: finding }) => finding === 'connected')) return undefined;
      // The other one may have believed in the session for a moment longer.
      const over = { do: 'found', findings: 'no-meeting-point' };
      await Promise.all(both.map((who) => answered(who, over, 'found')));
      return { state: 'no-meeting-point', mend: () => lab.meetingPoint(server) };
    },
  };
};

/** The first one dies before they write. */
export const oneOfTwoDies: Points = async (lab, server) => {
  const running = await lab.meetingPoint(server, serverAddress);
  await lab.meetingPoint(server, secondAddress);
  return {
    at: [serverAddress, secondAddress],
    async happens(cell) {
      if (cell === 1) await running.stop();
      return undefined;
    },
  };
};

export const oneOfTwoLies: Points = async (lab, server) => {
  await lab.meetingPoint(server, serverAddress);
  const args = [LIAR, secondAddress, '1883', `mqtt://${serverAddress}:1883`];
  await lab.server(server, { program: process.execPath, args: () => args, runs: 'lying' });
  return { at: [serverAddress, secondAddress] };
};

/** `vpn`: both are in one that carries nothing, and that takes everything that is not near. */
export const oneNetwork = ({ vpn }: { readonly vpn?: true } = {}) =>
  async function scene(lab: Lab): Promise<Scene> {
    lab.network('home');
    const [one, other] = [await lab.computer('host'), await lab.computer('guest')];
    lab.connect(one, 'home', '192.168.7.2/24');
    const cable = lab.connect(other, 'home', '192.168.7.3/24');
    if (vpn) for (const [i, computer] of [one, other].entries()) lab.vpn(computer, `10.8.0.${i + 2}/24`);
    return {
      host: { computer: one, environment: { OWN_MEETING_POINT: '1' } },
      guest: { computer: other, environment: {} },
      cable,
    };
  };

/** Nobody has an IPv4 address, and a firewall on either side lets in only who was spoken to. */
export async function sixOnly(lab: Lab): Promise<Scene> {
  const [server, address] = await internetBySix(lab);
  await lab.meetingPoint(server, address);
  const environment = { COVE_LAN: '0', COVE_MEETING_POINTS: `mqtt://[${address}]:1883` };
  const [one] = await homeBySix(lab, server, 'host', 1);
  const [other, cable] = await homeBySix(lab, server, 'guest', 2);
  return { host: { computer: one, environment }, guest: { computer: other, environment }, cable };
}
