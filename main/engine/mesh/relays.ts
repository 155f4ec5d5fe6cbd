/**
 * Connections through a meeting point, for two who hear each other there and whom no network connects directly: slow, so
 * that text still gets to and fro. Each call has two topics of its own, one for each direction, and a key for each, from
 * a secret of both devices' keys and the call's nonces: nobody else in the space reads along or has to. What goes over
 * them is the same Noise session as on every channel.
 */
import { sharedSecret } from '../crypto/box.ts';
import { relayKeys } from '../crypto/keys.ts';
import { wipe } from '../crypto/sodium.ts';
import type { Identity } from '../halo/identity.ts';
import type { Channel, Clock, Random, Rendezvous } from '../ports.ts';
import { MESH } from './limits.ts';
import { Pace } from './pace.ts';
import { decodeRelayFrame, encodeRelayFrame } from './relay-frames.ts';
import { RelayedChannel } from './relayed-channel.ts';
import { openPadded, sealPadded } from './sealed.ts';

export interface RelaysOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly identity: Pick<Identity, 'keys'>;
}

export interface RelayCall {
  readonly initiator: boolean;
  /** Whether this end asks for the other one; else it only answers. */
  readonly asks: boolean;
  readonly boxPk: Uint8Array;
  readonly nA: Uint8Array;
  readonly nB: Uint8Array;
  /** The other end is there. */
  readonly onOpen: (channel: Channel) => void;
}

export class Relays {
  readonly #options: RelaysOptions;
  readonly #shared: Pace;
  readonly #open = new Set<RelayedChannel>();

  constructor(options: RelaysOptions) {
    this.#options = options;
    this.#shared = new Pace(options.clock, MESH.relayTotal);
  }

  /** Waits for the other end until the channel is closed; undefined: there is no room for another one. */
  begin({ initiator, asks, boxPk, nA, nB, onOpen }: RelayCall): Channel | undefined {
    const { clock, random, rendezvous, identity } = this.#options;
    if (this.#open.size >= MESH.relays) return undefined;
    const shared = secretOf(boxPk, identity.keys.box.sk);
    if (shared === undefined) return undefined;
    const keys = relayKeys(shared, nA, nB);
    wipe(shared);
    const [out, back] = initiator ? [keys.dialer, keys.listener] : [keys.listener, keys.dialer];
    const there = rendezvous.open(out.topic);
    const here = rendezvous.open(back.topic, (sealed) => {
      const message = openPadded(back, sealed);
      const frame = message && decodeRelayFrame(message);
      if (frame) channel.receive(frame);
    });
    const channel: RelayedChannel = new RelayedChannel({
      clock,
      send: (frame) => there.send(sealPadded(out, encodeRelayFrame(frame), random)),
      rate: MESH.relayRate,
      shared: this.#shared,
      asks,
      onOpen: () => onOpen(channel),
      onDone: () => {
        this.#open.delete(channel);
        there.close();
        here.close();
      },
    });
    this.#open.add(channel);
    return channel;
  }
}

/** A certificate may name a key of low order. */
function secretOf(boxPk: Uint8Array, sk: Uint8Array): Uint8Array | undefined {
  try {
    return sharedSecret(boxPk, sk);
  } catch {
    return undefined;
  }
}
