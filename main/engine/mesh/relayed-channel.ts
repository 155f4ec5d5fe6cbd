/**
 * The Channel port over something that loses, doubles and reorders: frames are numbered, acknowledged and sent again
 * until they are. At most a window of them is under way, no more often than the meeting point bears, and small messages
 * travel together in one frame. Sans-I/O: frames in, frames out.
 *
 * A meeting point that lies can do no more than not to carry: frames are sealed for the two ends (relays.ts), a repeated
 * one is known by its number, and one that does not come in the end is the end of the channel.
 */
import { concat, u32be } from '../bytes.ts';
import { assertFits, Inbox, MAX_MESSAGE } from '../inbox.ts';
import type { Cancel, Channel, Clock } from '../ports.ts';
import { MESH } from './limits.ts';
import { Pace } from './pace.ts';
import type { Rate } from './pace.ts';
import { RELAY_BYTES, RELAY_FLAG } from './relay-frames.ts';
import type { RelayFrame } from './relay-frames.ts';
import { Resending } from './resending.ts';

export interface RelayedChannelOptions {
  readonly clock: Clock;
  readonly send: (frame: RelayFrame) => void;
  /** The device of a member who carries the frames; undefined: a meeting point does. */
  readonly via?: () => string | undefined;
  /** Of this channel alone. */
  readonly rate: Rate;
  /** Of all that share a rate with it. */
  readonly shared: Pick<Pace, 'wait' | 'took'>;
  /** The other end is there. Called once, unless the channel ends before. */
  readonly onOpen: () => void;
  /** Whether this end asks for the other one; else it only answers. */
  readonly asks: boolean;
  /** A silent end is asked now and then whether it is still there, until `unwatch`. Absent: its owner does so. */
  readonly watch?: boolean;
  /** Nothing more will be sent, and nothing needs to be received. Called once. */
  readonly onDone: () => void;
}

const NOTHING = new Uint8Array(0);

export class RelayedChannel implements Channel {
  readonly localFingerprint = NOTHING;
  readonly remoteFingerprint = NOTHING;
  readonly #options: RelayedChannelOptions;
  readonly #inbox = new Inbox();
  readonly #pace: Pace;
  readonly #sent: Resending;
  /** Bytes that wait for their frame. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** The number of the next frame in order, and those that overtook it. */
  #next = 1;
  readonly #early = new Map<number, RelayFrame>();
  /** The stream's end that is no whole message yet. */
  #partial: Uint8Array = NOTHING;
  #askAt: number;
  #watching: boolean;
  #heardAt = Infinity;
  #acknowledgeAt = Infinity;
  #opened = false;
  #ending: 'no' | 'asked' | 'sent' = 'no';
  #doneAt = Infinity;
  #done = false;
  #timer: Cancel = () => undefined;

  constructor(options: RelayedChannelOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock, options.rate);
    this.#sent = new Resending(options.clock);
    this.#askAt = options.asks ? options.clock.monotonic() : Infinity;
    this.#watching = options.watch ?? false;
    this.#soon();
  }

  viaMember = (): string | undefined => this.#options.via?.();

  send(message: Uint8Array): void {
    assertFits(message);
    if (this.#inbox.closed) return;
    this.#waiting.push(u32be(message.length), message.slice());
    this.#waitingBytes += 4 + message.length;
    if (this.buffered() > MESH.relayQueue) return this.#fail();
    this.#soon();
  }

  buffered(): number {
    return this.#inbox.closed ? 0 : this.#waitingBytes + this.#sent.bytes;
  }

  onMessage(fn: (message: Uint8Array) => void): void {
    this.#inbox.onMessage(fn);
  }

  onClose(fn: () => void): void {
    this.#inbox.onClose(fn);
  }

  /** From now on its owner sees to it that the other end is there. */
  unwatch(): void {
    this.#watching = false;
    if (this.#opened) this.#askAt = Infinity;
  }

  /** What was sent before is still carried, for some seconds. */
  close(): void {
    if (this.#inbox.closed) return;
    this.#ending = 'asked';
    this.#end(MESH.relayLinger);
  }

  /** A frame of the other end, opened and well-formed. */
  receive(frame: RelayFrame): void {
    if (this.#done) return;
    const now = this.#options.clock.monotonic();
    if (!this.#opened) {
      this.#opened = true;
      this.#askAt = Infinity;
      this.#options.onOpen();
    }
    this.#heardAt = now;
    if (this.#watching) this.#askAt = now + MESH.relayWatch;
    this.#sent.acknowledged(frame);
    if ((frame.flags & RELAY_FLAG.ask) !== 0) this.#acknowledgeAt = now;
    if (frame.number > 0) this.#take(frame, now);
    this.#turn();
  }

  // ---------------------------------------------------------------- receiving

  #take(frame: RelayFrame, now: number): void {
    this.#acknowledgeAt = Math.min(this.#acknowledgeAt, now + MESH.relayAcknowledge);
    const { number } = frame;
    if (number < this.#next || number > this.#next + MESH.relayWindow) return;
    this.#early.set(number, frame);
    for (;;) {
      const next = this.#early.get(this.#next);
      if (!next) return;
      this.#early.delete(this.#next++);
      this.#read(next);
    }
  }

  #read({ bytes, flags }: RelayFrame): void {
    if (this.#inbox.closed) return;
    let rest = this.#partial.length === 0 ? bytes : concat(this.#partial, bytes);
    while (rest.length >= 4) {
      const length = new DataView(rest.buffer, rest.byteOffset, 4).getUint32(0);
      if (length > MAX_MESSAGE) return this.#fail();
      if (rest.length < 4 + length) break;
      const message = rest.slice(4, 4 + length);
      rest = rest.subarray(4 + length);
      if (!this.#inbox.receive(message)) return this.#fail();
      if (this.#inbox.closed) return;
    }
    this.#partial = rest.slice();
    if ((flags & RELAY_FLAG.end) !== 0) this.#end(MESH.relayFarewell);
  }

  // ---------------------------------------------------------------- sending

  /** What is sent in one go travels together. */
  #soon(): void {
    if (this.#done) return;
    this.#timer();
    this.#timer = this.#options.clock.after(0, () => this.#turn());
  }

  /** Sends what is due and allowed, and comes again when more will be. */
  #turn(): void {
    if (this.#done) return;
    const { clock, shared } = this.#options;
    this.#timer();
    const now = clock.monotonic();
    if (now >= Math.min(this.#doneAt, this.#lostAt)) return this.#fail();
    let wait = 0;
    while (this.#due(now) <= now) {
      wait = Math.max(this.#pace.wait(), shared.wait());
      if (wait > 0) break;
      this.#pace.took();
      shared.took();
      this.#sendOne(now);
    }
    if (this.#ending === 'sent' && !this.#sent.waiting) return this.#finish();
    const next = wait > 0 ? now + wait : this.#due(now);
    const at = Math.min(next, this.#lostAt, this.#doneAt);
    if (at < Infinity) this.#timer = clock.after(Math.max(1, at - now), () => this.#turn());
  }

  /** When it will be clear that nothing gets through. */
  get #lostAt(): number {
    const gone = this.#watching ? this.#heardAt + MESH.relayGone : Infinity;
    return Math.min(this.#sent.oldestSince + MESH.relaySilence, gone);
  }

  /** When there is something to send: now, or later. */
  #due(now: number): number {
    const fresh = this.#fresh() ? now : Infinity;
    return Math.min(fresh, this.#sent.dueAt, this.#askAt, this.#acknowledgeAt);
  }

  #fresh(): boolean {
    return this.#opened && this.#sent.room && (this.#waitingBytes > 0 || this.#ending === 'asked');
  }

  #sendOne(now: number): void {
    const again = this.#sent.take(now);
    if (again) return this.#say(again.number, again.bytes, again.flags);
    if (!this.#fresh()) {
      const asks = now >= this.#askAt;
      if (asks) this.#askAt = now + (this.#opened ? MESH.relayWatch : MESH.relayAsk);
      return this.#say(0, NOTHING, asks ? RELAY_FLAG.ask : 0);
    }
    const bytes = this.#cut();
    const last = this.#ending === 'asked' && this.#waitingBytes === 0;
    if (last) this.#ending = 'sent';
    const flags = last ? RELAY_FLAG.end : 0;
    this.#say(this.#sent.add(bytes, flags, now), bytes, flags);
  }

  #say(number: number, bytes: Uint8Array, flags: number): void {
    this.#acknowledgeAt = Infinity;
    let seen = 0;
    for (const early of this.#early.keys()) seen |= 1 << (early - this.#next - 1);
    this.#options.send({ number, next: this.#next, seen: seen >>> 0, flags, bytes });
  }

  /** What fits into a frame of what waits. */
  #cut(): Uint8Array {
    const parts: Uint8Array[] = [];
    let room = RELAY_BYTES;
    let taken = 0;
    for (const part of this.#waiting) {
      if (room === 0) break;
      parts.push(part.subarray(0, room));
      room -= Math.min(room, part.length);
      if (part.length <= (parts.at(-1) as Uint8Array).length) taken++;
      else this.#waiting[taken] = part.subarray((parts.at(-1) as Uint8Array).length);
    }
    this.#waiting.splice(0, taken);
    const bytes = concat(...parts);
    this.#waitingBytes -= bytes.length;
    return bytes;
  }

  // ---------------------------------------------------------------- the end

  /** For its owner it is over; the two ends still tell each other. */
  #end(lingers: number): void {
    this.#doneAt = Math.min(this.#doneAt, this.#options.clock.monotonic() + lingers);
    if (this.#ending === 'no') this.#discard();
    if (!this.#opened) this.#finish();
    this.#inbox.close();
    this.#turn();
  }

  #fail(): void {
    this.#finish();
    this.#inbox.close();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#timer();
    this.#discard();
    this.#early.clear();
    this.#options.onDone();
  }

  #discard(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
