/** The two ways in which a beacon is said to everybody on the networks around, and what was heard in each. */
import { toHex } from '../../main/engine/bytes.ts';
import type { Clock, LanWay, LanWayHealth, Log } from '../../main/engine/ports.ts';
import { TokenBucket } from '../mqtt/token-bucket.ts';
import { decodeBeacon, encodeBeacon, isBeacon, type BeaconMessage, type Told } from './beacon.ts';
import type { Interface } from './interfaces.ts';
import { decodeMdns, encodeMdns, isOfService, MDNS_PORT } from './mdns.ts';
import { Multicast, type Groups } from './multicast.ts';

/** For beacons; and for connections, unless another program has it. */
export const LAN_PORT = 47_632;
/** Whoever was heard so long ago may have gone. */
const LATELY_MS = 10 * 60_000;
const MOST_HEARD = 512;
/** What a flood may cost, in each way. */
const INTAKE = { perSecond: 100, burst: 500 };

interface Speech {
  readonly port: number;
  readonly groups: Groups;
  readonly ttl: number;
  readonly encode: (message: BeaconMessage, on: Interface) => readonly Uint8Array[];
  /** Looked at before it counts for anything: others speak on the same port. */
  readonly concerns: (bytes: Uint8Array) => boolean;
  readonly decode: (bytes: Uint8Array, ip: string) => Told | undefined;
  /** Whether it counts only from the port it is said to. */
  readonly strict: boolean;
}

/** Both are of one network: the groups are scoped, and no router passes them on. */
const SPEECH: Readonly<Record<LanWay, Speech>> = {
  beacon: {
    port: LAN_PORT,
    // In 239.192.0.0/14, an organisation's own (RFC 2365 §6.2): the letters C and V. In ff12::/16, transient and of the
    // link (RFC 4291 §2.7): the letters C, O, V and E.
    groups: { ipv4: '239.192.67.86', ipv6: 'ff12::434f:5645' },
    ttl: 1,
    encode: encodeBeacon,
    concerns: isBeacon,
    decode: decodeBeacon,
    strict: false,
  },
  mdns: {
    port: MDNS_PORT,
    groups: { ipv4: '224.0.0.251', ipv6: 'ff02::fb' },
    // RFC 6762 §11.
    ttl: 255,
    encode: encodeMdns,
    concerns: isOfService,
    decode: decodeMdns,
    // RFC 6762 §6.
    strict: true,
  },
};

export interface WayOptions {
  readonly way: LanWay;
  /** For tests: another port than everybody uses. */
  readonly port: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly onTold: (told: Told, ip: string) => void;
  readonly onNetwork: (on: Interface) => void;
}

export class Way {
  readonly #options: WayOptions;
  readonly #speech: Speech;
  readonly #multicast: Multicast;
  readonly #intake: TokenBucket;
  /** When each of the others was heard last, by its nonce. */
  readonly #heardAt = new Map<string, number>();

  constructor(options: WayOptions) {
    const { way, clock, log, onNetwork } = options;
    this.#options = options;
    this.#speech = { ...SPEECH[way], ...(options.port === undefined ? {} : { port: options.port }) };
    this.#intake = new TokenBucket(clock, INTAKE);
    this.#multicast = new Multicast({
      ...this.#speech,
      onMessage: (bytes, from) => this.#receive(bytes, from),
      onNetwork,
      onTrouble: (error) =>
        log('lan.multicast', { way, reason: (error as NodeJS.ErrnoException).code ?? String(error) }),
    });
  }

  follow(present: readonly Interface[]): Promise<void> {
    return this.#multicast.follow(present);
  }

  say(message: BeaconMessage, only?: Interface): void {
    this.#multicast.send((on) => this.#speech.encode(message, on), only);
  }

  /** Somebody else was heard. */
  note(nonce: Uint8Array): void {
    const key = toHex(nonce);
    this.#heardAt.delete(key);
    this.#heardAt.set(key, this.#options.clock.monotonic());
    if (this.#heardAt.size > MOST_HEARD) this.#heardAt.delete(this.#heardAt.keys().next().value as string);
  }

  /** By their nonces. */
  get lately(): readonly string[] {
    const since = this.#options.clock.monotonic() - LATELY_MS;
    return [...this.#heardAt].flatMap(([nonce, at]) => (at >= since ? [nonce] : []));
  }

  get health(): LanWayHealth {
    const { error, mute } = this.#multicast;
    const heard = this.lately.length;
    return { heard, ...(error === undefined ? {} : { error }), ...(mute.length === 0 ? {} : { mute }) };
  }

  close(): void {
    this.#multicast.close();
  }

  #receive(bytes: Uint8Array, from: { readonly ip: string; readonly port: number }): void {
    const { concerns, decode, strict, port } = this.#speech;
    if ((strict && from.port !== port) || !concerns(bytes) || !this.#intake.take()) return;
    const told = decode(bytes, from.ip);
    if (told !== undefined) this.#options.onTold(told, from.ip);
  }
}
