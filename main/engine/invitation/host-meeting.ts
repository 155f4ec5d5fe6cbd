/**
 * The host at the meeting point: answers guests' hellos and opens a channel to each (protocol §3.2 S1–S5). Who holds
 * the code can say hello; nobody else is heard. A replayed hello opens nothing, since its nonce was seen, or, after a
 * restart, leads to an offer that nobody answers.
 *
 * Where no channel opens soon, a guest that has answered is waited for at the meeting point too. It takes whichever way
 * opens first there, and the host follows it: both ways together have one guest's place, until one is chosen.
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Relays } from '../mesh/relays.ts';
import type { Cancel, Channel, Clock, Connecting, Random, Rendezvous, RendezvousTopic, Transport } from '../ports.ts';
import { LIMITS } from './limits.ts';
import type { WayKind } from './link.ts';
import type { EndReason } from './messages.ts';
import { BY_RELAY, fromTransport, openSignal, sealSignal } from './signals.ts';
import type { Signal, SignalKey, SignalOf } from './signals.ts';

export interface HostMeetingOptions {
  readonly signal: SignalKey;
  readonly hostPk: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  readonly relays: Relays;
  /** Of the invitation. */
  readonly relaySecret: Uint8Array;
  /** Why there is nothing to meet for any more; then guests are told that and nothing else. */
  readonly ended: () => EndReason | null;
  /** Makes room for one more guest, if need be by letting a silent one go; false when there is none. */
  readonly makeRoom: () => boolean;
  /** One guest may come by two ways, before it has said anything: `chosen` is to be called when it has, and ends the other. */
  readonly onChannel: (channel: Channel, kind: WayKind, chosen: () => void) => void;
  /** Somebody is on the way, or is not any more. */
  readonly onChange: () => void;
  /** Whether this very device says this hello, where one device may be host and guest of the same meeting. */
  readonly isOwn?: (nG: Uint8Array) => boolean;
}

interface Attempt {
  readonly nG: Uint8Array;
  readonly nH: Uint8Array;
  readonly connecting: Connecting;
  /** The guest goes through the meeting point at once. */
  readonly byRelay: boolean;
  /** No direct channel can come of it any more, or it has opened. */
  directOver: boolean;
  /** The channel through the meeting point, from when it is waited for until it is closed. */
  relay: Channel | undefined;
  cancelRelay: Cancel;
  /** Open, and not chosen yet. */
  readonly open: Set<Channel>;
  /** When it is given up, and when at the latest, by the monotonic clock. */
  until: number;
  readonly latest: number;
  cancelTimer: Cancel;
  /** What was sent so far: sent again when the guest says hello again, because signals get lost. */
  readonly sent: Uint8Array[];
  sentAt: number;
  /** Runs from the guest's last hello. */
  cancelSilence: Cancel;
  silent: boolean;
  answered: boolean;
  readonly seen: Set<number>;
}

export class HostMeeting {
  readonly #options: HostMeetingOptions;
  readonly #topic: RendezvousTopic;
  readonly #attempts = new Map<Hex, Attempt>();
  /** Nonces of guests that were served, oldest first. */
  readonly #spent = new Set<Hex>();
  #byes = 0;
  #byesSince = -Infinity;
  #closed = false;

  constructor(options: HostMeetingOptions) {
    this.#options = options;
    this.#topic = options.rendezvous.open(options.signal.topic, (bytes) => this.#receive(bytes));
  }

  /** Guests on their way: an offer is out, and no channel is chosen yet. */
  get halfOpen(): number {
    return this.#attempts.size;
  }

  /** Whether somebody is on the way who was heard of lately: one whose computer died stays half-open for longer. */
  get approached(): boolean {
    return [...this.#attempts.values()].some(({ silent, open }) => !silent || open.size > 0);
  }

  /** Ends all half-open connections; the topic stays open for farewells. */
  dropAll(): void {
    for (const name of [...this.#attempts.keys()]) this.#drop(name);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.dropAll();
    this.#topic.close();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#closed || bytes.length > LIMITS.signal) return;
    const signal = openSignal(this.#options.signal, bytes);
    if (!signal) return;
    if (signal.type === 'hello') this.#hello(signal);
    else if (signal.type === 'answer') this.#answer(signal);
    else if (signal.type === 'guestCandidate') this.#candidate(signal);
    else if (signal.type === 'leave') this.#drop(toHex(signal.nG));
  }

  #hello({ nG, caps }: SignalOf<'hello'>): void {
    if (this.#options.isOwn?.(nG)) return;
    const reason = this.#options.ended();
    if (reason) return this.#farewell(nG, reason);
    const name = toHex(nG);
    const known = this.#attempts.get(name);
    if (known) return this.#again(known);
    if (this.#spent.has(name)) return;
    if (!this.#options.makeRoom()) {
      const { hostPk } = this.#options;
      this.#send({ type: 'here', nG, nH: this.#options.random.bytes(16), hostPk, busy: true });
      return;
    }
    this.#open(name, nG, caps.includes(BY_RELAY));
  }

  #open(name: Hex, nG: Uint8Array, byRelay: boolean): void {
    const { random, transport, clock, hostPk, onChange } = this.#options;
    const nH = random.bytes(16);
    const sent: Uint8Array[] = [];
    const keep = (signal: Signal | null): void => {
      if (signal && this.#attempts.get(name)?.nH === nH) sent.push(this.#send(signal));
    };
    let candidates = 0;
    // A transport may speak before `connect` returns.
    const early: (() => void)[] = [];
    let known = false;
    const connecting = transport.connect({
      initiator: true,
      onSignal: (signal) => {
        const seq = signal.type === 'candidate' ? candidates++ : 0;
        const send = (): void => keep(fromTransport(signal, { nG, nH }, 'host', seq));
        if (known) send();
        else early.push(send);
      },
    });
    const attempt: Attempt = {
      nG,
      nH,
      connecting,
      byRelay,
      directOver: false,
      relay: undefined,
      cancelRelay: () => undefined,
      open: new Set(),
      until: 0,
      latest: clock.monotonic() + LIMITS.connect + LIMITS.messageWait,
      cancelTimer: () => undefined,
      sent,
      sentAt: clock.monotonic(),
      cancelSilence: () => undefined,
      silent: false,
      answered: false,
      seen: new Set(),
    };
    this.#attempts.set(name, attempt);
    this.#giveUpIn(attempt, LIMITS.connect);
    this.#heard(attempt);
    known = true;
    this.#spend(name);
    keep({ type: 'here', nG, nH, hostPk, busy: false });
    for (const send of early) send();
    connecting.channel.then(
      (channel) => {
        if (!this.#is(attempt)) return channel.close();
        attempt.cancelRelay();
        this.#opened(attempt, channel, 'direct');
      },
      () => {
        if (!this.#is(attempt)) return;
        attempt.directOver = true;
        if (attempt.answered) this.#relay(attempt);
        this.#dropWithoutWay(attempt);
      },
    );
    onChange();
  }

  // ---------------------------------------------------------------- two ways

  #relay(attempt: Attempt): void {
    attempt.cancelRelay();
    if (!this.#is(attempt) || attempt.relay) return;
    const { nG, nH } = attempt;
    const { relays, relaySecret } = this.#options;
    attempt.relay = relays.beginForInvitation({
      ...{ initiator: false, asks: true, secret: relaySecret, nA: nG, nB: nH },
      onOpen: (channel) => {
        if (attempt.relay === channel) this.#opened(attempt, channel, 'relayed');
      },
    });
  }

  #opened(attempt: Attempt, channel: Channel, kind: WayKind): void {
    const { onChannel, clock } = this.#options;
    if (kind === 'direct') attempt.directOver = true;
    // A channel that opens late still has the time of one message, and no second one has it again.
    const until = Math.max(attempt.until, Math.min(clock.monotonic() + LIMITS.messageWait, attempt.latest));
    this.#giveUpIn(attempt, until - clock.monotonic());
    attempt.open.add(channel);
    channel.onClose(() => {
      if (!attempt.open.delete(channel)) return;
      if (attempt.relay === channel) attempt.relay = undefined;
      this.#dropWithoutWay(attempt);
    });
    onChannel(channel, kind, () => this.#chosen(attempt, channel));
  }

  /** The guest speaks here: no other way is needed. */
  #chosen(attempt: Attempt, channel: Channel): void {
    attempt.open.delete(channel);
    if (attempt.relay === channel) attempt.relay = undefined;
    else attempt.directOver = true;
    this.#drop(toHex(attempt.nG));
  }

  #dropWithoutWay(attempt: Attempt): void {
    const left = !attempt.directOver || attempt.relay !== undefined || attempt.open.size > 0;
    if (!left && this.#is(attempt)) this.#drop(toHex(attempt.nG));
  }

  #giveUpIn(attempt: Attempt, ms: number): void {
    const { clock } = this.#options;
    attempt.cancelTimer();
    attempt.until = clock.monotonic() + ms;
    attempt.cancelTimer = clock.after(ms, () => this.#drop(toHex(attempt.nG)));
  }

  #is(attempt: Attempt): boolean {
    return this.#attempts.get(toHex(attempt.nG)) === attempt;
  }

  // ---------------------------------------------------------------- signals

  #heard(attempt: Attempt): void {
    const { clock, onChange } = this.#options;
    const show = (silent: boolean): void => {
      if (attempt.silent === silent) return;
      attempt.silent = silent;
      onChange();
    };
    attempt.cancelSilence();
    attempt.cancelSilence = clock.after(LIMITS.silence, () => show(true));
    show(false);
  }

  #again(attempt: Attempt): void {
    this.#heard(attempt);
    const now = this.#options.clock.monotonic();
    if (now - attempt.sentAt < LIMITS.helloFirst / 2) return;
    attempt.sentAt = now;
    for (const bytes of attempt.sent) this.#topic.send(bytes);
  }

  #answer({ nG, nH, sdp }: SignalOf<'answer'>): void {
    const attempt = this.#attempts.get(toHex(nG));
    if (!attempt || attempt.answered || !equal(nH, attempt.nH)) return;
    attempt.answered = true;
    const ms = attempt.byRelay ? 0 : LIMITS.relayAfter;
    attempt.cancelRelay = this.#options.clock.after(ms, () => this.#relay(attempt));
    attempt.connecting.accept({ type: 'answer', sdp });
  }

  #candidate({ nG, nH, seq, candidate, mid }: SignalOf<'guestCandidate'>): void {
    const attempt = this.#attempts.get(toHex(nG));
    if (!attempt || attempt.seen.has(seq) || !equal(nH, attempt.nH)) return;
    attempt.seen.add(seq);
    attempt.connecting.accept({ type: 'candidate', candidate, mid });
  }

  #farewell(nG: Uint8Array, reason: EndReason): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#byesSince >= 60_000) {
      this.#byesSince = now;
      this.#byes = 0;
    }
    if (++this.#byes <= LIMITS.byesPerMinute) this.#send({ type: 'bye', nG, reason });
  }

  #send(signal: Signal): Uint8Array {
    const bytes = sealSignal(this.#options.signal, this.#options.random, signal);
    this.#topic.send(bytes);
    return bytes;
  }

  #spend(name: Hex): void {
    this.#spent.add(name);
    if (this.#spent.size > LIMITS.nonces) this.#spent.delete([...this.#spent][0] as Hex);
  }

  /** Ends what is left of its ways. */
  #drop(name: Hex): void {
    const attempt = this.#attempts.get(name);
    if (!attempt) return;
    this.#attempts.delete(name);
    attempt.cancelTimer();
    attempt.cancelSilence();
    attempt.cancelRelay();
    if (!attempt.directOver) attempt.connecting.cancel();
    for (const channel of attempt.open) channel.close();
    attempt.relay?.close();
    this.#options.onChange();
  }
}
