/** What a Client may be told, and where each setting comes from when it is not: the environment, then the system. */
import { homedir, networkInterfaces } from 'node:os';
import { SocketAddress, isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { CoveError } from '../engine/errors.ts';
import type { Keychain, Log } from '../engine/ports.ts';
import type { ProxyChoice, SystemProxy } from './proxies.ts';

/**
 * What a client is made with. Each may be left out. One of the wrong kind is refused by the constructor with its name, what
 * is no address in `bind`, `turnServers`, `proxy` or `lanAddresses` by `initialize`; a meeting point shows it in its state.
 */
export interface ClientOptions {
  /** Folder of the profile: database, lock, backups. Default: COVE_DATA_DIR, else the system's place for application data. */
  readonly dataDir?: string;
  /** MQTT brokers to meet at, `mqtt://`, `mqtts://`, `ws://` or `wss://`. Default: COVE_MEETING_POINTS (comma-separated), else the default list. */
  readonly meetingPoints?: readonly string[];
  /** Address that WebRTC and the own meeting point bind to. Default: COVE_BIND, else all interfaces. */
  readonly bind?: string;
  /** Servers that tell a device its public address, `stun:host:port`. Default: none when bound to the loopback, else the default list. */
  readonly iceServers?: readonly string[];
  /**
   * Servers that carry a connection where none is possible otherwise: `turn:name:password@host:port`, or
   * `turn::secret@host:port` for one with a shared secret; with `?transport=tcp`, or as `turns:`, where no UDP gets out.
   * None is used when bound to the loopback. Default: COVE_TURN_SERVERS (comma-separated), else none.
   */
  readonly turnServers?: readonly string[];
  /**
   * What meeting points are reached through, and relay servers by TCP or TLS: `none`, `system`, or an address,
   * `http://name:password@host:port`, `https://…` or `socks5://…`. What is near is reached directly in any case. Default:
   * COVE_PROXY, else `system`.
   */
  readonly proxy?: ProxyChoice;
  /**
   * What the system says of an https URL, in the words of a PAC file: `PROXY host:port; DIRECT` (Electron's
   * session.resolveProxy). Not asked when bound to the loopback. Default: HTTPS_PROXY, ALL_PROXY and NO_PROXY.
   */
  readonly systemProxy?: SystemProxy;
  /** Whether this process offers a meeting point of its own, for others on the same network. Default: false in the SDK. */
  readonly ownMeetingPoint?: boolean;
  /** The port of the own meeting point, kept so that its address stays right. Default: any. */
  readonly meetingPointPort?: number;
  /** Up to four ports it had before that one: listened on as well where they are free, because codes and spaces name them. */
  readonly meetingPointFormerPorts?: readonly number[];
  /**
   * Whether members are looked for on the network around, and find this device there, without any meeting point.
   * Default: COVE_LAN (1 or 0), else true, unless bound to the loopback.
   */
  readonly lan?: boolean;
  /**
   * `host:port` of computers of members to which no beacon gets (another subnet, a VPN): they are looked for there too.
   * Without a port Cove's own. Default: COVE_LAN_ADDRESSES (comma-separated), else none.
   */
  readonly lanAddresses?: readonly string[];
  /**
   * Whether this device passes on, sealed, what members of its spaces say who cannot reach each other. Default:
   * COVE_CARRY (1 or 0), else true.
   */
  readonly carry?: boolean;
  /** What this device is called in the list of devices. Default: the computer's name. */
  readonly deviceName?: string;
  /** Bytes of one space's entries that this device stores at most; what would be more is not taken. Default: 2 GiB. */
  readonly spaceQuota?: number;
  /** Bytes of one space's blobs, and of all spaces', that this device stores at most. Default 4 GiB and 16 GiB. */
  readonly blobQuota?: number;
  readonly totalBlobQuota?: number;
  /** Where the keys are kept. Default: the system's keychain. */
  readonly keychain?: Keychain;
  /**
   * Diagnostics, without secrets, names or note text. What a listener or a migration of the program's own threw is
   * among them, as `listener-failed` and `migration-failed`. Default: those alone, on the console.
   */
  readonly log?: Log;
}

/** Absolute: what is relative counts from the folder that the program was started in. */
export function dataDirFrom(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): string {
  return resolve(options.dataDir ?? (env['COVE_DATA_DIR'] || defaultDataDir(env)));
}

/** Whether the environment leaves no choice. */
export const fixedCarry = (env: NodeJS.ProcessEnv = process.env): boolean =>
  env['COVE_CARRY'] === '0' || env['COVE_CARRY'] === '1';

export const carryFrom = (options: ClientOptions, env: NodeJS.ProcessEnv = process.env): boolean =>
  options.carry ?? env['COVE_CARRY'] !== '0';

export function lanAddressesFrom(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): string[] {
  return [...(options.lanAddresses ?? listed(env['COVE_LAN_ADDRESSES'] ?? ''))];
}

/** undefined: nobody said. */
export function turnServersFrom(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): string[] | undefined {
  if (options.turnServers !== undefined) return [...options.turnServers];
  const list = env['COVE_TURN_SERVERS'];
  return list === undefined ? undefined : listed(list);
}

/** undefined: nobody said, so it is as the system says. */
export function proxyFrom(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): ProxyChoice | undefined {
  return options.proxy ?? (env['COVE_PROXY'] || undefined);
}

/** undefined: nobody said, so the default list holds. An empty COVE_MEETING_POINTS means none at all. */
export function meetingPointsFrom(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): string[] | undefined {
  if (options.meetingPoints !== undefined) return [...options.meetingPoints];
  const list = env['COVE_MEETING_POINTS'];
  if (list === undefined) return undefined;
  return listed(list);
}

function listed(list: string): string[] {
  return list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** Where the environment leaves no choice; undefined: the person's. Bound to the loopback there is no network around. */
export function fixedLan(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): boolean | undefined {
  const said = env['COVE_LAN'];
  if (said === '1' || said === '0') return said === '1';
  return isLoopback(bindFrom(options, env)) ? false : undefined;
}

export function lanFrom(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): boolean {
  return options.lan ?? fixedLan(options, env) ?? true;
}

/** undefined: all interfaces, also when that was written out. */
export function bindFrom(options: ClientOptions, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const bind = options.bind ?? (env['COVE_BIND'] || undefined);
  return bind === '0.0.0.0' || bind === '::' ? undefined : bind;
}

/** A name, a slip or another computer's address would leave this device with no connection at all, and nobody told. */
export function checkBind(bind: string | undefined, interfaces = networkInterfaces()): void {
  if (bind === undefined) return;
  if (isIP(bind) === 0) throw new CoveError('bind-invalid');
  if (isLoopback(bind)) return;
  const wanted = plain(bind);
  const here = Object.values(interfaces).flatMap((addresses = []) => addresses.map(({ address }) => plain(address)));
  if (!here.includes(wanted)) throw new CoveError('bind-not-here');
}

/** IPv6 addresses are spelt in several ways, and may name their interface. */
function plain(address: string): string {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return new SocketAddress({ address: address.replace(/%.*$/, ''), family }).address;
}

/** Whether an address (`bind`) is of this computer alone; undefined, all interfaces, is not. */
export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && (address.startsWith('127.') || address === '::1');

function defaultDataDir(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Cove');
  if (process.platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Cove');
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'cove');
}

/** Where a program has no log: a listener or a migration that throws must not go unheard. */
export const consoleLog: Log = (event, detail) => {
  if (event === 'listener-failed') console.error(`cove: a listener threw: ${String(detail?.['error'])}`);
  if (event === 'migration-failed') {
    const { type, version, error } = detail as Record<string, unknown>;
    console.error(`cove: the migration of “${String(type)}” to version ${String(version)} failed: ${String(error)}`);
  }
};
