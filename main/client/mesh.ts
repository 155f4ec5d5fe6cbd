/** client.mesh: the network's state, for showing it and for trying again. */
import { decodeCode } from '../engine/invitation/code.ts';
import { reaches } from '../engine/mesh/status.ts';
import type { Cancel, Log, Storage } from '../engine/ports.ts';
import { CoveError } from '../engine/errors.ts';
import { check, SHAPES } from './arguments.ts';
import { examine, type Diagnosis, type Examined } from './doctor.ts';
import { hostAndPort } from './lan-address.ts';
import { keepPointsOff, shownMeetingPoints, type MeetingPoint } from './meeting-points.ts';
import { named, type Named } from './named.ts';
import type { Engine } from './engine.ts';
import type { Network } from './network.ts';
import type { ServerPasswords } from './server-passwords.ts';
import { parseProxyChoice, withoutProxyPassword, writtenChoice, type ProxyChoice } from './proxies.ts';
import type { Space } from './space.ts';
import { NOTHING_HEARD } from './switched-lan.ts';
import { parseTurnServers, shownTurnServer } from './turn-address.ts';
import type { WayOut } from './way-out.ts';
import { Listeners } from '../engine/listeners.ts';

interface Source {
  readonly engine: () => Engine | undefined;
  readonly network: () => Network | undefined;
  readonly spaces: () => readonly Space[];
  readonly storage: () => Storage | undefined;
  readonly passwords: ServerPasswords;
  readonly turnSecrets: ServerPasswords;
  readonly proxyPassword: ServerPasswords;
  /** The person's list was replaced. */
  readonly chosen: () => void;
  readonly log: Log;
}

/** The network of this client: `client.mesh`. While the client is closed it is empty, and what is set has no effect. */
export class Mesh {
  readonly #source: Source;
  readonly #changed: Listeners;
  readonly #ports: Listeners;

  constructor(source: Source) {
    this.#source = source;
    this.#changed = new Listeners(source.log);
    this.#ports = new Listeners(source.log);
  }

  /** For the client: there is a network from now on, and perhaps no engine yet. @internal */
  opened(network: Network): void {
    network.rendezvous.onHealth(() => this.#changed.call());
    network.onPorts(() => (this.#ports.call(), this.#changed.call()));
  }

  /** For the client: the engine runs from now on. @internal */
  started(engine: Engine): void {
    engine.mesh.onStatus(() => this.#changed.call());
    this.#changed.call();
  }

  /**
   * Where others can be found: `anywhere` while a meeting point answers, `near` on the network around only, by the own
   * meeting point or without any, `nowhere` without a network. Open sessions go on.
   */
  get reach(): 'anywhere' | 'near' | 'nowhere' {
    if (this.meetingPoints.some(reaches)) return 'anywhere';
    return this.#source.network()?.near === true ? 'near' : 'nowhere';
  }

  /** Those that are used, and those of spaces that were switched off here. */
  get meetingPoints(): readonly MeetingPoint[] {
    const { network, spaces } = this.#source;
    const { rendezvous, off = new Set<string>() } = network() ?? {};
    return shownMeetingPoints(rendezvous?.health() ?? [], spaces(), off);
  }

  /**
   * Whether this device uses a meeting point that spaces name; on the person's own list it is used in any case. Kept over
   * restarts. Throws CoveError: no-identity, disk-full and its like.
   */
  useOfSpaces(url: string, use: boolean): void {
    check('url', SHAPES.text, url);
    const { network, storage } = this.#source;
    const [database, present] = [storage(), network()];
    if (database === undefined || present === undefined) throw new CoveError('no-identity');
    const others = [...present.off].filter((one) => one !== url);
    present.setOff(keepPointsOff(database, use ? others : [...others, url]));
    this.#changed.call();
  }

  /** Where others on this network reach the meeting point of this client, if it has one. */
  get ownMeetingPoint(): string | undefined {
    return this.#source.network()?.own?.url;
  }

  /** The port it listens on, also while this computer is on no network. */
  get ownPort(): number | undefined {
    return this.#source.network()?.ownPort;
  }

  /** Ports that the own meeting point had and that another program has now: codes that name one do not lead here. */
  get takenPorts(): readonly number[] {
    return this.#source.network()?.takenPorts ?? [];
  }

  /** After a port is free again. */
  onTakenPorts(fn: () => void): Cancel {
    return this.#ports.add(fn);
  }

  /**
   * Whether a code of one's own names such a port: people on this network may not get through with it. Throws
   * CoveError('code-invalid' | 'code-newer') where a port is taken; an invitation that has ended has no code.
   */
  namesTakenPort(code: string): boolean {
    if (this.takenPorts.length === 0) return false;
    const { address } = decodeCode(code, { loopback: true });
    return address !== undefined && this.takenPorts.includes(address.port);
  }

  /** Why other devices are, or are not, connected. */
  examine(): Diagnosis<Named<Examined>> {
    const engine = this.#source.engine();
    const { lan } = this.#source.network() ?? {};
    const given = engine?.mesh.knocked ?? [];
    const network = { on: this.lan, given, ...(lan?.health() ?? NOTHING_HEARD) };
    const meetingPoints = this.meetingPoints.filter(({ off }) => !off);
    if (engine === undefined) return { meetingPoints, lan: network, devices: [] };
    const { mesh, replicas, seen } = engine;
    const around = { meetingPoints, reach: this.reach, lan: network };
    const found = examine(mesh, [...replicas.halos(), ...replicas.all()], around, Date.now(), (device) =>
      seen.at(device),
    );
    return { ...found, devices: found.devices.map((device) => named(engine, device)) };
  }

  /**
   * Replaces the person's list; undefined: the default list. Passwords in it are kept in the database: an address that
   * is given again without its password has it still, until a list without that address.
   */
  setMeetingPoints(urls: readonly string[] | undefined): void {
    const { network, passwords, chosen } = this.#source;
    const filled = urls && passwords.filled(urls);
    network()?.setMeetingPoints(filled);
    passwords.keep(filled ?? []);
    chosen();
    this.#changed.call();
  }

  /** Servers that are asked for this computer's address on the internet, before a connection. */
  get iceServers(): readonly string[] {
    return this.#source.network()?.iceServers ?? [];
  }

  /** Replaces them, for connections from now on; undefined: the default list. Bound to the loopback there are none. */
  setIceServers(urls: readonly string[] | undefined): void {
    this.#source.network()?.setIceServers(urls);
    this.#changed.call();
  }

  /** Servers that carry connections which are not possible otherwise, without their secrets. */
  get turnServers(): readonly string[] {
    return (this.#source.network()?.turnServers ?? []).map(shownTurnServer);
  }

  /**
   * Replaces them, for connections from now on. Secrets in them are kept in the database: an address that is given again
   * without its secret has it still, until a list without that address. Throws CoveError: turn-invalid,
   * turn-secret-missing; then nothing has changed. Gives them as they are shown.
   */
  setTurnServers(urls: readonly string[]): readonly string[] {
    const { network, turnSecrets } = this.#source;
    const filled = turnSecrets.filled(urls);
    const { usable, lacking } = parseTurnServers(filled);
    if (lacking.length > 0) throw new CoveError('turn-secret-missing');
    turnSecrets.keep(filled);
    network()?.setTurnServers(usable);
    this.#changed.call();
    return usable.map(shownTurnServer);
  }

  /** What meeting points are reached through, and relay servers by TCP or TLS, without its password. */
  get proxy(): ProxyChoice {
    const used = this.#source.network()?.proxy;
    return used === undefined ? 'system' : withoutProxyPassword(writtenChoice(used));
  }

  /**
   * `none`, `system` or an address. Connections to meeting points are made anew. A password in it is kept in the database:
   * the address that is given again without it has it still, until another choice. Throws CoveError: proxy-invalid; then
   * nothing has changed. Gives it as it is shown.
   */
  setProxy(choice: ProxyChoice): ProxyChoice {
    const { network, proxyPassword } = this.#source;
    const [filled = choice] = proxyPassword.filled([choice]);
    const proxy = parseProxyChoice(filled);
    proxyPassword.keep([filled]);
    network()?.setProxy(proxy);
    this.#changed.call();
    return withoutProxyPassword(filled);
  }

  /** Asks the address servers and the relay servers how it is with the way to the internet. Takes some seconds. */
  async checkWayOut(): Promise<WayOut> {
    const none = { address: { kind: 'none', asked: 0, answered: 0 }, relays: [] } as const;
    return (await this.#source.network()?.checkWayOut()) ?? none;
  }

  /** Whether members are looked for on the network around. */
  get lan(): boolean {
    return this.#source.network()?.lan.on ?? false;
  }

  /** Off, connections on that network end, and others have to be found by meeting points. */
  setLan(on: boolean): void {
    void this.#source.network()?.lan.set(on);
    this.#changed.call();
  }

  /** Whether this device passes on, sealed, what members say who cannot reach each other. */
  get carries(): boolean {
    return this.#source.network()?.carries ?? false;
  }

  /**
   * Off, whoever goes through this device goes another way at once; on, whoever went through it before may again, and
   * whoever connects from now on.
   */
  setCarries(on: boolean): void {
    const network = this.#source.network();
    if (network) network.carries = on;
    this.#changed.call();
  }

  /** `host:port`, where members are looked for besides: on networks that carry no beacon. */
  get lanAddresses(): readonly string[] {
    return (this.#source.network()?.lanAddresses ?? []).map(hostAndPort);
  }

  /** Replaces them. A name, an IPv4 address or an IPv6 address in brackets; without a port Cove's own. Throws CoveError: lan-address-invalid. */
  setLanAddresses(addresses: readonly string[]): void {
    const network = this.#source.network();
    network?.setLanAddresses(addresses);
    if (network) this.#source.engine()?.mesh.setLanAddresses(network.lanAddresses);
    this.#changed.call();
  }

  /** Tries everybody again now instead of after the back-off. */
  retry(): void {
    this.#source.engine()?.mesh.retryNow();
  }

  /** Calls `fn` after each change of meeting points, connections or settings of the network. */
  onChange(fn: () => void): Cancel {
    return this.#changed.add(fn);
  }
}
