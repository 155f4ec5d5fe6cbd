/**
 * Messages to everybody on the networks around, to a group, by UDP multicast on every interface, IPv4 and IPv6: a socket per
 * interface, which says and hears. Whatever comes from elsewhere is not passed on.
 */
import { createSocket, type Socket as Udp } from 'node:dgram';
import type { MuteInterface } from '../../main/engine/ports.ts';
import { nearby, type Interface } from './interfaces.ts';

/** A computer with virtual machines may have dozens. */
const MUTE_TOLD = 8;

export type Groups = Readonly<Record<Interface['family'], string>>;

export interface MulticastOptions {
  readonly groups: Groups;
  readonly port: number;
  /** Hops that a message lives for. */
  readonly ttl: number;
  readonly onMessage: (bytes: Uint8Array, from: { readonly ip: string; readonly port: number }) => void;
  /** A network has come that knows nothing of us. */
  readonly onNetwork: (on: Interface) => void;
  /** For the log; the same trouble with the same interface is told once. */
  readonly onTrouble: (error: unknown) => void;
}

interface Opened {
  readonly socket: Udp;
  readonly on: Interface;
  ready: boolean;
}

interface Trouble {
  readonly reason: string;
  readonly sending: boolean;
}

export class Multicast {
  readonly #options: MulticastOptions;
  readonly #opened = new Map<string, Opened>();
  readonly #troubles = new Map<string, Trouble>();
  #present: readonly Interface[] = [];

  constructor(options: MulticastOptions) {
    this.#options = options;
  }

  /** Why nothing can be said or heard on any interface. */
  get error(): string | undefined {
    return this.#mute.length === this.#names.length ? this.#mute[0]?.error : undefined;
  }

  /** Interfaces beside others on which nothing can: at none of their addresses. So many at most. */
  get mute(): readonly MuteInterface[] {
    return this.error === undefined ? this.#mute.slice(0, MUTE_TOLD) : [];
  }

  get #names(): string[] {
    return [...new Set(this.#present.map(({ name }) => name))];
  }

  get #mute(): MuteInterface[] {
    return this.#names.flatMap((name) => {
      const at = this.#present.filter((on) => on.name === name);
      const reasons = at.map((on) => this.#troubles.get(keyOf(on))?.reason);
      const [error] = reasons;
      return error === undefined || reasons.includes(undefined) ? [] : [{ name, error }];
    });
  }

  /**
   * Opens sockets on what has come, and on what failed before; resolves when they are open or have failed. Call now and
   * then: no system tells of everything.
   */
  async follow(present: readonly Interface[]): Promise<void> {
    this.#present = present;
    const keys = new Set(present.map(keyOf));
    for (const opened of this.#opened.values()) if (!keys.has(keyOf(opened.on))) this.#drop(opened);
    for (const key of this.#troubles.keys()) if (!keys.has(key)) this.#troubles.delete(key);
    await Promise.all(present.filter((on) => !this.#opened.has(keyOf(on))).map((on) => this.#open(on)));
  }

  /** On all interfaces, or only on that one. */
  send(messages: (on: Interface) => readonly Uint8Array[], only?: Interface): void {
    for (const opened of this.#opened.values()) {
      const { socket, on, ready } = opened;
      if (!ready || (only !== undefined && on !== only)) continue;
      for (const message of messages(on)) {
        socket.send(message, this.#options.port, this.#group(on), (error) => {
          if (error) this.#fail(opened, error, true);
          else if (this.#opened.get(keyOf(on)) === opened) this.#troubles.delete(keyOf(on));
        });
      }
    }
  }

  close(): void {
    for (const opened of this.#opened.values()) this.#drop(opened);
  }

  #open(on: Interface): Promise<void> {
    const { port, onMessage, onNetwork } = this.#options;
    const socket = createSocket(
      on.family === 'ipv4' ? { type: 'udp4', reuseAddr: true } : { type: 'udp6', reuseAddr: true, ipv6Only: true },
    );
    const opened: Opened = { socket, on, ready: false };
    const isNear = nearby([on]);
    this.#opened.set(keyOf(on), opened);
    socket.on('message', (bytes, from) => {
      // Linux gives every socket what came for the group on any interface.
      if (opened.ready && isNear(from.address)) onMessage(new Uint8Array(bytes), { ip: from.address, port: from.port });
    });
    const done = new Promise<void>((resolve) => socket.once('close', resolve).once('listening', resolve));
    socket.on('error', (error) => this.#fail(opened, error, false));
    socket.bind({ port, address: this.#boundTo(on) }, () => {
      try {
        this.#join(socket, on);
      } catch (error) {
        return this.#fail(opened, error, false);
      }
      opened.ready = true;
      if (this.#troubles.get(keyOf(on))?.sending === false) this.#troubles.delete(keyOf(on));
      onNetwork(on);
    });
    return done;
  }

  #join(socket: Udp, { family, ip, zone }: Interface): void {
    const at = family === 'ipv4' ? ip : `::%${zone}`;
    socket.setMulticastInterface(at);
    socket.setMulticastTTL(this.#options.ttl);
    socket.setMulticastLoopback(true);
    socket.addMembership(this.#options.groups[family], at);
  }

  /**
   * On Linux the group itself: what is sent to this computer alone stays with whoever shares the port, as a responder of the
   * system's. Other systems send from no such socket, or deliver nothing to it.
   */
  #boundTo(on: Interface): string {
    if (process.platform === 'linux') return this.#group(on);
    return on.family === 'ipv4' ? '0.0.0.0' : '::';
  }

  #group({ family, zone }: Interface): string {
    return family === 'ipv4' ? this.#options.groups.ipv4 : `${this.#options.groups.ipv6}%${zone}`;
  }

  /**
   * It is opened anew when the interfaces are looked at again: an IPv6 address cannot be used in its first second, while the
   * system looks whether somebody else has it.
   */
  #fail(opened: Opened, error: unknown, sending: boolean): void {
    if (this.#opened.get(keyOf(opened.on)) !== opened) return;
    this.#drop(opened);
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    const before = this.#troubles.get(keyOf(opened.on));
    this.#troubles.set(keyOf(opened.on), { reason, sending });
    if (before?.reason !== reason) this.#options.onTrouble(error);
  }

  #drop(opened: Opened): void {
    opened.ready = false;
    this.#opened.delete(keyOf(opened.on));
    opened.socket.close();
  }
}

const keyOf = ({ zone, ip, cidr }: Interface): string => `${zone} ${ip} ${cidr}`;
