/**
 * Messages to everybody on the networks around, by UDP multicast on every interface, IPv4 and IPv6. The groups are
 * scoped and messages live for one hop, so that nothing leaves the network. mDNS answers to its own port only, and is
 * taken by the system's own responder on many computers: this one shares its port with nobody but other Coves.
 */
import { createSocket, type Socket as Udp } from 'node:dgram';
import type { Cancel, Clock } from '../../main/engine/ports.ts';
import { lanInterfaces, nearby, type Interface } from './interfaces.ts';

/**
 * In 239.192.0.0/14, an organisation's own (RFC 2365 §6.2): the letters C and V. In ff12::/16, transient and of the link
 * (RFC 4291 §2.7): the letters C, O, V and E.
 */
const GROUP = { ipv4: '239.192.67.86', ipv6: 'ff12::434f:5645' } as const;
/** How often the interfaces are looked at: there is no portable way to be told. */
const LOOK_MS = 3_000;

type Family = Interface['family'];

export interface MulticastOptions {
  /** Address to be heard on; undefined: all interfaces. */
  readonly bind: string | undefined;
  readonly port: number;
  readonly clock: Clock;
  readonly onMessage: (bytes: Uint8Array, ip: string) => void;
  /** A network has come that knows nothing of us. */
  readonly onNetwork: () => void;
  /** Nobody can be heard; the rest is for the log. */
  readonly onDeaf: (error: unknown) => void;
  readonly onTrouble: (error: unknown) => void;
}

export class Multicast {
  readonly #options: MulticastOptions;
  readonly #hearers = new Map<Family, Udp>();
  /** One per interface: it is sent from its address. */
  readonly #senders = new Map<string, { readonly socket: Udp; readonly on: Interface }>();
  #present: readonly Interface[] = [];
  #isNear: (ip: string) => boolean = () => false;
  #look: Cancel = () => undefined;
  #closed = false;

  constructor(options: MulticastOptions) {
    this.#options = options;
  }

  get interfaces(): readonly Interface[] {
    return this.#present;
  }

  /** Hears nothing where the port cannot be had; what it says itself is still heard by others. */
  async start(): Promise<void> {
    await Promise.all([this.#hear('ipv4'), this.#hear('ipv6')]);
    this.#lookAround();
  }

  send(message: Uint8Array): void {
    for (const { socket, on } of this.#senders.values()) {
      const group = on.family === 'ipv4' ? GROUP.ipv4 : `${GROUP.ipv6}%${on.zone}`;
      socket.send(message, this.#options.port, group, () => undefined);
    }
  }

  close(): void {
    this.#closed = true;
    this.#look();
    for (const { socket } of this.#senders.values()) socket.close();
    this.#senders.clear();
    for (const hearer of this.#hearers.values()) hearer.close();
  }

  #hear(family: Family): Promise<void> {
    const { port, onMessage, onDeaf } = this.#options;
    return new Promise((resolve) => {
      const hearer = createSocket(
        family === 'ipv4' ? { type: 'udp4', reuseAddr: true } : { type: 'udp6', reuseAddr: true, ipv6Only: true },
      );
      // A computer without IPv6 is nothing to speak of.
      hearer.on('error', (error) => (family === 'ipv4' && onDeaf(error), resolve()));
      hearer.on('message', (bytes, { address }) => {
        if (!this.#closed && this.#isNear(address)) onMessage(bytes, address);
      });
      // Bound to the group's port on all addresses: several systems deliver multicast to no other binding.
      hearer.bind({ port, address: family === 'ipv4' ? '0.0.0.0' : '::' }, () => {
        this.#hearers.set(family, hearer);
        resolve();
      });
    });
  }

  /** Follows the interfaces. */
  #lookAround(): void {
    if (this.#closed) return;
    this.#look = this.#options.clock.after(LOOK_MS, () => this.#lookAround());
    this.#present = lanInterfaces(this.#options.bind);
    this.#isNear = nearby(this.#present);
    for (const [ip, { socket, on }] of this.#senders) {
      if (this.#present.some((one) => one.ip === ip)) continue;
      socket.close();
      this.#senders.delete(ip);
      this.#member('dropMembership', on);
    }
    for (const one of this.#present) if (!this.#senders.has(one.ip)) this.#open(one);
  }

  #open(on: Interface): void {
    const { onNetwork, onTrouble } = this.#options;
    const socket = createSocket({ type: on.family === 'ipv4' ? 'udp4' : 'udp6', reuseAddr: true });
    const opened = { socket, on };
    this.#senders.set(on.ip, opened);
    socket.on('error', (error) => {
      // An IPv6 address cannot be used in its first second, while the system looks whether somebody else has it.
      if (this.#senders.get(on.ip) === opened) this.#senders.delete(on.ip);
      onTrouble(error);
    });
    socket.bind({ address: on.ip, port: 0 }, () => {
      if (this.#senders.get(on.ip) !== opened) return;
      try {
        socket.setMulticastInterface(on.family === 'ipv4' ? on.ip : `::%${on.zone}`);
        socket.setMulticastTTL(1);
        socket.setMulticastLoopback(true);
      } catch (error) {
        return onTrouble(error);
      }
      this.#member('addMembership', on);
      onNetwork();
    });
  }

  #member(change: 'addMembership' | 'dropMembership', { family, ip, zone }: Interface): void {
    try {
      this.#hearers.get(family)?.[change](GROUP[family], family === 'ipv4' ? ip : `::%${zone}`);
    } catch (error) {
      // The interface has just gone.
      this.#options.onTrouble(error);
    }
  }
}
