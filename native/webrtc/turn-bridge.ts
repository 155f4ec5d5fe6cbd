/**
 * Speaks to a TURN server by TCP or TLS in place of libdatachannel, whose ICE (libjuice) can only do it by UDP: for
 * libdatachannel the server is a UDP port of this computer, for the server this computer is one that came by TCP. For
 * networks that let no UDP out, if need be through a proxy.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { connect as connectTcp, isIP, isIPv6, type Socket as Stream } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { openThrough } from '../proxy/open-socket.ts';
import { DIRECT, type Routes } from '../proxy/proxy.ts';
import type { TurnServer } from './turn.ts';
import { FromStream, toStream } from './turn-stream.ts';

const CONNECT_MS = 15_000;
/** A server that does not take what is sent loses it, as a network does. */
const MAX_UNSENT = 256 * 1024;
/** Kept while a proxy is gone through: ICE asks again, but not for long. */
const MAX_EARLY = 16;

export class TurnBridge {
  readonly #server: TurnServer;
  readonly #here: Socket;
  readonly #routes: Routes;
  readonly #over = new AbortController();
  #stream: Stream | undefined;
  /** Of messages that wait for a proxy; undefined: none is being gone through. */
  #early: Uint8Array[] | undefined;
  #attempts = 0;
  /** Of the one ICE agent that uses it. */
  #agent: RemoteInfo | undefined;
  #closed = false;

  /** Bound to this computer alone, or to `bind`: then libdatachannel sends from there. Rejects where that is impossible. */
  static async open(server: TurnServer, bind = '127.0.0.1', routes = DIRECT): Promise<TurnBridge> {
    const here = createSocket(isIPv6(bind) ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      here.once('error', reject);
      here.bind(0, bind, resolve);
    });
    here.removeAllListeners('error');
    return new TurnBridge(server, here, routes);
  }

  private constructor(server: TurnServer, here: Socket, routes: Routes) {
    this.#server = server;
    this.#routes = routes;
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
    this.#over.abort();
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
    if (this.#early === undefined && this.#stream === undefined) this.#begin();
    if (this.#early === undefined) this.#write(message);
    else if (this.#early.length < MAX_EARLY) this.#early.push(message);
  }

  #write(message: Uint8Array): void {
    if (this.#stream && this.#stream.writableLength <= MAX_UNSENT) this.#stream.write(message);
  }

  #begin(): void {
    const asked = this.#routes(this.#server);
    if (asked === undefined) return void (this.#stream = this.#connect());
    const early: Uint8Array[] = [];
    this.#early = early;
    void this.#through(asked).then(
      (socket) => {
        this.#early = undefined;
        if (this.#closed) return socket?.destroy();
        this.#stream = this.#connect(socket);
        for (const message of early) this.#write(message);
      },
      // As a server that is silent.
      () => (this.#early = undefined),
    );
  }

  async #through(asked: NonNullable<ReturnType<Routes>>): Promise<Stream | undefined> {
    const routes = await asked;
    const proxy = routes[this.#attempts++ % routes.length];
    return proxy && openThrough(proxy, this.#server, this.#over.signal);
  }

  /** `through`: connected to there already, by a proxy. */
  #connect(through?: Stream): Stream {
    const { host, port, transport } = this.#server;
    const name = isIP(host) === 0 ? { servername: host } : {};
    const encrypted = transport === 'tls';
    const stream = encrypted
      ? connectTls({ host, port, ...(through ? { socket: through } : {}), ...name })
      : (through ?? connectTcp({ host, port, noDelay: true }));
    const reading = new FromStream();
    if (encrypted || !through) {
      stream.setTimeout(CONNECT_MS, () => stream.destroy());
      stream.once(encrypted ? 'secureConnect' : 'connect', () => stream.setTimeout(0));
    }
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
