/**
 * The fake Transport. A connection needs an offer, its answer and one candidate in either direction; each end has its
 * own pseudo-random certificate, whose 32-byte fingerprint its description carries, and connects only to an end that
 * has the fingerprint it was told (as DTLS does), so that a test can swap descriptions and see what happens.
 */

import { fromHex, toHex } from '../../../main/engine/bytes.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import type { Channel, Connecting, Transport, TransportSignal } from '../../../main/engine/ports.ts';
import { SimChannel } from './sim-channel.ts';
import type { SimNet } from './sim-net.ts';

export class SimSwitch {
  readonly #net: SimNet;
  readonly #consentMs: number;
  readonly #ends = new Map<string, SimEnd>();
  readonly #channels = new Set<SimChannel>();
  #count = 0;

  constructor(net: SimNet, consentMs: number) {
    this.#net = net;
    this.#consentMs = consentMs;
  }

  get openChannels(): number {
    return this.#channels.size;
  }

  transport(peer: string): Transport {
    const mine = new Set<SimEnd>();
    let closed = false;
    return {
      connect: ({ initiator, onSignal }) => {
        if (closed) throw new Error('the transport is closed');
        const alive = this.#net.lifeOf(peer);
        const say = (signal: TransportSignal): void => {
          if (!alive() || closed) return;
          const said = this.#net.intercept.signal ? this.#net.intercept.signal(peer, signal) : signal;
          if (said) onSignal(said);
        };
        const end = new SimEnd(this.#net, this, peer, `${++this.#count}`, initiator, say);
        this.#ends.set(end.id, end);
        mine.add(end);
        return end;
      },
      close: async () => {
        closed = true;
        for (const end of mine) end.cancel();
        await Promise.resolve();
      },
    };
  }

  end(id: string): SimEnd | undefined {
    return this.#ends.get(id);
  }

  forget(end: SimEnd): void {
    this.#ends.delete(end.id);
  }

  /** Both ends agree: after one more trip each way, two channel ends (four, with a man in the middle). */
  join(initiator: SimEnd, listener: SimEnd): void {
    const trip = this.#net.delay(initiator.peer, listener.peer) + this.#net.delay(listener.peer, initiator.peer);
    this.#net.after(trip, `connect ${initiator.peer}>${listener.peer}`, () => {
      const [one, other] = [initiator.peer, listener.peer];
      if (!initiator.waiting || !listener.waiting) return;
      if (!this.#ends.has(initiator.id) || !this.#ends.has(listener.id)) return; // whose process died meanwhile
      if (!this.#net.reachable(one, other) || !this.#net.reachable(other, one)) return;
      const terminate = this.#net.intercept.channel;
      if (!terminate) {
        const [a, b] = this.#pair(initiator, listener);
        initiator.opened(a);
        listener.opened(b);
        return;
      }
      const middle = (): { peer: string; fingerprint: Uint8Array } => ({
        peer: '',
        fingerprint: this.#net.prng.bytes(32),
      });
      const [a, towardsInitiator] = this.#pair(initiator, middle());
      const [towardsListener, b] = this.#pair(middle(), listener);
      initiator.opened(a);
      listener.opened(b);
      terminate({ initiator: initiator.peer, listener: listener.peer, towardsInitiator, towardsListener });
    });
  }

  #pair(one: Party, other: Party): [SimChannel, SimChannel] {
    const forget = (channel: SimChannel): void => void this.#channels.delete(channel);
    const pair = SimChannel.pair(this.#net, this.#consentMs, one, other, forget);
    for (const channel of pair) this.#channels.add(channel);
    return pair;
  }

  /** A connection without certificates, both ends of it open. */
  plain(one: string, other: string): [SimChannel, SimChannel] {
    const fingerprint = new Uint8Array(0);
    return this.#pair({ peer: one, fingerprint }, { peer: other, fingerprint });
  }

  /** `peer`: only from or to this one. */
  reachabilityChanged(peer?: string): void {
    for (const channel of [...this.#channels]) {
      if (peer === undefined || channel.peer === peer || channel.other === peer) channel.reachabilityChanged();
    }
  }

  /** With whom it has open channels, each as often as it has one. */
  channelsOf(peer: string): readonly string[] {
    return [...this.#channels].filter((channel) => channel.peer === peer).map(({ other }) => other);
  }

  breakChannels(one: string, other?: string): void {
    for (const channel of [...this.#channels]) {
      if (channel.peer === one && (other === undefined || channel.other === other)) channel.break();
    }
  }

  move(peer: string): void {
    for (const channel of [...this.#channels]) if (channel.peer === peer) channel.move();
  }

  crash(peer: string): void {
    for (const end of [...this.#ends.values()]) if (end.peer === peer) this.forget(end);
    for (const channel of [...this.#channels]) if (channel.peer === peer) channel.crash();
  }
}

export interface Party {
  readonly peer: string;
  readonly fingerprint: Uint8Array;
}

/** One side of a negotiation. */
export class SimEnd implements Connecting, Party {
  readonly peer: string;
  readonly id: string;
  readonly fingerprint: Uint8Array;
  readonly channel: Promise<Channel>;
  readonly #net: SimNet;
  readonly #switch: SimSwitch;
  readonly #initiator: boolean;
  readonly #say: (signal: TransportSignal) => void;
  #resolve!: (channel: Channel) => void;
  #reject!: (error: Error) => void;
  #state: 'negotiating' | 'joining' | 'open' | 'ended' = 'negotiating';
  #open: SimChannel | undefined;
  /** What the remote description said. */
  #remote: { id: string; fingerprint: Uint8Array } | undefined;
  #candidates = 0;

  constructor(
    net: SimNet,
    owner: SimSwitch,
    peer: string,
    id: string,
    initiator: boolean,
    say: (signal: TransportSignal) => void,
  ) {
    this.#net = net;
    this.#switch = owner;
    this.peer = peer;
    this.id = id;
    this.#initiator = initiator;
    this.#say = say;
    this.fingerprint = net.prng.bytes(32);
    this.channel = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.channel.catch(() => undefined);
    if (initiator) this.#describe('offer');
  }

  get waiting(): boolean {
    return this.#state === 'negotiating' || this.#state === 'joining';
  }

  get told(): { id: string; fingerprint: Uint8Array } | undefined {
    return this.#remote;
  }

  get heardCandidate(): boolean {
    return this.#candidates > 0;
  }

  accept(signal: TransportSignal): void {
    if (!this.waiting) return;
    if (signal.type === 'candidate') {
      if (!/^candidate:sim /.test(String(signal.candidate))) return this.fail('malformed candidate');
      this.#candidates += 1;
      return this.#tryToJoin();
    }
    if (signal.type !== (this.#initiator ? 'answer' : 'offer')) return this.fail('description of the wrong kind');
    if (this.#remote) return;
    const match = /^sim (\d+) ([0-9a-f]{64}) *$/.exec(String(signal.sdp));
    if (!match) return this.fail('malformed description');
    this.#remote = { id: match[1] as string, fingerprint: fromHex(match[2] as string) };
    if (!this.#initiator) this.#describe('answer');
    this.#tryToJoin();
  }

  cancel(): void {
    if (this.#open) this.#open.close();
    this.#end(new CoveError('cancelled'));
  }

  fail(reason: string): void {
    this.#end(new CoveError('timeout', { reason }));
  }

  opened(channel: SimChannel): void {
    this.#open = channel;
    this.#state = 'open';
    this.#switch.forget(this);
    this.#resolve(channel);
  }

  #describe(type: 'offer' | 'answer'): void {
    this.#net.after(1, `${type} ${this.peer}`, () => {
      if (!this.waiting) return;
      const { candidates, descriptionBytes } = this.#net;
      this.#say({ type, sdp: `sim ${this.id} ${toHex(this.fingerprint)}`.padEnd(descriptionBytes) });
      for (let i = 0; i < candidates; i++)
        this.#say({ type: 'candidate', candidate: `candidate:sim ${this.id}${' '.repeat(i)}`, mid: '0' });
    });
  }

  /** Whichever end learns last joins; both must know each other. */
  #tryToJoin(): void {
    const other = this.#remote && this.#switch.end(this.#remote.id);
    if (!this.#remote || !other || !other.waiting || this.#state !== 'negotiating') return;
    if (other.told?.id !== this.id || (!this.heardCandidate && !other.heardCandidate)) return;
    this.#state = other.#state = 'joining';
    if (
      toHex(this.#remote.fingerprint) !== toHex(other.fingerprint) ||
      toHex(other.told.fingerprint) !== toHex(this.fingerprint)
    ) {
      this.fail('fingerprint');
      return other.fail('fingerprint');
    }
    if (this.#initiator) this.#switch.join(this, other);
    else this.#switch.join(other, this);
  }

  #end(error: Error): void {
    if (!this.waiting) return;
    this.#state = 'ended';
    this.#switch.forget(this);
    this.#reject(error);
  }
}
