/**
 * The guest at the meeting point: says hello until the host answers, checks the host's key against the code, and
 * takes the channel it offers (protocol §3.2 S1–S5). Every try has a fresh nonce. Goes on until `close`.
 */
import { equal } from '../bytes.ts';
import { invitePkHash } from '../crypto/keys.ts';
import type {
  Cancel,
  Channel,
  Clock,
  Connecting,
  Random,
  Rendezvous,
  RendezvousTopic,
  Transport,
  TransportSignal,
} from '../ports.ts';
import { LIMITS } from './limits.ts';
import type { EndReason } from './messages.ts';
import { fromTransport, openSignal, sealSignal } from './signals.ts';
import type { Signal, SignalKey, SignalOf } from './signals.ts';

export interface GuestMeetingOptions {
  readonly signal: SignalKey;
  /** From the code. */
  readonly pkHash: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  /** The host answered with the right key: a connection is on its way. */
  readonly onFound: () => void;
  /** Somebody answered who holds the code's secret but not the host's key. */
  readonly onImpostor: () => void;
  readonly onChannel: (channel: Channel, hostPk: Uint8Array) => void;
  /** The connection did not come about; the next try follows by itself. */
  readonly onLost: () => void;
  /** Somebody says that the invitation is over, and no host has answered since. */
  readonly onBye: (reason: EndReason) => void;
}

interface Try {
  readonly nG: Uint8Array;
  nH: Uint8Array | undefined;
  hostPk: Uint8Array | undefined;
  connecting: Connecting | undefined;
  /** The host's candidates that came before its offer. */
  readonly early: TransportSignal[];
  readonly seen: Set<number>;
  readonly timers: Cancel[];
}

export class GuestMeeting {
  readonly #options: GuestMeetingOptions;
  readonly #topic: RendezvousTopic;
  #try: Try | undefined;
  #cancelPause: Cancel = () => undefined;
  /** Runs since somebody said that the invitation is over. */
  #cancelDoubt: Cancel | undefined;
  #closed = false;

  constructor(options: GuestMeetingOptions) {
    this.#options = options;
    this.#topic = options.rendezvous.open(options.signal.topic, (bytes) => this.#receive(bytes));
    this.#begin();
  }

  /** Whether the hello with this nonce is the one that is being said. */
  says(nG: Uint8Array): boolean {
    return this.#try !== undefined && equal(nG, this.#try.nG);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelPause();
    this.#believe();
    this.#abandon();
    this.#topic.close();
  }

  #begin(): void {
    this.#abandon();
    const now: Try = {
      nG: this.#options.random.bytes(16),
      nH: undefined,
      hostPk: undefined,
      connecting: undefined,
      early: [],
      seen: new Set(),
      timers: [],
    };
    this.#try = now;
    this.#hello(now, LIMITS.helloFirst);
  }

  /** Says hello, and again with growing pauses until the host's offer is here. */
  #hello(now: Try, pause: number): void {
    if (this.#try !== now || now.connecting) return;
    this.#send({ type: 'hello', v: 1, nG: now.nG, caps: [] });
    const next = Math.min(pause * 2, LIMITS.helloLongest);
    now.timers.push(this.#options.clock.after(pause, () => this.#hello(now, next)));
  }

  #receive(bytes: Uint8Array): void {
    const now = this.#try;
    if (this.#closed || !now || bytes.length > LIMITS.signal) return;
    const signal = openSignal(this.#options.signal, bytes);
    if (!signal || !equal(signal.nG, now.nG)) return;
    if (signal.type === 'here') this.#here(now, signal);
    else if (signal.type === 'offer') this.#offer(now, signal);
    else if (signal.type === 'hostCandidate') this.#candidate(now, signal);
    else if (signal.type === 'bye') this.#bye(now, signal.reason);
  }

  /**
   * A goodbye shows only that its sender holds the code, since a host that has ended keeps no key to prove itself with.
   * So it counts when no host answers the hellos meanwhile.
   */
  #bye(now: Try, reason: EndReason): void {
    if (now.nH) return;
    this.#cancelDoubt ??= this.#options.clock.after(LIMITS.doubt, () => this.#options.onBye(reason));
  }

  /** A host with the right key is there. */
  #believe(): void {
    this.#cancelDoubt?.();
    this.#cancelDoubt = undefined;
  }

  #here(now: Try, { nH, hostPk, busy }: SignalOf<'here'>): void {
    if (now.nH) return;
    if (!equal(invitePkHash(hostPk), this.#options.pkHash)) return this.#options.onImpostor();
    this.#believe();
    if (busy) return this.#retry(false);
    now.nH = nH;
    now.hostPk = hostPk;
    now.timers.push(this.#options.clock.after(LIMITS.connect, () => this.#try === now && this.#retry(true)));
    this.#options.onFound();
  }

  #offer(now: Try, { nH, sdp }: SignalOf<'offer'>): void {
    if (!now.nH || !equal(nH, now.nH) || now.connecting) return;
    const names = { nG: now.nG, nH };
    let candidates = 0;
    const connecting = this.#options.transport.connect({
      initiator: false,
      onSignal: (signal) => {
        const seq = signal.type === 'candidate' ? candidates++ : 0;
        const out = this.#try === now ? fromTransport(signal, names, 'guest', seq) : null;
        if (out) this.#send(out);
      },
    });
    now.connecting = connecting;
    connecting.channel.then(
      (channel) => {
        if (this.#try !== now) return channel.close();
        this.#settle(now);
        this.#options.onChannel(channel, now.hostPk as Uint8Array);
      },
      () => {
        if (this.#try === now) this.#retry(true);
      },
    );
    connecting.accept({ type: 'offer', sdp });
    for (const signal of now.early.splice(0)) connecting.accept(signal);
  }

  #candidate(now: Try, { nH, seq, candidate, mid }: SignalOf<'hostCandidate'>): void {
    if (!now.nH || !equal(nH, now.nH) || now.seen.has(seq)) return;
    now.seen.add(seq);
    const signal = { type: 'candidate', candidate, mid } as const;
    if (now.connecting) now.connecting.accept(signal);
    else now.early.push(signal);
  }

  #retry(lost: boolean): void {
    this.#abandon();
    this.#cancelPause = this.#options.clock.after(LIMITS.retry, () => this.#begin());
    if (lost) this.#options.onLost();
  }

  #abandon(): void {
    const now = this.#try;
    if (!now) return;
    this.#settle(now);
    now.connecting?.cancel();
  }

  /** This try needs no more signals. */
  #settle(now: Try): void {
    this.#try = undefined;
    for (const cancel of now.timers.splice(0)) cancel();
  }

  #send(signal: Signal): void {
    this.#topic.send(sealSignal(this.#options.signal, this.#options.random, signal));
  }
}
