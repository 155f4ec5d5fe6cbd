/**
 * The fake Channel: ordered and reliable; takes time and bandwidth, stalls while its peers are apart, breaks when that
 * lasts too long.
 */

import type { Channel } from '../../../main/engine/ports.ts';
import type { SimNet } from './sim-net.ts';
import type { Party } from './sim-transport.ts';

const MAX_MESSAGE = 65_536;

export class SimChannel implements Channel {
  readonly peer: string;
  readonly other: string;
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
  readonly #net: SimNet;
  readonly #consentMs: number;
  readonly #alive: () => boolean;
  readonly #forget: (channel: SimChannel) => void;
  #far!: SimChannel;
  #onMessage: ((message: Uint8Array) => void) | undefined;
  #onClose: (() => void)[] = [];
  #unread: Uint8Array[] = [];
  /** Messages that have left, in order, until they arrive; null is the end of the channel. */
  #wire: (Uint8Array | null)[] = [];
  /** What has not left yet, in order; those before `#left` have. */
  #leaving: { at: number; size: number }[] = [];
  #left = 0;
  #buffered = 0;
  #lastDeparture = 0;
  #lastArrival = 0;
  #closed = false;
  #stalled: (() => void) | undefined;
  /** One of the two is at another address. */
  #moved = false;

  static pair(
    net: SimNet,
    consentMs: number,
    one: Party,
    other: Party,
    forget: (channel: SimChannel) => void,
  ): [SimChannel, SimChannel] {
    const a = new SimChannel(net, consentMs, one, other, forget);
    const b = new SimChannel(net, consentMs, other, one, forget);
    a.#far = b;
    b.#far = a;
    return [a, b];
  }

  private constructor(net: SimNet, consentMs: number, own: Party, other: Party, forget: (channel: SimChannel) => void) {
    this.#net = net;
    this.#consentMs = consentMs;
    this.#alive = net.lifeOf(own.peer);
    this.#forget = forget;
    this.peer = own.peer;
    this.other = other.peer;
    this.localFingerprint = own.fingerprint;
    this.remoteFingerprint = other.fingerprint;
  }

  send(message: Uint8Array): void {
    if (message.length > MAX_MESSAGE) throw new RangeError(`a message of ${message.length} bytes is over the limit`);
    if (this.#closed || !this.#alive()) return;
    const { bytesPerMs, breakage } = this.#net.quality(this.peer, this.other);
    if (this.#net.prng.chance(breakage)) {
      this.#net.after(0, `break ${this.peer}-${this.other}`, () => this.break());
      return;
    }
    this.#lastDeparture = Math.max(this.#net.time, this.#lastDeparture) + (message.length + 50) / bytesPerMs;
    this.#leaving.push({ at: this.#lastDeparture, size: message.length });
    this.#buffered += message.length;
    this.#net.channelBytes += message.length;
    this.#put(message.slice());
  }

  buffered(): number {
    const now = this.#net.time;
    for (let next = this.#leaving[this.#left]; next && next.at <= now; next = this.#leaving[++this.#left]) {
      this.#buffered -= next.size;
    }
    if (this.#left > this.#leaving.length / 2) {
      this.#leaving.splice(0, this.#left);
      this.#left = 0;
    }
    return this.#buffered;
  }

  onMessage(fn: (message: Uint8Array) => void): void {
    this.#onMessage = fn;
    const unread = this.#unread;
    this.#unread = [];
    for (const message of unread) if (!this.#closed) fn(message);
  }

  onClose(fn: () => void): void {
    if (this.#closed) fn();
    else this.#onClose.push(fn);
  }

  close(): void {
    if (this.#closed) return;
    this.#put(null);
    this.#end();
  }

  /** Ends both sides; what was under way is lost. */
  break(): void {
    this.#wire = [];
    this.#far.#wire = [];
    this.#end();
    this.#far.#end();
  }

  /** This side's process is gone: it hears nothing; the other side notices after a while. */
  crash(): void {
    this.#onClose = [];
    this.#wire = [];
    this.#end();
    this.#net.after(this.#consentMs, `consent ${this.other}`, () => this.#far.#end());
  }

  /** This side is at another address: nothing arrives any more on either, and neither is told before it notices. */
  move(): void {
    for (const end of [this, this.#far]) {
      end.#moved = true;
      end.reachabilityChanged();
    }
  }

  get #reachable(): boolean {
    return !this.#moved && this.#net.reachable(this.peer, this.other);
  }

  reachabilityChanged(): void {
    if (this.#reachable) {
      this.#stalled?.();
      this.#stalled = undefined;
      for (let i = this.#wire.length; i > 0; i--) this.#schedule();
    } else this.#stalled ??= this.#net.after(this.#consentMs, `consent ${this.peer}`, () => this.break());
  }

  #put(message: Uint8Array | null): void {
    this.#wire.push(message);
    this.#schedule();
  }

  /** One arrival per message on the wire; a stalled one is scheduled again when the peers meet. */
  #schedule(): void {
    const left = Math.max(this.#lastDeparture, this.#net.time);
    this.#lastArrival = Math.max(this.#lastArrival + 0.001, left + this.#net.delay(this.peer, this.other));
    this.#net.after(this.#lastArrival - this.#net.time, `channel ${this.peer}>${this.other}`, () => {
      if (!this.#reachable || this.#wire.length === 0) return;
      const message = this.#wire.shift() as Uint8Array | null;
      if (message === null) this.#far.#end();
      else this.#far.#receive(message);
    });
  }

  #receive(message: Uint8Array): void {
    if (this.#closed || !this.#alive()) return;
    if (this.#onMessage) this.#onMessage(message);
    else this.#unread.push(message);
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unread = [];
    this.#stalled?.();
    this.#forget(this);
    const listeners = this.#onClose;
    this.#onClose = [];
    this.#net.whenAwake(this.peer, () => {
      if (this.#alive()) for (const listener of listeners) listener();
    });
  }
}
