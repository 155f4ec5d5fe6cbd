/** What the Doctor says: for each thing that can be wrong, what it is and what to do. */
import type { Diagnosis, LanWay, ProxyFault } from '../../preload/contract/doctor.ts';
import { deviceOf } from './holders.ts';
import { through } from './sync.ts';

type Device = Diagnosis['devices'][number];
type Given = Diagnosis['lan']['given'][number];

const span = (minutes: number): string =>
  minutes < 120
    ? `${minutes} minutes`
    : minutes < 2 * 1440
      ? `${Math.floor(minutes / 60)} hours`
      : `${Math.floor(minutes / 1440)} days`;

type Point = Diagnosis['meetingPoints'][number];

const proxyFaults: Readonly<Record<ProxyFault, (proxy: string) => string>> = {
  unreachable: (proxy) =>
    `The proxy ${proxy} cannot be reached. Check its address, or choose no proxy, under Connection.`,
  silent: (proxy) =>
    `The proxy ${proxy} does not answer. Check its address under Connection, or ask whoever runs this network.`,
  closed: (proxy) =>
    `The proxy ${proxy} breaks off. Check its address under Connection, and whether it begins with http:// or socks5://.`,
  'not-a-proxy': (proxy) =>
    `What answers at ${proxy} is no such proxy. Check its address under Connection, and whether it begins with http:// or socks5://.`,
  password: (proxy) =>
    `The proxy ${proxy} wants a name and a password, or others than these. Write its address with them under Connection, as in http://name:password@proxy.example:8080.`,
  refuses: (proxy) =>
    `The proxy ${proxy} does not let Cove through to it. Many let through to port 443 only: add a meeting point there under Connection, or ask whoever runs this network to allow this one.`,
  'no-way': (proxy) => `The proxy ${proxy} does not reach it. Check the address of the meeting point under Connection.`,
};

/** How it is with a meeting point that is not this Cove's own, and what to do. */
function point({ state, error, proxy }: Point): string {
  if (state === 'online') return proxy === null ? 'It answers.' : `It answers, through the proxy ${proxy.url}.`;
  if (proxy !== null && proxy.fault !== null) return proxyFaults[proxy.fault](proxy.url);
  if (state === 'connecting') return 'It is being connected.';
  const check = error ?? 'It does not answer. Check the network and its address under Connection.';
  return proxy === null ? check : `${check} It is tried through the proxy ${proxy.url}.`;
}

/** What came of an address that the person wrote down. */
const cameOf: Readonly<Record<Given['finding'], string>> = {
  'not-tried': 'Nothing to tell now: it is tried while somebody is missing.',
  found: 'It leads to a member’s device.',
  unreachable:
    'Nobody answers there. Is the address right, is that computer on, is Cove open there and set to look for members on its network, and does its firewall let Cove through?',
  closed:
    'Something takes the connection and says nothing. It may be no Cove, or one without an identity yet. From outside its own networks a Cove takes private addresses only, none of the internet.',
  self: 'That is this computer itself. Write the address of the other one.',
  stranger:
    'A Cove answers there that misses nobody in a space you share. It may be connected already, or somebody else’s; or the date is wrong on one of the two.',
  'not-proven': 'Whoever answers there could not prove to be a member. Trust nothing it says.',
};

function given({ finding, deviceId }: Given, devices: readonly Device[]): string {
  const device = devices.find((one) => one.deviceId === deviceId);
  return device === undefined ? cameOf[finding] : `It leads to ${deviceOf(device)}.`;
}

export const doctor = {
  tab: 'Doctor',
  title: 'Why is a device not connected?',
  ask: 'See why',
  points: 'Meeting points',
  noPoints: 'There is no meeting point. Add one under Connection, or nobody can find this device from elsewhere.',
  point,
  devices: 'Other devices',
  noDevices: 'No space has another device yet.',
  device: deviceOf,
  ownPoint: 'Inside this Cove: others on the same network find it here. It says nothing of the way to the internet.',
  lan: 'This network',
  lanOff: 'Members are not looked for on this network. The switch is under Connection.',
  lanFailed:
    'This computer’s system does not let Cove listen on this network. A firewall or another program may be in the way: start Cove again, or allow it there.',
  lanNone: 'This computer is on no network that has other computers.',
  lanAt: (addresses: readonly string[]) => `Others on this network reach this device at ${addresses.join(' and ')}.`,
  lanQuiet:
    'No other Cove was heard lately. That is so too while all who are here are connected. If somebody here is missing: open Cove there, bring both into the same network (one for guests often keeps computers apart), and let Cove through the firewalls of both.',
  lanWays: { beacon: 'Cove’s own beacon', mdns: 'mDNS' },
  lanWay,
  muteOn: (name: string) => `Interface ${name}`,
  mute,
  given,
  wayOut: 'The way to the internet',
  wayOutAsked: 'Asking the address servers and relay servers …',
  addresses: {
    none: 'No address server is asked, so this device cannot say where it is reached from other networks. Add one under Connection.',
    'no-answer':
      'No address server answers: this network lets no UDP out, there is no internet, or they are down. A relay server by TCP or TLS gets through most networks without UDP; add one, or other address servers, under Connection. Without it, text goes through the meeting point.',
    open: 'This computer has an address on the internet of its own, so direct connections are possible.',
    cone: 'The router lets direct connections through (cone NAT).',
    symmetric:
      'The router uses another port for each connection (symmetric NAT), so most direct connections from other networks fail. A relay server helps; add one under Connection.',
    unclear:
      'One address server answers, so this computer can be reached; whether its router lets direct connections through takes a second one to tell. Add one under Connection.',
  },
  relayWorks: 'It carries connections that are not possible directly.',
  relayFails:
    'It does not answer, or does not take the name, password or secret. Check its address and write it again with its secret under Connection; a network that lets no UDP out needs ?transport=tcp or turns:. Where the server has a shared secret, see that this computer’s clock is right, too.',
  link,
  findings: {
    connected: 'Connected.',
    connecting: 'It was found just now and is being connected.',
    'no-meeting-point':
      'This device reaches no meeting point, so it can find nobody. Check your network, or add another meeting point under Connection.',
    'not-near':
      'It has not been heard of on this network, and this device reaches no meeting point to find it elsewhere. Bring both into the same network and see that the date is right on both, or check the way to the internet and the meeting points under Connection.',
    'not-heard':
      'It has not been heard of. Is it switched on, is Cove open there, does it use one of the same meeting points, and is the date right on both?',
    'no-answer':
      'It was heard, but no address of it arrives here. A meeting point may lose what the two tell each other: try again, or add another meeting point under Connection.',
    'no-address':
      'It was found, but this device knows no address at which it can be reached itself. Check its network, and the address servers under Connection.',
    'no-path':
      'It was found, but the networks in between carry no direct connection. Bring both into the same network once, try another one, or add a relay server under Connection.',
    'not-proven':
      'Something answered in its place that could not prove who it is. If Cove was newly set up there, invite it again; otherwise trust nothing it says.',
    full: 'As many devices are connected with this one as it can have at once. This one waits for its turn, which comes within minutes.',
  },
  contact: (when: string) => `Last connected: ${when}`,
  handshake: (when: string) => `Last handshake: ${when}`,
  /** For a terminal. */
  before: (minutes: number) =>
    minutes < -2
      ? `${span(-minutes)} from now, for the clock here was set back`
      : minutes < 2
        ? 'just now'
        : `${span(minutes)} ago`,
  clock: (minutes: number) =>
    `Its clock is at least ${span(Math.abs(minutes))} ${minutes > 0 ? 'ahead of' : 'behind'} this one’s. Set the clock of whichever is wrong.`,
  copy: 'Copy a report',
  copied: 'The report is copied. It names nobody.',
} as const;

const INDIRECT = 'the networks in between carry no direct connection. Cove changes over by itself when one opens.';
const LAN_PORTS = { beacon: 47_632, mdns: 5353 } as const;

/** What was heard in one of the two ways, and what to do if that is nothing while the other one hears somebody. */
function lanWay(way: LanWay, ways: Diagnosis['lan']['ways']): string {
  const { heard, failed } = ways[way];
  const port = `UDP port ${LAN_PORTS[way]}`;
  const elsewhere = Object.values(ways).some((one) => one.heard > 0);
  if (failed)
    return `This computer’s system does not let Cove use it: another program keeps ${port} to itself, or a firewall closes it. ${elsewhere ? 'The other way is enough.' : 'Let Cove through there.'}`;
  if (heard > 0) return `${heard === 1 ? 'One other Cove was' : `${heard} other Coves were`} heard lately.`;
  if (!elsewhere) return 'Nobody was heard lately.';
  return `Nobody was heard lately, though the other way hears somebody, and that is enough. A firewall, a VPN or the network itself holds ${port} back; let it through to have both.`;
}

/** An interface on which nothing can be said or heard in these ways, beside others that work. */
function mute(ways: readonly LanWay[]): string {
  const ports = ways.map((way) => LAN_PORTS[way]).join(' and ');
  const holds = `This computer’s system does not let Cove say or hear anything on it by UDP port ${ports}`;
  return ways.length === 1
    ? `${holds}; the other way is enough.`
    : `${holds}, so nobody there is found. Let Cove through in the firewall; a VPN often carries no such messages: write the addresses of members behind it under Connection.`;
}

/** How a device is connected. */
function link(way: NonNullable<Device['link']>, carrier: Device['carrier']): string {
  switch (way) {
    case 'lan':
      return 'Connected on this network.';
    case 'direct':
      return 'Connected directly.';
    case 'turn':
      return 'Connected through a relay server, which carries what it cannot read: the networks in between allow nothing else.';
    case 'relayed':
      return `Connected through the meeting point, which is slower: ${INDIRECT}`;
    case 'friend':
      return `Connected ${carrier === null ? 'through another member’s computer' : through(carrier)}, which carries what it cannot read and is slower: ${INDIRECT}`;
  }
}
