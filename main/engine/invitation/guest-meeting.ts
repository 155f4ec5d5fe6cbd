/**
 * The guest at the meeting point: says hello until the host answers, checks the host's key against the code, and
 * takes the channel it offers (protocol §3.2 S1–S5). Every try has a fresh nonce. It goes on saying hello until there is
 * a channel: signals get lost, and a host that was restarted knows nothing of the offer it had made. Where none opens
 * soon, the host is waited for at the meeting point too, and whichever way opens first is taken. Goes on until `close`.
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { invitePkHash } from '../crypto/keys.ts';
import type { Relays } from '../mesh/relays.ts';
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
import type { WayKind } from './link.ts';
import type { EndReason } from './messages.ts';
import { BY_RELAY, fromTransport, openSignal, sealSignal } from './signals.ts';
import type { Signal, SignalKey, SignalOf } from './signals.ts';

export interface GuestMeetingOptions {
  readonly signal: SignalKey;
  /** From the code. */
  readonly pkHash: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  readonly relays: Relays;
  /** Of the invitation. */
  readonly relaySecret: Uint8Array;
  /** The last connection with the host went through the meeting point: nobody waits for a better one first. */
  readonly byRelay?: boolean;
  /** The host answered with the right key: a connection is on its way. */
  readonly onFound: () => void;
  /** Somebody answered who holds the code's secret but not the host's key. */
  readonly onImpostor: () => void;
  readonly onChannel: (channel: Channel, hostPk: Uint8Array, kind: WayKind) => void;
  /** The connection did not come about; the next try follows by itself. */
  readonly onLost: () => void;
  /** Somebody says that the invitation is over, and no host has answered since. */
  readonly onBye: (reason: EndReason) => void;
}

interface Try {
  readonly nG: Uint8Array;
  /** Names of all answers that were heard, taken or not: what is said again is no news. */
  readonly heard: Set<Hex>;
  cancelHello: Cancel;
  met: Met | undefined;
}
/** A host that answered with the right key, and the connection with it. */
interface Met {
  readonly nH: Uint8Array;
  readonly hostPk: Uint8Array;
  readonly at: number;
  readonly cancelTimer: Cancel;
  connecting: Connecting | undefined;
  /** The channel through the meeting point, while it is waited for. */
  relay: Channel | undefined;
  cancelRelay: Cancel;
  /** The host's candidates that came before its offer. */
  readonly early: TransportSignal[];
  readonly seen: Set<number>;
  /** What was answered to the offer: sent again when the offer is. */
  readonly sent: Uint8Array[];
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
    const nG = this.#options.random.bytes(16);
    const now: Try = { nG, heard: new Set(), cancelHello: () => undefined, met: undefined };
    this.#try = now;
    this.#hello(now, LIMITS.helloFirst);
  }

  /**
   * Says hello, and again: with growing pauses until a host answers, then now and then until it is reached. What the
   * offer was answered is said again with it, for that may have been lost.
   */
  #hello(now: Try, pause: number): void {
    if (this.#try !== now) return;
    for (const bytes of now.met?.sent ?? []) this.#topic.send(bytes);
    this.#send({ type: 'hello', v: 1, nG: now.nG, caps: this.#options.byRelay ? [BY_RELAY] : [] });
    const next = now.met ? pause : Math.min(pause * 2, LIMITS.helloLongest);
    now.cancelHello = this.#options.clock.after(pause, () => this.#hello(now, next));
  }

  #receive(bytes: Uint8Array): void {
    const now = this.#try;
    if (this.#closed || !now || bytes.length > LIMITS.signal) return;
    const signal = openSignal(this.#options.signal, bytes);
    if (!signal || !equal(signal.nG, now.nG)) return;
    if (signal.type === 'here') this.#here(now, signal);
    else if (signal.type === 'offer') this.#offer(now, signal);
    else if (signal.type === 'hostCandidate') this.#candidate(now, signal);
    else if (signal.type === 'bye') this.#bye(signal.reason);
  }

  /**
   * A goodbye shows only that its sender holds the code, since a host that has ended keeps no key to prove itself with.
   * So it counts when no host answers the hellos meanwhile.
   */
  #bye(reason: EndReason): void {
    this.#cancelDoubt ??= this.#options.clock.after(LIMITS.doubt, () => this.#options.onBye(reason));
  }

  /** A host with the right key is there. */
  #believe(): void {
    this.#cancelDoubt?.();
    this.#cancelDoubt = undefined;
  }

  #here(now: Try, { nH, hostPk, busy }: SignalOf<'here'>): void {
    const { clock, pkHash, onFound, onImpostor } = this.#options;
    const name = toHex(nH);
    if (now.met && equal(nH, now.met.nH)) return this.#believe();
    if (now.heard.has(name)) return;
    now.heard.add(name);
    if (now.heard.size > LIMITS.nonces) return this.#retry(now.met !== undefined);
    const genuine = equal(invitePkHash(hostPk), pkHash);
    // The host was restarted, or there are several. One that is on its way is not given up for another.
    if (now.met && (!genuine || busy || clock.monotonic() - now.met.at < LIMITS.underWay)) return;
    if (!genuine) return onImpostor();
    this.#believe();
    if (busy) return this.#retry(false);
    this.#drop(now);
    const met: Met = {
      ...{ nH, hostPk, at: clock.monotonic(), connecting: undefined, early: [], seen: new Set(), sent: [] },
      ...{ relay: undefined, cancelRelay: () => undefined },
      cancelTimer: clock.after(LIMITS.connect, () => this.#is(now, met) && this.#retry(true)),
    };
    now.met = met;
    now.cancelHello();
    now.cancelHello = clock.after(LIMITS.helloAgain, () => this.#hello(now, LIMITS.helloAgain));
    onFound();
  }

  #offer(now: Try, { nH, sdp }: SignalOf<'offer'>): void {
    const { met } = now;
    if (!met || !equal(nH, met.nH)) return;
    if (met.connecting) return met.sent.forEach((bytes) => this.#topic.send(bytes));
    const names = { nG: now.nG, nH };
    let candidates = 0;
    const connecting = this.#options.transport.connect({
      initiator: false,
      onSignal: (signal) => {
        const seq = signal.type === 'candidate' ? candidates++ : 0;
        const out = this.#is(now, met) ? fromTransport(signal, names, 'guest', seq) : null;
        if (out) met.sent.push(this.#send(out));
      },
    });
    met.connecting = connecting;
    met.cancelRelay = this.#options.clock.after(this.#options.byRelay ? 0 : LIMITS.relayAfter, () =>
      this.#relay(now, met),
    );
    connecting.channel.then(
      (channel) => {
        if (!this.#is(now, met)) return channel.close();
        this.#settle(now);
        met.relay?.close();
        this.#options.onChannel(channel, met.hostPk, 'direct');
      },
      () => {
        if (!this.#is(now, met)) return;
        this.#relay(now, met);
        if (!met.relay) this.#retry(true);
      },
    );
    connecting.accept({ type: 'offer', sdp });
    for (const signal of met.early.splice(0)) connecting.accept(signal);
  }

  #relay(now: Try, met: Met): void {
    met.cancelRelay();
    if (!this.#is(now, met) || met.relay) return;
    const { relays, relaySecret, onChannel } = this.#options;
    met.relay = relays.beginForInvitation({
      ...{ initiator: true, asks: true, secret: relaySecret, nA: now.nG, nB: met.nH },
      onOpen: (channel) => {
        if (!this.#is(now, met) || met.relay !== channel) return channel.close();
        this.#settle(now);
        met.connecting?.cancel();
        onChannel(channel, met.hostPk, 'relayed');
      },
    });
  }

  #candidate({ met }: Try, { nH, seq, candidate, mid }: SignalOf<'hostCandidate'>): void {
    if (!met || !equal(nH, met.nH) || met.seen.has(seq)) return;
    met.seen.add(seq);
    const signal = { type: 'candidate', candidate, mid } as const;
    if (met.connecting) met.connecting.accept(signal);
    else met.early.push(signal);
  }

  #is(now: Try, met: Met): boolean {
    return this.#try === now && now.met === met;
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
    this.#drop(now);
    this.#send({ type: 'leave', nG: now.nG });
  }

  /** This try needs no more signals. */
  #settle(now: Try): void {
    this.#try = undefined;
    now.cancelHello();
    now.met?.cancelTimer();
    now.met?.cancelRelay();
  }

  /** Gives the connection up that is on its way. */
  #drop(now: Try): void {
    const { met } = now;
    now.met = undefined;
    met?.cancelTimer();
    met?.cancelRelay();
    met?.connecting?.cancel();
    met?.relay?.close();
  }

  #send(signal: Signal): Uint8Array {
    const bytes = sealSignal(this.#options.signal, this.#options.random, signal);
    this.#topic.send(bytes);
    return bytes;
  }
}
