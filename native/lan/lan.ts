/** The Lan port: beacons to everybody on the networks around (multicast.ts), and connections by TCP. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { equal, toHex } from '../../main/engine/bytes.ts';
import { Listeners } from '../../main/engine/listeners.ts';
import type { Beacon, Cancel, Channel, Clock, HeardBeacon, Lan, LanAddress } from '../../main/engine/ports.ts';
import type { LanHealth, Log } from '../../main/engine/ports.ts';
import { TokenBucket } from '../mqtt/token-bucket.ts';
import { encodeBeacon, decodeBeacon } from './beacon.ts';
import { around } from './interfaces.ts';
import { Multicast } from './multicast.ts';
import { TcpChannel } from './tcp-channel.ts';

/** For beacons; and for connections, unless another program has it. */
export const LAN_PORT = 47_632;
/** Between beacons when nothing happens: whoever comes asks at once. */
const EVERY_MS = 60_000;
/** Answers to one who asks are gathered this long: many ask at once when a network comes up. */
const ANSWER_MS = 200;
const DIAL_MS = 5_000;
const CONNECTIONS = 64;
/** Whoever was heard so long ago may have gone. */
const LATELY_MS = 10 * EVERY_MS;
const MOST_HEARD = 512;

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
  /** What a flood of beacons may cost. */
  readonly #intake: TokenBucket;
  readonly #multicast: Multicast;
  /** When each of the others was heard last, by its nonce. */
  readonly #heardAt = new Map<string, number>();
  #error: string | undefined;
  #beacon: Beacon | undefined;
  #next: Cancel = () => undefined;
  #answer: Cancel | undefined;
  #closed = false;

  constructor(options: LanOptions) {
    this.#options = options;
    this.#port = options.port ?? LAN_PORT;
    this.#beacons = new Listeners(options.log);
    this.#channels = new Listeners(options.log);
    this.#intake = new TokenBucket(options.clock, { perSecond: 100, burst: 500 });
    this.#server.maxConnections = CONNECTIONS;
    this.#multicast = new Multicast({
      ...{ bind: options.bind, port: this.#port, clock: options.clock },
      onMessage: (bytes, ip) => this.#heard(bytes, ip),
      onNetwork: () => this.#say(true),
      onDeaf: (error) => (this.#error = this.#trouble('lan.deaf', error)),
      onTrouble: (error) => this.#trouble('lan.multicast', error),
    });
  }

  async listen(): Promise<void> {
    const { bind } = this.#options;
    const hosts = bind === undefined ? ['::', '0.0.0.0'] : [bind];
    await this.#listenAtOneOf(hosts.flatMap((host) => [this.#port, 0].map((port) => ({ host, port }))));
    this.#server.on('error', (error) => (this.#error = this.#trouble('lan.tcp', error)));
    await this.#multicast.start();
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
    const { interfaces } = this.#multicast;
    const own = interfaces.filter(({ family }) => family === 'ipv4');
    const since = this.#options.clock.monotonic() - LATELY_MS;
    return {
      addresses: (own.length > 0 ? own : interfaces).map(({ ip }) => ({ ip, port: this.#listensAt })),
      heard: [...this.#heardAt.values()].filter((at) => at >= since).length,
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#next();
    this.#answer?.();
    for (const socket of this.#sockets) socket.destroy();
    this.#multicast.close();
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

  // ---------------------------------------------------------------- multicast

  #heard(bytes: Uint8Array, ip: string): void {
    if (this.#closed || !this.#intake.take()) return;
    const beacon = decodeBeacon(new Uint8Array(bytes)); // a Buffer's slices are not copies
    if (beacon === undefined) return;
    const { nonce, tags, port, asks } = beacon;
    const another = this.#beacon === undefined || !equal(nonce, this.#beacon.nonce);
    if (another) this.#note(toHex(nonce));
    if (asks && another && this.#beacon !== undefined) this.#answerSoon();
    this.#beacons.call({ nonce, tags, address: { ip, port } });
  }

  #note(nonce: string): void {
    this.#heardAt.delete(nonce);
    this.#heardAt.set(nonce, this.#options.clock.monotonic());
    if (this.#heardAt.size > MOST_HEARD) this.#heardAt.delete(this.#heardAt.keys().next().value as string);
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
    if (this.#beacon === undefined || this.#beacon.tags.length === 0) return;
    for (const message of encodeBeacon({ ...this.#beacon, port: this.#listensAt, asks })) this.#multicast.send(message);
  }

  get #listensAt(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #trouble(event: string, error: unknown): string {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    this.#options.log(event, { reason });
    return reason;
  }
}
