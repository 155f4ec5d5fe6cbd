/**
 * The Channel port on one libdatachannel data channel. Holds strong references to the native objects until
 * closed: when their JavaScript wrappers are collected, libdatachannel closes the connection.
 */

import type { DataChannel } from 'node-datachannel';
import type { Channel } from '../../main/engine/ports.ts';

/** The port's bound. libdatachannel would take 256 KiB, but large messages block small ones behind them. */
export const MAX_MESSAGE = 65_536;
/** What a peer may send before anybody listens; more closes the channel. A handshake message is 4 KiB at most. */
const MAX_UNREAD = 1024 * 1024;
/** How long `close` waits for what was sent before it. */
const LINGER_MS = 1000;
const LINGER_STEP_MS = 10;

export class WebRtcChannel implements Channel {
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
  #native: DataChannel | undefined;
  #release: () => void;
  #onMessage: ((message: Uint8Array) => void) | undefined;
  #onClose: (() => void)[] = [];
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #closed = false;

  /** `release` lets go of the peer connection; it is called once. */
  constructor(native: DataChannel, local: Uint8Array, remote: Uint8Array, release: () => void) {
    this.#native = native;
    this.localFingerprint = local;
    this.remoteFingerprint = remote;
    this.#release = release;
    native.onClosed(() => this.#ended());
    native.onError(() => this.end());
    native.onMessage((message) => this.#receive(message));
  }

  /** After the channel closed this does nothing: `onClose` has told or is about to. */
  send(message: Uint8Array): void {
    if (message.length > MAX_MESSAGE) throw new RangeError(`a message of ${message.length} bytes is over the limit`);
    if (this.#closed || !this.#native) return;
    try {
      this.#native.sendMessageBinary(message);
    } catch {
      // The native channel closed between its callback being queued and this call.
      this.end();
    }
  }

  buffered(): number {
    try {
      return this.#native?.bufferedAmount() ?? 0;
    } catch {
      return 0;
    }
  }

  onMessage(fn: (message: Uint8Array) => void): void {
    this.#onMessage = fn;
    const unread = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    for (const message of unread) if (!this.#closed) fn(message);
  }

  onClose(fn: () => void): void {
    if (this.#closed) fn();
    else this.#onClose.push(fn);
  }

  /** Ends the channel for the caller at once; the connection lingers until what was sent has left, a second at most. */
  close(): void {
    if (this.#closed) return;
    this.#finish();
    this.#linger(Math.ceil(LINGER_MS / LINGER_STEP_MS));
  }

  /** Ends it without lingering: the other side or the network is gone. */
  end(): void {
    if (!this.#closed) this.#finish();
    this.#letGo();
  }

  /** The native channel's own end: by the other side, or by us while lingering. */
  #ended(): void {
    if (!this.#closed) this.end();
  }

  #receive(message: string | Buffer | ArrayBuffer): void {
    if (this.#closed) return;
    // Text is no part of the protocol, and a peer that keeps to the announced maximum sends nothing larger.
    if (typeof message === 'string' || message.byteLength > MAX_MESSAGE) return this.end();
    const bytes = new Uint8Array(message);
    if (this.#onMessage) return this.#onMessage(bytes);
    this.#unreadBytes += bytes.length + 64;
    if (this.#unreadBytes > MAX_UNREAD) return this.end();
    this.#unread.push(bytes);
  }

  #finish(): void {
    this.#closed = true;
    this.#unread = [];
    const listeners = this.#onClose;
    this.#onClose = [];
    for (const listener of listeners) listener();
  }

  /**
   * bufferedAmount does not count what SCTP has in flight, and closing the connection drops that. Closing only the
   * data channel does not: the peer sees it end after the last message and takes the connection down, which ends ours.
   */
  #linger(steps: number): void {
    if (!this.#native) return;
    if (steps === 0) return this.#letGo();
    if (this.buffered() === 0) this.#closeNative();
    setTimeout(() => this.#linger(steps - 1), LINGER_STEP_MS);
  }

  #closeNative(): void {
    try {
      if (this.#native?.isOpen()) this.#native.close();
    } catch {
      // Already gone.
    }
  }

  #letGo(): void {
    if (!this.#native) return;
    this.#closeNative();
    this.#native = undefined;
    this.#release();
  }
}
