/**
 * Speaks to a TURN server by TCP or TLS in place of libdatachannel, whose ICE (libjuice) can only do it by UDP: for
 * libdatachannel the server is a UDP port of this computer, for the server this computer is one that came by TCP. For
 * networks that let no UDP out.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { connect as connectTcp, isIP, isIPv6, type Socket as Stream } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TurnServer } from './turn.ts';
import { FromStream, toStream } from './turn-stream.ts';

const CONNECT_MS = 15_000;
/** A server that does not take what is sent loses it, as a network does. */
const MAX_UNSENT = 256 * 1024;

export class TurnBridge {
  readonly #server: TurnServer;
  readonly #here: Socket;
  #stream: Stream | undefined;
  /** Of the one ICE agent that uses it. */
  #agent: RemoteInfo | undefined;
  #closed = false;

  /** Bound to this computer alone, or to `bind`: then libdatachannel sends from there. Rejects where that is impossible. */
  static async open(server: TurnServer, bind = '127.0.0.1'): Promise<TurnBridge> {
    const here = createSocket(isIPv6(bind) ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      here.once('error', reject);
      here.bind(0, bind, resolve);
    });
    here.removeAllListeners('error');
    return new TurnBridge(server, here);
  }

  private constructor(server: TurnServer, here: Socket) {
    this.#server = server;
    this.#here = here;
    here.on('message', (datagram, from) => this.#sent(datagram, from));
    here.on('error', () => this.close());
  }

  get host(): string {
    return this.#here.address().address;
  }

  get port(): number {
    return this.#here.address().port;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream?.destroy();
    this.#here.close();
  }

  #sent(datagram: Uint8Array, from: RemoteInfo): void {
    // Another computer, where the address is one of the network's; or another program of this one.
    if (from.address !== this.host) return;
    this.#agent ??= from;
    if (from.port !== this.#agent.port) return;
    const message = toStream(datagram);
    if (message === undefined) return;
    this.#stream ??= this.#connect();
    if (this.#stream.writableLength <= MAX_UNSENT) this.#stream.write(message);
  }

  #connect(): Stream {
    const { host, port, transport } = this.#server;
    const name = isIP(host) === 0 ? { servername: host } : {};
    const stream =
      transport === 'tls' ? connectTls({ host, port, ...name }) : connectTcp({ host, port, noDelay: true });
    const reading = new FromStream();
    stream.setTimeout(CONNECT_MS, () => stream.destroy());
    stream.once(transport === 'tls' ? 'secureConnect' : 'connect', () => stream.setTimeout(0));
    stream.on('data', (bytes: Buffer) => {
      const messages = reading.read(bytes);
      if (messages === undefined) return stream.destroy();
      if (this.#closed || !this.#agent) return;
      for (const message of messages) this.#here.send(message, this.#agent.port, this.#agent.address, () => undefined);
    });
    stream.on('error', () => undefined);
    // ICE asks again some times by itself; after that the server is as good as silent.
    stream.on('close', () => (this.#stream = undefined));
    return stream;
  }
}
