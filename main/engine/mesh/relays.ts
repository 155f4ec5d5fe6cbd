/**
 * Connections through a meeting point, for two who hear each other there and whom no network connects directly: slow, so
 * that text still gets to and fro. Each has two topics of its own, one for each direction, and a key for each, from a
 * secret that the two share and from fresh nonces: nobody else reads along or has to. What goes over them is the same
 * Noise session as on every channel. One object for all of a device's: they share what a meeting point bears.
 */
import { sharedSecret } from '../crypto/box.ts';
import { relayKeys } from '../crypto/keys.ts';
import { wipe } from '../crypto/sodium.ts';
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
}

export interface RelayCall {
  readonly initiator: boolean;
  /** Known to the two ends; not kept. */
  readonly secret: Uint8Array;
  readonly nA: Uint8Array;
  readonly nB: Uint8Array;
  /** Whether this end asks for the other one; else it only answers. */
  readonly asks: boolean;
  /** The other end is there. */
  readonly onOpen: (channel: Channel) => void;
}

/** Those that share a rate. */
interface Lane {
  /** Since when the other end is there, monotonic ms; undefined: it is still waited for. */
  readonly open: Map<Channel, number | undefined>;
  readonly most: number;
  readonly pace: Pace;
}

/** Nobody else listens there. */
const ONE_END = { oneEnd: true };

export class Relays {
  readonly #options: RelaysOptions;
  readonly #members: Lane;
  readonly #invitations: Lane;

  constructor(options: RelaysOptions) {
    this.#options = options;
    const { clock } = options;
    this.#members = { open: new Map(), most: MESH.relays, pace: new Pace(clock, MESH.relayTotal) };
    this.#invitations = {
      open: new Map(),
      most: MESH.relaysOfInvitations,
      pace: new Pace(clock, MESH.relayTotalOfInvitations),
    };
  }

  /**
   * With a member. Waits for the other end until the channel is closed; undefined: there is no room for another one. Where
   * all places are taken, the one that has been there longest is closed once the new one is open.
   */
  begin(call: RelayCall): Channel | undefined {
    return this.#begin(call, this.#members);
  }

  /** With the other side of an invitation: it is asked now and then whether it is still there. */
  beginForInvitation(call: RelayCall): Channel | undefined {
    return this.#begin(call, this.#invitations);
  }

  /** The guest has come in: from now on its connection is one with a member. Nothing for a channel of another kind. */
  admit(channel: Channel): void {
    if (!(channel instanceof RelayedChannel) || !this.#invitations.open.delete(channel)) return;
    this.#members.open.set(channel, this.#options.clock.monotonic());
    channel.unwatch();
  }

  #begin({ initiator, secret, nA, nB, asks, onOpen }: RelayCall, lane: Lane): Channel | undefined {
    const { clock, random, rendezvous } = this.#options;
    const over = lane.open.size - lane.most;
    if (over > 0 || (over === 0 && this.#spare(lane) === undefined)) return undefined;
    const keys = relayKeys(secret, nA, nB);
    const [out, back] = initiator ? [keys.dialer, keys.listener] : [keys.listener, keys.dialer];
    const there = rendezvous.open(out.topic, undefined, ONE_END);
    const here = rendezvous.open(back.topic, (sealed) => {
      const message = openPadded(back, sealed);
      const frame = message && decodeRelayFrame(message);
      if (frame) channel.receive(frame);
    });
    const pace = (): Pace => (this.#members.open.has(channel) ? this.#members : this.#invitations).pace;
    const channel: RelayedChannel = new RelayedChannel({
      clock,
      via: () => there.via?.(),
      send: (frame) => there.send(sealPadded(out, encodeRelayFrame(frame), random)),
      rate: MESH.relayRate,
      shared: { wait: () => pace().wait(), took: () => pace().took() },
      watch: lane === this.#invitations,
      asks,
      onOpen: () => {
        if (lane.open.size > lane.most) this.#spare(lane)?.close();
        if (lane.open.has(channel)) lane.open.set(channel, clock.monotonic());
        onOpen(channel);
      },
      onDone: () => {
        this.#members.open.delete(channel);
        this.#invitations.open.delete(channel);
        there.close();
        here.close();
      },
    });
    lane.open.set(channel, undefined);
    return channel;
  }

  /** Of the members' the one that was given its place first, if that was long enough ago and nothing is on its way. */
  #spare({ open }: Lane): Channel | undefined {
    const before = this.#options.clock.monotonic() - MESH.relayTurn;
    if (open !== this.#members.open) return undefined;
    const spare = [...open].filter(([channel, since = Infinity]) => since <= before && channel.buffered() === 0);
    return spare.sort(([, one = 0], [, other = 0]) => one - other)[0]?.[0];
  }
}

export interface DeviceCall extends Omit<RelayCall, 'secret'> {
  readonly boxPk: Uint8Array;
}

/** With a member's device, by its box key and the own one; undefined too where a certificate names a key of low order. */
export function relayToDevice(relays: Relays, sk: Uint8Array, { boxPk, ...call }: DeviceCall): Channel | undefined {
  let secret: Uint8Array;
  try {
    secret = sharedSecret(boxPk, sk);
  } catch {
    return undefined;
  }
  const channel = relays.begin({ ...call, secret });
  wipe(secret);
  return channel;
}
