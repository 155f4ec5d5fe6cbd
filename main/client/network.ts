/**
 * The native network of one client: the MQTT rendezvous, WebRTC, and, if wanted, a meeting point of one's own
 * whose address goes into invitation codes and into the spaces.
 */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { inLowerCase, isBrokerUrl, isNearAddress, mayBeNamed, type HostAddress } from '../engine/meeting-address.ts';
import { Listeners } from '../engine/listeners.ts';
import { Friends } from '../engine/mesh/friends.ts';
import { Relays } from '../engine/mesh/relays.ts';
import type { Cancel, Clock, LanAddress, Log, Random, Rendezvous, Transport } from '../engine/ports.ts';
import { openLan } from '../../native/lan/lan.ts';
import { DEFAULT_ICE_SERVERS, DEFAULT_MEETING_POINTS } from '../../native/mqtt/defaults.ts';
import { createMqttRendezvous } from '../../native/mqtt/rendezvous.ts';
import { watchNetworks } from '../../native/networks.ts';
import { AnsweringServer } from '../../native/webrtc/answering-server.ts';
import { createWebRtcTransport } from '../../native/webrtc/transport.ts';
import type { TurnServer } from '../../native/webrtc/turn.ts';
import { checkWayOut } from './check-way-out.ts';
import type { WayOut } from './way-out.ts';
import { parseLanAddresses } from './lan-address.ts';
import { isLoopback } from './options.ts';
import { createRoutes, type ProxyInUse, type SystemProxy } from './proxies.ts';
import { openOwnMeetingPoint } from './own-meeting-point.ts';
import { SwitchedLan } from './switched-lan.ts';

export interface NetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** undefined: the default list. */
  readonly meetingPoints: readonly string[] | undefined;
  readonly bind: string | undefined;
  readonly iceServers: readonly string[] | undefined;
  readonly turnServers: readonly TurnServer[];
  /** What meeting points are reached through, and relay servers that are spoken to by TCP or TLS. */
  readonly proxy: ProxyInUse;
  /** What the system says. Default: as other programs of a terminal take it, from HTTPS_PROXY, ALL_PROXY and NO_PROXY. */
  readonly systemProxy: SystemProxy | undefined;
  readonly ownMeetingPoint: boolean;
  /** Whether this device passes on what members say who cannot reach each other. */
  readonly carries: boolean;
  /** Whether others are looked for on the network around, and may find this device there. */
  readonly lan: boolean;
  /** `host:port`, where they are looked for besides. */
  readonly lanAddresses: readonly string[];
  /** The ports that the own meeting point had, the latest first; none, or 0, for any. */
  readonly ports: readonly number[];
  /** This computer's address on its local network, asked each time: it changes. Default: from the system. */
  readonly address?: () => string | undefined;
}

export interface OwnAddress {
  readonly ip: string;
  readonly port: number;
  readonly url: string;
  /** Absent when neither a code nor a space may name it: others have to find this device by other meeting points. */
  readonly named?: HostAddress;
}

export interface Network {
  /** The meeting points, and members who carry for others. */
  readonly rendezvous: Friends;
  /** Whether this device carries for others; off for all sessions, on for those that began while it was on, and from now on. */
  carries: boolean;
  readonly transport: Transport;
  /** What goes through meeting points where no channel opens: of the mesh and of invitations, also before there is a profile. */
  readonly relays: Relays;
  readonly lan: SwitchedLan;
  readonly lanAddresses: readonly LanAddress[];
  /** Replaces them, for the next engine; of the running one the mesh is told. Throws CoveError: lan-address-invalid. */
  setLanAddresses(addresses: readonly string[]): void;
  /** Everything is bound to this computer: then others may name addresses on it. */
  readonly loopback: boolean;
  /** Where others on this network can reach the own meeting point now. */
  readonly own: OwnAddress | undefined;
  /** The port it listens on, whether anybody can reach it now or not. */
  readonly ownPort: number | undefined;
  /** Others on the network around can find this device there, whatever becomes of the meeting points elsewhere. */
  readonly near: boolean;
  /** Ports the own meeting point had and that another program has now: who was told of them does not get through. */
  readonly takenPorts: readonly number[];
  /** Calls back when that changed. */
  onPorts(fn: () => void): Cancel;
  /** Calls back when this computer is on other networks than before. */
  onChange(fn: () => void): Cancel;
  /** Of the person's own list the first that others may be told of, one with TLS if there is one. Everybody has the default list. */
  readonly broker: string | undefined;
  /** Replaces the list of the person's own choice; undefined: the default list. */
  setMeetingPoints(urls: readonly string[] | undefined): void;
  /** Addresses that are not dialled for a space's sake. */
  readonly off: ReadonlySet<string>;
  /** Replaces them. */
  setOff(urls: readonly string[]): void;
  /** Asked for the own address before each connection. */
  readonly iceServers: readonly string[];
  /** Replaces them for connections from now on; undefined: the default list. */
  setIceServers(urls: readonly string[] | undefined): void;
  /** They carry connections that are not possible otherwise. None is used while everything is bound to this computer. */
  readonly turnServers: readonly TurnServer[];
  /** Replaces them for connections from now on. */
  setTurnServers(servers: readonly TurnServer[]): void;
  readonly proxy: ProxyInUse;
  /** For connections from now on; those to meeting points are made anew. */
  setProxy(proxy: ProxyInUse): void;
  /** Asks them and the address servers; takes some seconds and never rejects. */
  checkWayOut(): Promise<WayOut>;
  close(): Promise<void>;
}

/** Throws CoveError('lan-address-invalid') for what is no address in `lanAddresses`; then nothing is open. */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { clock, random, log, bind, address = privateAddress } = options;
  let lanAddresses = parseLanAddresses(options.lanAddresses); // before anything is open
  const loopback = isLoopback(bind);
  let { proxy } = options;
  const routes = createRoutes({ choice: () => proxy, system: options.systemProxy, loopback, clock, log });
  const brokers = createMqttRendezvous({ urls: [], clock, random, log, routes });
  // Bound to the loopback there is nobody outside to be found, and nothing outside is asked.
  const defaultServers = loopback ? [] : DEFAULT_ICE_SERVERS.map(({ url }) => url);
  let iceServers = options.iceServers ?? defaultServers;
  let turnServers = options.turnServers;
  const onError = (error: unknown) => log('connection-failed', { error: String(error) });
  const addressServer = new AnsweringServer({ clock, random, bind });
  const transport = createWebRtcTransport({
    iceServers: () => addressServer.among(iceServers),
    turnServers: () => (loopback ? [] : turnServers),
    routes,
    onError,
    ...(bind === undefined ? {} : { bind }),
  });
  const defaults = loopback ? [] : DEFAULT_MEETING_POINTS.map(({ url }) => url);

  let chosen: Cancel[] = [];
  let broker: string | undefined;
  const setMeetingPoints = (urls: readonly string[] | undefined) => {
    const before = chosen;
    chosen = (urls ?? defaults).map((url) => brokers.use(url, 'list'));
    for (const drop of before) drop();
    const spelt = urls?.map(inLowerCase);
    broker =
      spelt?.find((url) => isBrokerUrl(url, { loopback })) ?? spelt?.find((url) => mayBeNamed(url, { loopback }));
  };
  setMeetingPoints(options.meetingPoints);

  const changed = new Listeners(log);
  const stopWatching = loopback
    ? () => undefined
    : watchNetworks({
        clock,
        onChange() {
          log('network-changed');
          addressServer.forget();
          brokers.retry();
          changed.call();
        },
      });

  const freed = new Listeners(log);
  const point = options.ownMeetingPoint
    ? await openOwnMeetingPoint({
        clock,
        log,
        host: bind ?? '0.0.0.0',
        former: options.ports,
        onFreed: () => freed.call(),
      })
    : undefined;
  const own = (): OwnAddress | undefined => {
    const ip = point === undefined ? undefined : (bind ?? address());
    return point === undefined || ip === undefined ? undefined : ownAddress({ ip, port: point.port }, loopback);
  };
  const here = point === undefined ? undefined : meetingPointUrl({ ip: bind ?? '127.0.0.1', port: point.port });
  if (here !== undefined) brokers.use(here, 'own');
  /** An invitation or a space that names the own meeting point, by any of its ports, means the one in this process. */
  const isOwn = (url: string): boolean => {
    const ip = bind ?? address();
    return ip !== undefined && point?.ports.some((port) => url === meetingPointUrl({ ip, port })) === true;
  };
  let off: ReadonlySet<string> = new Set();
  const switched = new Listeners(log);
  const rendezvous: Rendezvous = {
    ...brokers,
    use(url, source) {
      const start = (): Cancel => {
        if ((source === 'named' || source === 'space') && off.has(url)) return () => undefined;
        return here !== undefined && isOwn(url) ? brokers.use(here, 'own') : brokers.use(url, source);
      };
      let stop = start();
      const again = () => {
        const before = stop;
        stop = start();
        before();
      };
      const stopListening = [freed.add(again), switched.add(again)];
      return () => {
        for (const one of stopListening) one();
        stop();
      };
    },
  };

  const friends = new Friends({ clock, rendezvous, carries: options.carries });
  const lan = new SwitchedLan(() => openLan({ bind, clock, log }), log);
  void lan.set(options.lan);
  return {
    rendezvous: friends,
    relays: new Relays({ clock, random, rendezvous: friends }),
    get carries() {
      return friends.carries;
    },
    set carries(on) {
      friends.carries = on;
    },
    transport,
    lan,
    get lanAddresses() {
      return lanAddresses;
    },
    setLanAddresses: (addresses) => void (lanAddresses = parseLanAddresses(addresses)),
    loopback,
    get own() {
      return own();
    },
    ownPort: point?.port,
    get near() {
      return (point !== undefined || lan.on) && (bind ?? address()) !== undefined;
    },
    get takenPorts() {
      return point?.taken ?? [];
    },
    onPorts: freed.add,
    onChange: changed.add,
    get broker() {
      return broker;
    },
    setMeetingPoints,
    get off() {
      return off;
    },
    setOff(urls) {
      off = new Set(urls);
      switched.call();
    },
    get iceServers() {
      return iceServers;
    },
    setIceServers: (urls) => (iceServers = loopback ? [] : (urls ?? defaultServers)),
    get turnServers() {
      return turnServers;
    },
    setTurnServers: (servers) => void (turnServers = servers),
    get proxy() {
      return proxy;
    },
    setProxy(another) {
      proxy = another;
      brokers.redial();
    },
    checkWayOut: () =>
      checkWayOut({ clock, random, bind, iceServers, turnServers: loopback ? [] : turnServers, routes }),
    async close() {
      stopWatching();
      await rendezvous.close();
      await transport.close();
      await lan.close();
      await point?.close();
    },
  };
}

/** What others may be told of the own meeting point: an address that is not of a local network goes into no code. */
export function ownAddress(address: HostAddress, loopback: boolean): OwnAddress {
  const url = meetingPointUrl(address);
  return { ...address, url, ...(isNearAddress(address, { loopback }) ? { named: address } : {}) };
}

function meetingPointUrl({ ip, port }: HostAddress): string {
  return `mqtt://${isIPv6(ip) ? `[${ip}]` : ip}:${port}`;
}

/** Bridges and tunnels of this computer's own: nobody on the network around it reaches them. Some programs call them as they like, */
const VIRTUAL =
  /^(?:docker|podman|cni|lxcbr|lxdbr|incusbr|br-|bridge\d|virbr|veth|vmnet|vboxnet|virtualbox|vethernet|utun|tun|tap|wg|ppp|zt)|vpn|tap-windows/i;
/** but a tunnel of packets has no hardware address. */
const NO_HARDWARE = '00:00:00:00:00:00';
const PRIVATE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;
/** Which computers give themselves where nobody gives out addresses: on a cable from one to the other, say (RFC 3927). */
const LINK_LOCAL = /^169\.254\./;

/** This computer's address on a private network (RFC 1918), which its own meeting point is named by; for want of one a link-local one. */
export function privateAddress(interfaces = networkInterfaces()): string | undefined {
  const found = (network: RegExp) =>
    Object.entries(interfaces).flatMap(([name, addresses = []]) =>
      addresses
        .filter(({ family, internal, address }) => family === 'IPv4' && !internal && network.test(address))
        .map(({ address, mac }) => ({ address, virtual: VIRTUAL.test(name) || mac === NO_HARDWARE })),
    );
  const [near, alone] = [found(PRIVATE), found(LINK_LOCAL).filter(({ virtual }) => !virtual)];
  return (near.find(({ virtual }) => !virtual) ?? alone[0] ?? near[0])?.address;
}
