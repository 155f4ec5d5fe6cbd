/**
 * The Lan port: beacons by UDP multicast on every interface, connections by TCP. The group is administratively scoped
 * (RFC 2365) and messages live for one hop, so that nothing leaves the network. mDNS answers to its own port only, and
 * is taken by the system's own responder on many computers: this one shares it with nobody but other Coves.
 */
import { createSocket, type Socket as Udp } from 'node:dgram';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { equal } from '../../main/engine/bytes.ts';
import { Listeners } from '../../main/engine/listeners.ts';
import type { Beacon, Cancel, Channel, Clock, HeardBeacon, Lan, LanAddress, Log } from '../../main/engine/ports.ts';
import { TokenBucket } from '../mqtt/token-bucket.ts';
import { encodeBeacon, decodeBeacon } from './beacon.ts';
import { lanInterfaces, nearby } from './interfaces.ts';
import { TcpChannel } from './tcp-channel.ts';

/** In 239.192.0.0/14, an organisation's own (RFC 2365 §6.2): the letters C and V. */
const GROUP = '239.192.67.86';
const PORT = 47_632;
/** Between beacons when nothing happens: whoever comes asks at once. */
const EVERY_MS = 60_000;
/** How often the interfaces are looked at: there is no portable way to be told. */
const LOOK_MS = 3_000;
/** Answers to one who asks are gathered this long: many ask at once when a network comes up. */
const ANSWER_MS = 200;
const DIAL_MS = 5_000;
const CONNECTIONS = 64;

export interface LanOptions {
  /** Address to be heard on and to listen at; undefined: all interfaces. */
  readonly bind?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** For tests: another port than all other Coves use. */
  readonly port?: number;
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
  /** One per interface: it is sent from its address. */
  readonly #senders = new Map<string, Udp>();
  /** What a flood of beacons may cost. */
  readonly #intake: TokenBucket;
  #hearer: Udp | undefined;
  #isNear: (ip: string) => boolean = () => false;
  #beacon: Beacon | undefined;
  #next: Cancel = () => undefined;
  #look: Cancel = () => undefined;
  #answer: Cancel | undefined;
  #closed = false;

  constructor(options: LanOptions) {
    this.#options = options;
    this.#port = options.port ?? PORT;
    this.#beacons = new Listeners(options.log);
    this.#channels = new Listeners(options.log);
    this.#intake = new TokenBucket(options.clock, { perSecond: 100, burst: 500 });
    this.#server.maxConnections = CONNECTIONS;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, this.#options.bind ?? '0.0.0.0', () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#trouble('lan.tcp', error));
        resolve();
      });
    });
    await this.#hear();
    this.#lookAround();
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

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#next();
    this.#look();
    this.#answer?.();
    for (const socket of this.#sockets) socket.destroy();
    for (const sender of this.#senders.values()) sender.close();
    this.#senders.clear();
    this.#hearer?.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  // ---------------------------------------------------------------- TCP

  #dialled(socket: Socket): void {
    this.#keep(socket);
    const channel = new TcpChannel(socket, (error) => this.#trouble('lan.listener', error));
    if (this.#channels.size === 0) return channel.close();
    this.#channels.call(channel);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  // ---------------------------------------------------------------- multicast

  /** Hears nothing where the port cannot be had; what it says itself is still heard by others. */
  #hear(): Promise<void> {
    return new Promise((resolve) => {
      const hearer = createSocket({ type: 'udp4', reuseAddr: true });
      hearer.on('error', (error) => (this.#trouble('lan.multicast', error), resolve()));
      hearer.on('message', (bytes, { address }) => this.#heard(bytes, address));
      // Bound to the group's port on all addresses: several systems deliver multicast to no other binding.
      hearer.bind({ port: this.#port, address: '0.0.0.0' }, () => {
        this.#hearer = hearer;
        resolve();
      });
    });
  }

  #heard(bytes: Uint8Array, ip: string): void {
    if (this.#closed || !this.#intake.take() || !this.#isNear(ip)) return;
    const beacon = decodeBeacon(new Uint8Array(bytes)); // a Buffer's slices are not copies
    if (beacon === undefined) return;
    const { nonce, tags, port, asks } = beacon;
    if (asks && this.#beacon !== undefined && !equal(nonce, this.#beacon.nonce)) this.#answerSoon();
    this.#beacons.call({ nonce, tags, address: { ip, port } });
  }

  #answerSoon(): void {
    this.#answer ??= this.#options.clock.after(ANSWER_MS, () => {
      this.#answer = undefined;
      this.#say(false);
    });
  }

  #say(asks: boolean): void {
    if (this.#closed) return;
    this.#next();
    this.#next = this.#options.clock.after(EVERY_MS, () => this.#say(false));
    const { port } = this.#server.address() as AddressInfo;
    if (this.#beacon === undefined || this.#beacon.tags.length === 0) return;
    for (const message of encodeBeacon({ ...this.#beacon, port, asks })) {
      for (const sender of this.#senders.values()) sender.send(message, this.#port, GROUP, () => undefined);
    }
  }

  /** Follows the interfaces; a new one is a network that knows nothing of us. */
  #lookAround(): void {
    if (this.#closed) return;
    this.#look = this.#options.clock.after(LOOK_MS, () => this.#lookAround());
    const present = lanInterfaces(this.#options.bind);
    this.#isNear = nearby(present);
    for (const [ip, sender] of this.#senders) {
      if (present.some((one) => one.ip === ip)) continue;
      sender.close();
      this.#senders.delete(ip);
      this.#member('dropMembership', ip);
    }
    for (const { ip } of present) if (!this.#senders.has(ip)) this.#open(ip);
  }

  #open(ip: string): void {
    const sender = createSocket({ type: 'udp4', reuseAddr: true });
    this.#senders.set(ip, sender);
    sender.on('error', (error) => this.#trouble('lan.multicast', error));
    sender.bind({ address: ip, port: 0 }, () => {
      if (this.#senders.get(ip) !== sender) return;
      try {
        sender.setMulticastInterface(ip);
        sender.setMulticastTTL(1);
        sender.setMulticastLoopback(true);
      } catch (error) {
        return this.#trouble('lan.multicast', error);
      }
      this.#member('addMembership', ip);
      this.#say(true);
    });
  }

  #member(change: 'addMembership' | 'dropMembership', ip: string): void {
    try {
      this.#hearer?.[change](GROUP, ip);
    } catch (error) {
      // The interface has just gone.
      this.#trouble('lan.multicast', error);
    }
  }

  #trouble(event: string, error: unknown): void {
    this.#options.log(event, { reason: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}
