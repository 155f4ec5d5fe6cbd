/**
 * The host at the meeting point: answers guests' hellos and opens a channel to each (protocol §3.2 S1–S5). Who holds
 * the code can say hello; nobody else is heard. A replayed hello opens nothing, since its nonce was seen, or, after a
 * restart, leads to an offer that nobody answers.
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Cancel, Channel, Clock, Connecting, Random, Rendezvous, RendezvousTopic, Transport } from '../ports.ts';
import { LIMITS } from './limits.ts';
import type { EndReason } from './messages.ts';
import { fromTransport, openSignal, sealSignal } from './signals.ts';
import type { Signal, SignalKey, SignalOf } from './signals.ts';

export interface HostMeetingOptions {
  readonly signal: SignalKey;
  readonly hostPk: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  /** Why there is nothing to meet for any more; then guests are told that and nothing else. */
  readonly ended: () => EndReason | null;
  /** Makes room for one more guest, if need be by letting a silent one go; false when there is none. */
  readonly makeRoom: () => boolean;
  readonly onChannel: (channel: Channel) => void;
  /** Somebody is on the way, or is not any more. */
  readonly onChange: () => void;
  /** Whether this very device says this hello, where one device may be host and guest of the same meeting. */
  readonly isOwn?: (nG: Uint8Array) => boolean;
}

interface Attempt {
  readonly nG: Uint8Array;
  readonly nH: Uint8Array;
  readonly connecting: Connecting;
  readonly cancelTimer: Cancel;
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

  /** Guests on their way: an offer is out, no channel yet. */
  get halfOpen(): number {
    return this.#attempts.size;
  }

  /** Whether somebody is on the way who was heard of lately: one whose computer died stays half-open for longer. */
  get approached(): boolean {
    return [...this.#attempts.values()].some(({ silent }) => !silent);
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

  #hello({ nG }: SignalOf<'hello'>): void {
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
    this.#open(name, nG);
  }

  #open(name: Hex, nG: Uint8Array): void {
    const { random, transport, clock, hostPk, onChannel, onChange } = this.#options;
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
    const cancelTimer = clock.after(LIMITS.connect, () => this.#drop(name));
    const attempt: Attempt = {
      nG,
      nH,
      connecting,
      cancelTimer,
      sent,
      sentAt: clock.monotonic(),
      cancelSilence: () => undefined,
      silent: false,
      answered: false,
      seen: new Set(),
    };
    this.#attempts.set(name, attempt);
    this.#heard(attempt);
    known = true;
    this.#spend(name);
    keep({ type: 'here', nG, nH, hostPk, busy: false });
    for (const send of early) send();
    connecting.channel.then(
      (channel) => {
        if (this.#attempts.get(name) !== attempt) return channel.close();
        this.#forget(name);
        onChannel(channel);
      },
      () => {
        if (this.#attempts.get(name) === attempt) this.#drop(name);
      },
    );
    onChange();
  }

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

  #drop(name: Hex): void {
    const attempt = this.#attempts.get(name);
    this.#forget(name);
    attempt?.connecting.cancel();
  }

  #forget(name: Hex): void {
    const attempt = this.#attempts.get(name);
    attempt?.cancelTimer();
    attempt?.cancelSilence();
    if (this.#attempts.delete(name)) this.#options.onChange();
  }
}
