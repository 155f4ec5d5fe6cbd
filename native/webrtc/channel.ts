/**
 * The Channel port on one libdatachannel data channel. Holds strong references to the native objects until
 * closed: when their JavaScript wrappers are collected, libdatachannel closes the connection.
 */

import type { DataChannel } from 'node-datachannel';
import type { Channel } from '../../main/engine/ports.ts';
import type { Guard } from './guard.ts';

/** The port's bound. libdatachannel would take 256 KiB, but large messages block small ones behind them. */
export const MAX_MESSAGE = 65_536;
/** What a peer may send before anybody listens; more closes the channel. A handshake message is 4 KiB at most. */
const MAX_UNREAD = 1024 * 1024;
/** How long `close` waits for the other side to have read everything. */
const LINGER_MS = 1000;
/**
 * The last message of a side that closes. The protocol's messages are binary, so any text is this one. Without it the
 * end overtakes messages: bufferedAmount does not count what SCTP has in flight, and at the receiver node-datachannel
 * queues messages and the close event apart and forgets the messages (2 of 20 connections lost their last ones).
 */
const END = 'end';

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
  constructor(native: DataChannel, local: Uint8Array, remote: Uint8Array, guard: Guard, release: () => void) {
    this.#native = native;
    this.localFingerprint = local;
    this.remoteFingerprint = remote;
    this.#release = release;
    native.onClosed(guard(() => this.end()));
    native.onError(guard(() => this.end()));
    native.onMessage(guard((message) => this.#receive(message)));
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

  /** Ends the channel for the caller at once; the connection lingers until the other side has read everything, a second at most. */
  close(): void {
    if (this.#closed) return;
    this.#finish();
    try {
      this.#native?.sendMessage(END);
    } catch {
      return this.#letGo();
    }
    setTimeout(() => this.#letGo(), LINGER_MS);
  }

  /** Ends it without lingering: the other side or the network is gone. */
  end(): void {
    if (!this.#closed) this.#finish();
    this.#letGo();
  }

  #receive(message: string | Buffer | ArrayBuffer): void {
    if (this.#closed) return;
    // A peer that keeps to the announced maximum sends nothing larger.
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

  #letGo(): void {
    const native = this.#native;
    if (!native) return;
    this.#native = undefined;
    try {
      native.close();
    } catch {
      // Already gone.
    }
    this.#release();
  }
}
