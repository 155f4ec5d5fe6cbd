/** The servers of one connection, as libdatachannel takes them. */
import type { IceServer } from 'node-datachannel';
import type { Routes } from '../proxy/proxy.ts';
import { TurnBridge } from './turn-bridge.ts';
import { credentialsFor, type TurnServer } from './turn.ts';

/** More are not used, and which ones would be left to chance. */
const TURN_SERVERS = 2;

export interface IceServers {
  readonly list: readonly (string | IceServer)[];
  /** Once the connection has ended. */
  close(): void;
}

export const NO_SERVERS: IceServers = { list: [], close: () => undefined };

/**
 * At once, unless it takes a moment to tell which address servers there are, or a server is spoken to by TCP or TLS: then
 * once there is a bridge to it. `routes`: how such a server is got to; default: directly. Never rejects.
 */
export function iceServersFor(
  stun: readonly string[] | Promise<readonly string[]>,
  turn: readonly TurnServer[],
  bind: string | undefined,
  routes?: Routes,
): IceServers | Promise<IceServers> {
  if (stun instanceof Promise) return stun.then((list) => iceServersFor(list, turn, bind, routes));
  const chosen = choice(turn);
  const byUdp = chosen.filter(({ transport }) => transport === 'udp');
  const list = [...stun, ...byUdp.map((server) => asIceServer(server, server))];
  const byStream = chosen.filter(({ transport }) => transport !== 'udp');
  if (byStream.length === 0) return { list, close: () => undefined };
  return bridged(list, byStream, bind, routes);
}

async function bridged(
  list: IceServers['list'],
  servers: readonly TurnServer[],
  bind: string | undefined,
  routes: Routes | undefined,
): Promise<IceServers> {
  const opened = await Promise.allSettled(servers.map((server) => TurnBridge.open(server, bind, routes)));
  const bridges = opened.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  const here = servers.flatMap((server, at) => {
    const bridge = bridges[at];
    return bridge ? [asIceServer(server, bridge)] : [];
  });
  return { list: [...list, ...here], close: () => bridges.forEach((bridge) => bridge?.close()) };
}

function asIceServer(server: TurnServer, { host, port }: Pick<TurnServer, 'host' | 'port'>): IceServer {
  return { hostname: host, port, relayType: 'TurnUdp', ...credentialsFor(server, Date.now()) };
}

/** Any one of each kind, UDP and the others, so that one is left where the other gets nowhere; else any two. */
function choice(servers: readonly TurnServer[]): readonly TurnServer[] {
  const mixed = servers
    .map((server) => ({ server, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ server }) => server);
  const byUdp = mixed.find(({ transport }) => transport === 'udp');
  const byStream = mixed.find(({ transport }) => transport !== 'udp');
  return byUdp && byStream ? [byUdp, byStream] : mixed.slice(0, TURN_SERVERS);
}
