/**
 * A channel after its Noise handshake: logical messages of up to 1 MiB on numbered logical channels, cut into
 * Noise messages of at most 64,000 bytes (protocol §4). Any message that does not decrypt, or breaks a
 * limit, closes the channel for good: on an ordered, reliable transport that is an attack or a defect.
 *
 *   Noise message = AEAD(flags u8 ‖ logical channel u8 ‖ bytes)      flags: 1 last part of its message, 2 next key after this
 *
 * Member sessions and invitations both stand on it.
 */
import { concat } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { hkdf } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import type { CipherState } from '../crypto/noise.ts';
import type { Channel, Clock } from '../ports.ts';

export const LIMIT = {
  /** Bytes of one Noise message, tag included: stays below the transport's 65,536. */
  noiseMessage: 64_000,
  /** Bytes of one logical message. */
  message: 1 << 20,
  /** A direction takes its next key after so many bytes … */
  rekeyBytes: 2 ** 30,
  /** … or so many milliseconds. */
  rekeyMs: 3_600_000,
} as const;

const LAST = 1;
const NEXT_KEY = 2;
const OVERHEAD = 16 + 2; // tag, flags, logical channel
const PART = LIMIT.noiseMessage - OVERHEAD;
const NO_AD = new Uint8Array(0);

export interface SecureChannelOptions {
  /** Both directions, as `NoiseHandshake.split()` gives them. */
  readonly tx: CipherState;
  readonly rx: CipherState;
  /** With a clock the sending direction also changes its key every hour; without, by bytes only. */
  readonly clock?: Clock;
  /** For tests: bytes after which the sending direction changes its key. */
  readonly rekeyBytes?: number;
}

type MessageHandler = (logical: number, message: Uint8Array) => void;

/** Takes the channel over: nobody else may send on it or set its handlers until `release`. */
export class SecureChannel {
  readonly #channel: Channel;
  readonly #tx: CipherState;
  readonly #rx: CipherState;
  readonly #clock: Clock | undefined;
  readonly #rekeyBytes: number;
  #sentUnderKey = 0;
  #keyTakenAt: number;
  #partsOf = -1;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #handler: MessageHandler | undefined;
  readonly #waiting: (readonly [number, Uint8Array])[] = [];
  #released: ((message: Uint8Array) => void) | undefined;
  readonly #onClose: (() => void)[] = [];
  #closed = false;
  #received = 0;

  constructor(channel: Channel, options: SecureChannelOptions) {
    this.#channel = channel;
    this.#tx = options.tx;
    this.#rx = options.rx;
    this.#clock = options.clock;
    this.#rekeyBytes = options.rekeyBytes ?? LIMIT.rekeyBytes;
    this.#keyTakenAt = options.clock?.monotonic() ?? 0;
    channel.onMessage((message) => (this.#released ? this.#released(message) : this.#receive(message)));
    channel.onClose(() => this.#end());
  }

  /**
   * `logical`: 0–255, both sides agree on its meaning; a message may come in pieces, of which one copy is made. Throws
   * RangeError above 1 MiB; does nothing once closed.
   */
  send(logical: number, ...pieces: readonly Uint8Array[]): void {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length > LIMIT.message) throw new RangeError('a message has at most 1 MiB');
    if (this.#closed || this.#released) return;
    if (length <= PART) return this.#sendPart(logical, LAST, pieces, length);
    const message = pieces.length === 1 ? (pieces[0] as Uint8Array) : concat(...pieces);
    for (let at = 0; at < length; at += PART) {
      const part = message.subarray(at, at + PART);
      this.#sendPart(logical, at + PART >= length ? LAST : 0, [part], part.length);
    }
  }

  #sendPart(logical: number, last: number, pieces: readonly Uint8Array[], length: number): void {
    const nextKey = this.#keyIsWorn(length);
    const flags = last | (nextKey ? NEXT_KEY : 0);
    const plain = new Uint8Array(2 + length);
    plain[0] = flags;
    plain[1] = logical;
    let at = 2;
    for (const piece of pieces) {
      plain.set(piece, at);
      at += piece.length;
    }
    this.#channel.send(this.#tx.encrypt(NO_AD, plain));
    if (!nextKey) return;
    takeNextKey(this.#tx);
    this.#sentUnderKey = 0;
    this.#keyTakenAt = this.#clock?.monotonic() ?? 0;
  }

  /** Messages that arrive before a handler is set wait for it. One handler; a later one replaces it. */
  onMessage(fn: MessageHandler): void {
    this.#handler = fn;
    for (;;) {
      const next = this.#waiting.shift();
      if (!next) return;
      fn(...next);
    }
  }

  /** Called once, at once if already closed. */
  onClose(fn: () => void): void {
    if (this.#closed) fn();
    else this.#onClose.push(fn);
  }

  /**
   * Goes on under other keys, nonces from 0, in both directions. Both sides must do so at the same place of
   * the stream: call it inside the message handler, or right after the send, of one agreed message.
   */
  rekey(keys: { readonly tx: Uint8Array; readonly rx: Uint8Array }): void {
    this.#tx.rekeyWith(keys.tx);
    this.#rx.rekeyWith(keys.rx);
    this.#sentUnderKey = 0;
  }

  /** The present transport keys, for deriving the next ones. */
  get keys(): { readonly tx: Uint8Array; readonly rx: Uint8Array } {
    return { tx: this.#tx.key, rx: this.#rx.key };
  }

  get localFingerprint(): Uint8Array {
    return this.#channel.localFingerprint;
  }

  get remoteFingerprint(): Uint8Array {
    return this.#channel.remoteFingerprint;
  }

  /** Whether a server in between carries it at the moment. */
  get viaServer(): boolean {
    return this.#channel.viaServer?.() ?? false;
  }

  /** The device of a member who carries it at the moment. */
  get viaMember(): Hex | undefined {
    return this.#channel.viaMember?.();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Noise messages that arrived: grows also while a logical message is only on its way. */
  get received(): number {
    return this.#received;
  }

  /** Bytes sent and not yet handed to the network. */
  buffered(): number {
    return this.#channel.buffered();
  }

  close(): void {
    if (!this.#released) this.#channel.close();
    this.#end();
  }

  /**
   * Gives the plain channel back (an invitation's channel becomes a member session's): what arrives from
   * now on waits for the new owner's handler. Keys are erased; this object is finished.
   */
  release(): Channel {
    const early: Uint8Array[] = [];
    this.#released = (message) => early.push(message);
    this.#wipe();
    const channel = this.#channel;
    return {
      localFingerprint: channel.localFingerprint,
      remoteFingerprint: channel.remoteFingerprint,
      viaServer: () => channel.viaServer?.() ?? false,
      viaMember: () => channel.viaMember?.(),
      send: (message) => channel.send(message),
      buffered: () => channel.buffered(),
      onMessage: (fn) => {
        this.#released = fn;
        for (const message of early.splice(0)) fn(message);
      },
      onClose: (fn) => channel.onClose(fn),
      close: () => channel.close(),
    };
  }

  #receive(message: Uint8Array): void {
    if (this.#closed) return;
    if (message.length < OVERHEAD || message.length > LIMIT.noiseMessage) return this.close();
    let plain: Uint8Array;
    try {
      plain = this.#rx.decrypt(NO_AD, message);
    } catch {
      return this.close();
    }
    this.#received++;
    const [flags, logical] = [plain[0] as number, plain[1] as number];
    const part = plain.subarray(2);
    this.#partBytes += part.length;
    // Parts of one message are not mixed with another's; an unknown flag is a newer protocol that was not agreed on.
    const inOrder = this.#parts.length === 0 || this.#partsOf === logical;
    const fullUnlessLast = (flags & LAST) !== 0 || part.length === PART;
    if ((flags & ~(LAST | NEXT_KEY)) !== 0 || !inOrder || !fullUnlessLast || this.#partBytes > LIMIT.message) {
      return this.close();
    }
    this.#partsOf = logical;
    this.#parts.push(part);
    if ((flags & NEXT_KEY) !== 0) takeNextKey(this.#rx);
    if ((flags & LAST) === 0) return;
    const whole = this.#parts.length === 1 ? part : concat(...this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    if (this.#handler) this.#handler(logical, whole);
    else this.#waiting.push([logical, whole]);
  }

  #keyIsWorn(bytes: number): boolean {
    this.#sentUnderKey += bytes + OVERHEAD;
    if (this.#sentUnderKey >= this.#rekeyBytes) return true;
    return this.#clock !== undefined && this.#clock.monotonic() - this.#keyTakenAt >= LIMIT.rekeyMs;
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.length = 0;
    this.#parts = [];
    if (!this.#released) this.#wipe();
    for (const fn of this.#onClose.splice(0)) fn();
  }

  #wipe(): void {
    this.#tx.wipe();
    this.#rx.wipe();
  }
}

/** One direction's next key: one-way, so that a key found later opens nothing that was sent before. */
function takeNextKey(cipher: CipherState): void {
  cipher.rekeyWith(hkdf(cipher.key, NO_AD, LABEL.sessionRekey, 32));
}
