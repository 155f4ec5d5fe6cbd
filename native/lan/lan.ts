/** The Lan port: beacons to everybody on the networks around, in two ways at once (way.ts), and connections by TCP. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { equal } from '../../main/engine/bytes.ts';
import { Listeners } from '../../main/engine/listeners.ts';
import type { Beacon, Cancel, Channel, Clock, HeardBeacon, Lan, LanAddress } from '../../main/engine/ports.ts';
import type { LanHealth, LanWay, Log } from '../../main/engine/ports.ts';
import type { Told } from './beacon.ts';
import { around, lanInterfaces, type Interface } from './interfaces.ts';
import { TcpChannel } from './tcp-channel.ts';
import { LAN_PORT, Way } from './way.ts';

/** Between beacons when nothing happens: whoever comes asks at once. */
const EVERY_MS = 60_000;
/** Answers to one who asks are gathered this long: many ask at once when a network comes up. */
const ANSWER_MS = 200;
/** Between two answers, however many ask (RFC 6762 §6). */
const PAUSE_MS = 1_000;
/** How often the interfaces are looked at: there is no portable way to be told. */
const LOOK_MS = 3_000;
const DIAL_MS = 5_000;
const CONNECTIONS = 64;

export interface LanOptions {
  /** Address to be heard on and to listen at; undefined: all interfaces. */
  readonly bind?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** For tests: other ports than all other Coves use. */
  readonly ports?: Readonly<Record<LanWay, number>>;
}

/** Rejects when no TCP port can be had; without multicast it is quiet, and says so in the log. */
export async function openLan(options: LanOptions): Promise<Lan> {
  const lan = new NativeLan(options);
  await lan.listen();
  return lan;
}

class NativeLan implements Lan {
  readonly #options: LanOptions;
  readonly #port: number;
  readonly #server = createServer((socket) => this.#dialled(socket));
  readonly #sockets = new Set<Socket>();
  readonly #beacons: Listeners<[heard: HeardBeacon]>;
  readonly #channels: Listeners<[channel: Channel]>;
  readonly #moves: Listeners;
  readonly #ways: Readonly<Record<LanWay, Way>>;
  #present: readonly Interface[] = [];
  #error: string | undefined;
  #beacon: Beacon | undefined;
  #next: Cancel = () => undefined;
  #look: Cancel = () => undefined;
  #answer: Cancel | undefined;
  #answeredAt = -Infinity;
  #closed = false;

  constructor(options: LanOptions) {
    this.#options = options;
    this.#port = options.ports?.beacon ?? LAN_PORT;
    this.#beacons = new Listeners(options.log);
    this.#channels = new Listeners(options.log);
    this.#moves = new Listeners(options.log);
    this.#server.maxConnections = CONNECTIONS;
    this.#ways = { beacon: this.#open('beacon'), mdns: this.#open('mdns') };
  }

  #open(way: LanWay): Way {
    const { clock, log, ports } = this.#options;
    const opened: Way = new Way({
      ...{ way, clock, log, port: ports?.[way] },
      onTold: (told, ip) => this.#heard(opened, told, ip),
      onNetwork: (on) => this.#tell([opened], true, on),
    });
    return opened;
  }

  async listen(): Promise<void> {
    const { bind } = this.#options;
    const hosts = bind === undefined ? ['::', '0.0.0.0'] : [bind];
    await this.#listenAtOneOf(hosts.flatMap((host) => [this.#port, 0].map((port) => ({ host, port }))));
    this.#server.on('error', (error) => (this.#error = this.#trouble('lan.tcp', error)));
    await this.#lookAround();
  }

  /** The port may be taken, and a system may have no IPv6. */
  async #listenAtOneOf([first, ...others]: { host: string; port: number }[]): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(first, () => {
          this.#server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      if (others.length === 0) throw error;
      return this.#listenAtOneOf(others);
    }
  }

  announce(beacon: Beacon): void {
    this.#beacon = beacon;
    this.#say(true);
  }

  ask(): void {
    this.#say(true);
  }

  onBeacon(fn: (heard: HeardBeacon) => void): Cancel {
    return this.#beacons.add(fn);
  }

  onChannel(fn: (channel: Channel) => void): Cancel {
    return this.#channels.add(fn);
  }

  onMove(fn: () => void): Cancel {
    return this.#moves.add(fn);
  }

  dial({ ip, port }: LanAddress): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const { bind } = this.#options;
      const socket = connect({ host: ip, port, ...(bind === undefined ? {} : { localAddress: bind }) });
      this.#keep(socket);
      const stop = this.#options.clock.after(DIAL_MS, () => socket.destroy(new Error('nobody answers there')));
      socket.once('connect', () => {
        stop();
        socket.removeAllListeners('error').removeAllListeners('close');
        this.#keep(socket);
        resolve(new TcpChannel(socket, (error) => this.#trouble('lan.listener', error)));
      });
      socket.once('error', (error) => (stop(), reject(error)));
      socket.once('close', () => (stop(), reject(new Error('the connection was closed'))));
    });
  }

  health(): LanHealth {
    const own = this.#present.filter(({ family }) => family === 'ipv4');
    const { beacon, mdns } = this.#ways;
    return {
      addresses: (own.length > 0 ? own : this.#present).map(({ ip }) => ({ ip, port: this.#listensAt })),
      heard: new Set([...beacon.lately, ...mdns.lately]).size,
      ways: { beacon: beacon.health, mdns: mdns.health },
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#next();
    this.#look();
    this.#answer?.();
    for (const socket of this.#sockets) socket.destroy();
    for (const way of Object.values(this.#ways)) way.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  // ---------------------------------------------------------------- TCP

  #dialled(socket: Socket): void {
    if (!around()(socket.remoteAddress ?? '')) return void socket.destroy();
    this.#keep(socket);
    const channel = new TcpChannel(socket, (error) => this.#trouble('lan.listener', error));
    if (this.#channels.size === 0) return channel.close();
    this.#channels.call(channel);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  // ---------------------------------------------------------------- both ways

  /** Follows the interfaces. Resolves when those that have come can be heard on. */
  async #lookAround(): Promise<void> {
    if (this.#closed) return;
    this.#look = this.#options.clock.after(LOOK_MS, () => void this.#lookAround());
    const before = new Set(this.#present.map(({ ip, cidr }) => `${ip} ${cidr}`));
    this.#present = lanInterfaces(this.#options.bind);
    // Before anything is said there.
    if (this.#present.some(({ ip, cidr }) => !before.has(`${ip} ${cidr}`))) this.#moves.call();
    await Promise.all(Object.values(this.#ways).map((way) => way.follow(this.#present)));
  }

  #heard(way: Way, { asks, nonce, beacon }: Told, ip: string): void {
    if (this.#closed) return;
    const another = nonce === undefined || this.#beacon === undefined || !equal(nonce, this.#beacon.nonce);
    if (asks && another) this.#answerSoon();
    if (beacon === undefined) return;
    if (another) way.note(beacon.nonce);
    const { tags, port } = beacon;
    this.#beacons.call({ nonce: beacon.nonce, tags, address: { ip, port } });
  }

  #answerSoon(): void {
    const { clock } = this.#options;
    const wait = Math.max(ANSWER_MS, this.#answeredAt + PAUSE_MS - clock.monotonic());
    this.#answer ??= clock.after(wait, () => {
      this.#answer = undefined;
      this.#answeredAt = clock.monotonic();
      this.#tell(Object.values(this.#ways), false);
    });
  }

  #say(asks: boolean): void {
    this.#next();
    if (this.#closed) return;
    this.#next = this.#options.clock.after(EVERY_MS, () => this.#say(false));
    this.#tell(Object.values(this.#ways), asks);
  }

  #tell(ways: readonly Way[], asks: boolean, only?: Interface): void {
    if (this.#closed || this.#beacon === undefined || this.#beacon.tags.length === 0) return;
    for (const way of ways) way.say({ ...this.#beacon, port: this.#listensAt, asks }, only);
  }

  get #listensAt(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? this.#port;
  }

  #trouble(event: string, error: unknown): string {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    this.#options.log(event, { reason });
    return reason;
  }
}
